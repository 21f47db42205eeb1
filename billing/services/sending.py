"""Sending attempts to the processor: claim, prepare, mark as sent, confirm, settle. No transaction is open meanwhile.

Each step commits before the next, so that a process may die between any two of them: what is *created* was never sent,
what is *sent* is asked about again, and the processor refuses a second success of the one PaymentIntent of a payment.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.urls import reverse

from billing.models import Attempt, MassRun
from billing.services import breaking, calls, lanes, leaving, runs
from billing.services.lanes import DUE, LANE_OF, WAITS, Turns
from billing.services.leaving import permission_of
from billing.services.settling import settle
from wallet.processor import Charge, Created, Intent, Outcome, Processor, Verdict
from wallet.services import pacing

Clock = Callable[[], dt.datetime]
LEASE = dt.timedelta(minutes=5)
MOST_CLAIMS = 10
# What was marked as sent leaves at once or no more: a machine that slept in between must not go on where it was.
LEAVES_WITHIN = dt.timedelta(seconds=30)
# A payment may be tried again by another kind of method: what it accepts follows its currency, not its first method.
BANK_RAIL = {"CAD": "acss_debit", "USD": "us_bank_account"}

# A permission that waits for its clone has nothing to charge yet. Who is next is asked by itself: as a part of the
# update it may be asked again for each row, and then all that wait are taken.
CLAIM = f"""
WITH mine AS MATERIALIZED (
  SELECT a.id FROM billing_attempt a
  WHERE {WAITS} AND ({LANE_OF}) = (%(processor_account)s, %(organization_id)s, %(run_id)s) AND {DUE} <= %(now)s
    AND (a.lease_until IS NULL OR a.lease_until < %(now)s)
    AND (%(run_id)s = 0 OR EXISTS (SELECT 1 FROM billing_massrun r WHERE r.id = %(run_id)s AND r.state = 'running'))
    AND (SELECT z.state <> 'requested' FROM wallet_authorization z WHERE z.id = a.authorization_id)
  ORDER BY {DUE}, a.id FOR UPDATE OF a SKIP LOCKED LIMIT %(limit)s)
UPDATE billing_attempt t SET lease = %(lease)s, lease_until = %(until)s, claims = claims + 1
FROM mine WHERE t.id = mine.id RETURNING t.id
"""  # noqa: S608
KEEP_IDS = """
UPDATE billing_payment p SET processor_payment = COALESCE(NULLIF(p.processor_payment, ''), n.pi)
FROM unnest(%(ids)s::bigint[], %(pis)s::text[]) AS n(id, pi) WHERE p.id = n.id RETURNING p.id, p.processor_payment
"""


def claim(*, limit: int, now: dt.datetime, turns: Turns | None = None) -> tuple[uuid.UUID, list[Attempt]]:
    """Take up to `limit` attempts that nobody else is sending, all of the lane whose turn it is; the lease says whose
    they are and until when. Who takes turns leaves the lane when the attempts were sent (`Turns.leave`)."""
    lease, turns = uuid.uuid4(), turns or Turns()
    rooms = lanes.rooms(turns, limit=limit, now=now)
    while lane := turns.next_of(rooms):
        params: dict[str, Any] = {"lease": lease, "until": now + LEASE, "now": now, "limit": rooms.pop(lane)}
        with _forgettable() as cursor:
            cursor.execute(CLAIM, params | lane._asdict())
            ids = [pk for (pk,) in cursor.fetchall()]
        if ids:
            return lease, loaded(ids)
        turns.leave(lane)
    return lease, []


@contextmanager
def _forgettable() -> Iterator[CursorWrapper]:
    """A transaction that does not wait for the disk: a lease lost in a crash is claimed again, and a PaymentIntent's id
    is given again under the same key. Marking *sent*, which follows, waits for the disk and takes these along."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
        yield cursor


def loaded(ids: Sequence[int]) -> list[Attempt]:
    """These attempts with all that a request to the processor says of them."""
    related = ("payment", "authorization__method", "organization")
    # Sorted here: with that many columns Django takes as long to put the order into words as all the rest.
    return sorted(Attempt.objects.filter(pk__in=ids).select_related(*related), key=attrgetter("pk"))


def send(
    attempts: Sequence[Attempt], *, lease: uuid.UUID, processor: Processor, pool: Executor, clock: Clock
) -> set[int]:
    """Take these claimed attempts through the processor, `pool` calls at a time; the answer is those that ended."""
    if withdrawn := [a for a in attempts if permission_of(a).state == "revoked"]:
        # Nothing is prepared for nobody: a permission that never got its clone has no customer either.
        leaving.release(withdrawn, lease, clock())
        attempts = [a for a in attempts if permission_of(a).state != "revoked"]
    outcomes = _prepare([a for a in attempts if not a.payment.processor_payment], processor, pool, clock)
    ready = [a for a in attempts if a.payment.processor_payment]
    sent, confirmed = _confirm(ready, lease, processor, pool, clock)
    outcomes = {a.pk: _given_up(a, o) for a in attempts if (o := confirmed.get(a.pk) or outcomes.get(a.pk))}
    ended = settle(outcomes, now=clock(), lease=lease) if outcomes else set()
    _slow_down([(a, outcomes[a.pk]) for a in attempts if a.pk in outcomes], sent, clock())
    if unsent := [a for a in ready if a.pk not in sent]:
        leaving.release(unsent, lease, clock())
    _halt_if_refused(attempts, outcomes, clock())
    breaking.look(attempts=attempts, outcomes=outcomes, now=clock())
    return ended


