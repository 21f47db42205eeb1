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
RESEND_WITHIN = dt.timedelta(hours=20)
# How long a request that failed in the middle may still be carried out before its payment is closed.
CARRIED_OUT_WITHIN = dt.timedelta(minutes=10)
MOST_CLAIMS = 10
# What was marked as sent leaves at once or no more: a machine that slept in between must not go on where it was.
LEAVES_WITHIN = dt.timedelta(seconds=30)
# The bank's page waits for the holder.
AT_THE_BANK = "requires_action"
CLOSED = "canceled"
PAID_OTHERWISE = "already_paid"
TAKEN = (Verdict.SUCCEEDED, Verdict.PENDING)
# A payment may be tried again by another kind of method: what it accepts follows its currency, not its first method.
BANK_RAIL = {"CAD": "acss_debit", "USD": "us_bank_account"}

# A permission that waits for its clone has nothing to charge yet.
CLAIM = f"""
UPDATE billing_attempt SET lease = %(lease)s, lease_until = %(until)s, claims = claims + 1 WHERE id IN (
  SELECT a.id FROM billing_attempt a
  WHERE {WAITS} AND ({LANE_OF}) = (%(processor_account)s, %(organization_id)s, %(run_id)s) AND {DUE} <= %(now)s
    AND (a.lease_until IS NULL OR a.lease_until < %(now)s)
    AND (%(run_id)s = 0 OR EXISTS (SELECT 1 FROM billing_massrun r WHERE r.id = %(run_id)s AND r.state = 'running'))
    AND (SELECT z.state <> 'requested' FROM wallet_authorization z WHERE z.id = a.authorization_id)
  ORDER BY {DUE}, a.id FOR UPDATE OF a SKIP LOCKED LIMIT %(limit)s)
RETURNING id
"""  # noqa: S608
KEEP_IDS = """
UPDATE billing_payment p SET processor_payment = n.pi
FROM unnest(%(ids)s::bigint[], %(pis)s::text[]) AS n(id, pi) WHERE p.id = n.id AND p.processor_payment = ''
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
            return lease, _loaded(ids)
        turns.leave(lane)
    return lease, []


@contextmanager
def _forgettable() -> Iterator[CursorWrapper]:
    """A transaction that does not wait for the disk: a lease lost in a crash is claimed again, and a PaymentIntent's id
    is given again under the same key. Marking *sent*, which follows, waits for the disk and takes these along."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
        yield cursor


def _loaded(ids: Sequence[int]) -> list[Attempt]:
    related = ("payment__client", "authorization__method", "method", "organization")
    return list(Attempt.objects.filter(pk__in=ids).select_related(*related).order_by("pk"))


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
    with calls.room_for(pool, len(attempts)):
        answers = calls.all_of(pool, processor.create_payment, map(intent_of, attempts), times=times, clock=clock)
    created = list(zip(attempts, answers, strict=True))
    made = [(a, c) for a, c in created if c.payment]
    if made:
        with _forgettable() as cursor:
            cursor.execute(KEEP_IDS, {"ids": [a.payment_id for a, _ in made], "pis": [c.payment for _, c in made]})
        for attempt, result in made:
            attempt.payment.processor_payment = result.payment
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


def resolve_unanswered(*, processor: Processor, clock: Clock, limit: int = 100) -> int:
    """Ask again about attempts *sent* without an answer; the answer is how many ended.

    Within 20 hours the same request under the same key is safe to repeat and is answered with what happened the first
    time; later the key may be forgotten, so the payment is only read
    (https://docs.stripe.com/api/idempotent_requests).
    """
    now = clock()
    sent = Attempt.objects.filter(state="sent", authorization__isnull=False, lease_until__lt=now)
    due = sent.order_by("sent_at").values_list("pk", flat=True)
    ended = 0
    for attempt in _loaded(list(due[:limit])):
        mine = Attempt.objects.filter(pk=attempt.pk, state="sent", lease_until=attempt.lease_until)
        if not mine.update(lease=None, lease_until=clock() + LEASE):
            continue
        ended += len(settle({attempt.pk: _ask(attempt, processor, clock())}, now=clock()))
    return ended


