"""Sending attempts to the processor: claim, prepare, mark as sent, confirm, settle. No transaction is open meanwhile.

Each step commits before the next, so that a process may die between any two of them: what is *created* was never sent,
what is *sent* is asked about again, and the processor refuses a second success of the one PaymentIntent of a payment.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.urls import reverse

from billing.models import Attempt, MassRun
from billing.services import leaving, runs
from billing.services.leaving import RETRIED, permission_of
from billing.services.settling import settle
from wallet.processor import Charge, Created, Intent, Outcome, Processor, Verdict
from wallet.services import pacing

Clock = Callable[[], dt.datetime]
LEASE = dt.timedelta(minutes=5)
RESEND_WITHIN = dt.timedelta(hours=20)
MOST_CLAIMS = 10
# The bank's page waits for the holder.
AT_THE_BANK = "requires_action"
CLOSED = "canceled"
TAKEN = (Verdict.SUCCEEDED, Verdict.PENDING)
# A payment may be tried again by another kind of method: what it accepts follows its currency, not its first method.
BANK_RAIL = {"CAD": "acss_debit", "USD": "us_bank_account"}

# A permission that waits for its clone has nothing to charge yet.
CLAIM = """
UPDATE billing_attempt SET lease = %(lease)s, lease_until = %(until)s, claims = claims + 1 WHERE id IN (
  SELECT a.id FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
  LEFT JOIN billing_massrun r ON r.id = p.run_id
  WHERE a.state = 'created' AND a.authorization_id IS NOT NULL AND (a.lease_until IS NULL OR a.lease_until < %(now)s)
    AND (a.not_before IS NULL OR a.not_before <= %(now)s) AND (r.id IS NULL OR r.state = 'running' OR RETRIED)
    AND (SELECT z.state <> 'requested' FROM wallet_authorization z WHERE z.id = a.authorization_id)
  ORDER BY a.id FOR UPDATE OF a SKIP LOCKED LIMIT %(limit)s)
RETURNING id
""".replace("RETRIED", RETRIED)
KEEP_IDS = """
UPDATE billing_payment p SET processor_payment = n.pi
FROM unnest(%(ids)s::bigint[], %(pis)s::text[]) AS n(id, pi) WHERE p.id = n.id AND p.processor_payment = ''
"""


def claim(*, limit: int, now: dt.datetime) -> tuple[uuid.UUID, list[Attempt]]:
    """Take up to `limit` attempts that nobody else is sending; the lease says whose they are and until when."""
    lease = uuid.uuid4()
    with _forgettable() as cursor:
        cursor.execute(CLAIM, {"lease": lease, "until": now + LEASE, "now": now, "limit": limit})
        ids = [pk for (pk,) in cursor.fetchall()]
    return lease, _loaded(ids)


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
    prepared = _prepare([a for a in attempts if not a.payment.processor_payment], processor, pool, clock)
    ready = [a for a in attempts if a.payment.processor_payment]
    # Before *sent* is marked, so that what changes while it waits still counts.
    pacing.wait_for_turn(accounts=[a.processor_account for a in ready], endpoint="confirm", clock=clock)
    sent = leaving.mark_sent(ready, lease, clock())
    outcomes = dict(prepared)
    outcomes.update(_confirm([a for a in ready if a.pk in sent], processor, pool))
    outcomes = {a.pk: _given_up(a, outcomes[a.pk]) for a in attempts if a.pk in outcomes}
    ended = settle(outcomes, now=clock()) if outcomes else set()
    _slow_down([a for a in attempts if a.pk in outcomes and outcomes[a.pk].limited], sent, clock())
    if unsent := [a for a in ready if a.pk not in sent]:
        leaving.release(unsent, lease, clock())
    _halt_if_refused(attempts, outcomes, clock())
    return ended


def _slow_down(limited: Sequence[Attempt], sent: set[int], now: dt.datetime) -> None:
    """Where the processor said "too fast", the requests of every worker come slower from now on."""
    for account, confirmed in {(a.processor_account, a.pk in sent) for a in limited}:
        pacing.slow_down(processor_account=account, endpoint="confirm" if confirmed else "create", now=now)


def _prepare(
    attempts: Sequence[Attempt], processor: Processor, pool: Executor, clock: Clock
) -> Iterable[tuple[int, Outcome]]:
    """Create the PaymentIntents that are missing and commit their ids before anything can be confirmed."""
    pacing.wait_for_turn(accounts=[a.processor_account for a in attempts], endpoint="create", clock=clock)
    created = list(zip(attempts, pool.map(processor.create_payment, map(intent_of, attempts)), strict=True))
    made = [(a, c) for a, c in created if c.payment]
    if made:
        with _forgettable() as cursor:
            cursor.execute(KEEP_IDS, {"ids": [a.payment_id for a, _ in made], "pis": [c.payment for _, c in made]})
        for attempt, result in made:
            attempt.payment.processor_payment = result.payment
    return [(a.pk, _not_prepared(c)) for a, c in created if not c.payment]


def _not_prepared(created: Created) -> Outcome:
    """A payment that was not prepared moved no money: without a clear refusal the attempt goes back to the queue."""
    refusal = created.outcome
    if refusal is None or refusal.verdict is Verdict.UNKNOWN:
        return Outcome(verdict=Verdict.NOT_SENT, retry=True)
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


def _confirm(attempts: Sequence[Attempt], processor: Processor, pool: Executor) -> Iterable[tuple[int, Outcome]]:
    outcomes = pool.map(processor.confirm_payment, map(charge_of, attempts))
    return zip((a.pk for a in attempts), outcomes, strict=True)


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
        if not mine.update(lease_until=clock() + LEASE):
            continue
        ended += len(settle({attempt.pk: _ask(attempt, processor, clock())}, now=clock()))
    return ended


def _ask(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    if attempt.on_session or permission_of(attempt).state == "revoked":
        return _closed(attempt, processor, now)
    if attempt.sent_at and now - attempt.sent_at < RESEND_WITHIN:
        again = processor.confirm_payment(charge_of(attempt))
        if again.verdict is Verdict.PENDING:
            # It is told as it was the first time: by now the bank may have answered, and its news been and gone.
            return processor.read_payment(**_where(attempt))
        # That *this* request was not carried out says nothing about the first one.
        return Outcome(verdict=Verdict.UNKNOWN) if again.verdict is Verdict.NOT_SENT else again
    found = processor.read_payment(**_where(attempt))
    # A day late nothing is sent by itself: a person decides whether to try again.
    return replace(found, retry=False)


def _closed(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """What is not to be sent again: its holder left for the bank's page, which would still take the money when the debt
    has long been paid another way, or took the permission back. Unless the money was faster it is closed for good."""
    found = processor.read_payment(**_where(attempt))
    decided = attempt.on_session and not found.retry and found.code != AT_THE_BANK
    if decided or found.verdict in (*TAKEN, Verdict.UNKNOWN):
        return found
    closed = processor.cancel_payment(**_where(attempt))
    if closed.verdict in TAKEN or closed.code == CLOSED:
        return closed
    # What cannot be closed and was refused long ago is over as well: a day late the reading decides, as elsewhere.
    late = attempt.sent_at is not None and now - attempt.sent_at >= RESEND_WITHIN
    return found if late and found.verdict is Verdict.DECLINED else Outcome(verdict=Verdict.UNKNOWN)


def _where(attempt: Attempt) -> dict[str, str]:
    return {"payment": attempt.payment.processor_payment, "processor_account": attempt.processor_account}