def _slow_down(answered: Sequence[tuple[Attempt, Outcome]], sent: set[int], now: dt.datetime) -> None:
    """Where the processor said "too fast", the requests of every worker come slower from now on."""
    limited = {(a.processor_account, o.everywhere, a.pk in sent) for a, o in answered if o.limited}
    for account, everywhere, confirmed in limited:
        endpoint = pacing.EVERY_ENDPOINT if everywhere else ("confirm" if confirmed else "create")
        pacing.slow_down(processor_account=account, endpoint=endpoint, now=now)


def _prepare(attempts: Sequence[Attempt], processor: Processor, pool: Executor, clock: Clock) -> dict[int, Outcome]:
    """Create the PaymentIntents that are missing and commit their ids before anything can be confirmed."""
    if not attempts:
        return {}
    times = _turns(attempts, "create", clock)
    answers = calls.all_of(pool, processor.create_payment, map(intent_of, attempts), times=times, clock=clock)
    created = list(zip(attempts, answers, strict=True))
    made = [(a, c) for a, c in created if c.payment]
    if made:
        with _forgettable() as cursor:
            cursor.execute(KEEP_IDS, {"ids": [a.payment_id for a, _ in made], "pis": [c.payment for _, c in made]})
            kept = dict(cursor.fetchall())
        for attempt, _ in made:
            # Not always the one just made: whoever had the lease before may have kept another meanwhile.
            attempt.payment.processor_payment = kept[attempt.payment_id]
    return {a.pk: _not_prepared(c) for a, c in created if not c.payment}


def _turns(attempts: Sequence[Attempt], endpoint: str, clock: Clock) -> list[dt.datetime]:
    return pacing.turns_of_each(accounts=[a.processor_account for a in attempts], endpoint=endpoint, clock=clock)


def _confirm(
    ready: Sequence[Attempt], lease: uuid.UUID, processor: Processor, pool: Executor, clock: Clock
) -> tuple[set[int], Mapping[int, Outcome]]:
    """Mark as *sent* what may leave, and confirm it: which it was, and what the processor answered."""
    if not ready:
        return set(), {}
    # Its turn and its place among the calls first, so that nothing lies between being marked and leaving.
    times = _turns(ready, "confirm", clock)
    with calls.room_for(pool, len(ready)):
        sent = leaving.mark_sent(ready, lease, clock())
        marked = clock()

        def confirm(attempt: Attempt) -> Outcome:
            if clock() - marked > LEAVES_WITHIN:
                return Outcome(verdict=Verdict.NOT_SENT, code="late", retry=True)
            return processor.confirm_payment(charge_of(attempt))

        leave = [a for a in ready if a.pk in sent]
        answers = calls.all_of(pool, confirm, leave, times=times, clock=clock)
    return sent, {a.pk: answer for a, answer in zip(leave, answers, strict=True)}


def _not_prepared(created: Created) -> Outcome:
    """A payment that was not prepared moved no money: without a clear refusal the attempt goes back to the queue."""
    refusal = created.outcome
    if refusal is None or refusal.verdict is Verdict.UNKNOWN:
        return Outcome(verdict=Verdict.NOT_SENT, retry=True, silent=True)
    return refusal


def _given_up(attempt: Attempt, outcome: Outcome) -> Outcome:
    """After many tries that were never carried out, a person decides."""
    if outcome.retry and attempt.claims >= MOST_CLAIMS:
        return replace(outcome, retry=False, code="not_sent")
    return outcome


def intent_of(attempt: Attempt) -> Intent:
    """The request to prepare a payment, from columns that never change."""
    payment, permission = attempt.payment, permission_of(attempt)
    return Intent(
        key=f"pi:{payment.key}",
        processor_account=payment.processor_account,
        amount=payment.amount,
        currency=payment.currency,
        customer=permission.processor_customer,
        rails=("card", BANK_RAIL[payment.currency]),
        description=f"{attempt.organization.name} {payment.display_number}",
        metadata={"organization": str(payment.organization_id), "payment": str(payment.pk), "key": str(payment.key)},
    )


def charge_of(attempt: Attempt) -> Charge:
    """The request that moves the money, from columns that never change."""
    permission = permission_of(attempt)
    return Charge(
        key=f"cf:{attempt.key}",
        payment=attempt.payment.processor_payment,
        processor_account=attempt.processor_account,
        method=permission.processor_method,
        mandate=permission.processor_mandate,
        rail=permission.method.rail,
        return_url=way_back(attempt) if attempt.on_session else "",
    )


def way_back(attempt: Attempt) -> str:
    """Where a holder who is there comes back to from the bank's page: the same address at every sending."""
    return settings.PUBLIC_URL + reverse("my-payment-return", args=[attempt.payment_id])


def _halt_if_refused(attempts: Sequence[Attempt], outcomes: dict[int, Outcome], now: dt.datetime) -> None:
    """A request the processor calls wrong would be wrong for every line: pause the run for a person to look."""
    by_id = {a.pk: a for a in attempts}
    fatal = {pk: o for pk, o in outcomes.items() if o.fatal}
    refused = {run_id: o for pk, o in fatal.items() if (run_id := by_id[pk].payment.run_id)}
    for run in MassRun.objects.filter(pk__in=refused):
        runs.pause(run=run, by=None, now=now, why=refused[run.pk].code or "refused")