def _ask(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    if attempt.on_session or permission_of(attempt).state == "revoked":
        return _closed(attempt, processor, now)
    held = attempt.held_by.state if attempt.held_by else ""
    if held == "stopped":
        # It may never have arrived: what a person has stopped is not sent after all.
        return _over(attempt, processor, now)
    if not leaving.still_owed([attempt]):
        return _not_owed(attempt, processor, now)
    if attempt.sent_at and now - attempt.sent_at < RESEND_WITHIN:
        return _seen(attempt, processor) if held == "paused" else _again(attempt, processor, now)
    found = processor.read_payment(**_where(attempt))
    # A day late nothing is sent by itself: a person decides whether to try again.
    return replace(found, retry=False)


def _not_owed(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """It may never have arrived, and what it was for was paid another way or credited: it is not sent after all."""
    found = _over(attempt, processor, now)
    return replace(found, code=PAID_OTHERWISE) if found.code == CLOSED else found


def _seen(attempt: Attempt, processor: Processor) -> Outcome:
    """While a run is paused nothing leaves; what did arrive can be read."""
    found = processor.read_payment(**_where(attempt))
    return found if _decided(attempt, found) else Outcome(verdict=Verdict.UNKNOWN)


def _again(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """The same request under the same key: it is answered with what happened the first time."""
    again = processor.confirm_payment(charge_of(attempt))
    if again.verdict is Verdict.PENDING:
        # It is told as it was the first time: by now the bank may have answered, and its news been and gone.
        return processor.read_payment(**_where(attempt))
    if again.verdict is Verdict.UNKNOWN and again.repeated:
        return _over(attempt, processor, now)
    # That *this* request was not carried out says nothing about the first one.
    return Outcome(verdict=Verdict.UNKNOWN) if again.verdict is Verdict.NOT_SENT else again


def _over(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """The processor failed in the middle and repeats that for ever: the request is over, and what became of its payment
    can be read. It says of itself that it may still carry such a request out later; a payment that was not taken is
    therefore closed for good, after a while, before its line ends: nothing is left then that could take money."""
    found = processor.read_payment(**_where(attempt))
    if found.verdict is Verdict.UNKNOWN or _decided(attempt, found):
        return found
    if attempt.sent_at is None or now - attempt.sent_at < CARRIED_OUT_WITHIN:
        return Outcome(verdict=Verdict.UNKNOWN)
    return _close(attempt, processor)


def _decided(attempt: Attempt, found: Outcome) -> bool:
    """Whether what is read of a payment tells how this attempt ended. A refusal found on a payment that was tried
    before may be that of the earlier try."""
    answered = found.verdict in (Verdict.DECLINED, Verdict.NEEDS_CLIENT) and found.code != AT_THE_BANK
    return found.verdict in TAKEN or found.code == CLOSED or (answered and attempt.number == 1)


def _close(attempt: Attempt, processor: Processor) -> Outcome:
    """Close the payment at the processor; unknown unless it is closed now, or the money was faster."""
    closed = processor.cancel_payment(**_where(attempt))
    return closed if closed.verdict in TAKEN or closed.code == CLOSED else Outcome(verdict=Verdict.UNKNOWN)


def _closed(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """What is not to be sent again: its holder left for the bank's page, which would still take the money when the debt
    has long been paid another way, or took the permission back. Unless the money was faster it is closed for good."""
    found = processor.read_payment(**_where(attempt))
    decided = attempt.on_session and not found.retry and found.code != AT_THE_BANK
    if decided or found.verdict in (*TAKEN, Verdict.UNKNOWN):
        return found
    closed = _close(attempt, processor)
    if closed.verdict is not Verdict.UNKNOWN:
        return closed
    # What cannot be closed and was refused long ago is over as well: a day late the reading decides, as elsewhere.
    late = attempt.sent_at is not None and now - attempt.sent_at >= RESEND_WITHIN
    return found if late and found.verdict is Verdict.DECLINED else closed


def _where(attempt: Attempt) -> dict[str, str]:
    return {"payment": attempt.payment.processor_payment, "processor_account": attempt.processor_account}
