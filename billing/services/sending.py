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
from billing.services import announcing, runs
from billing.services.settling import settle
from wallet.processor import Charge, Created, Intent, Outcome, Processor, Verdict
from wallet.services import pacing

Clock = Callable[[], dt.datetime]
LEASE = dt.timedelta(minutes=5)
RESEND_WITHIN = dt.timedelta(hours=20)
MOST_CLAIMS = 10
LOOK_AGAIN_AFTER = dt.timedelta(minutes=1)
# A payment may be tried again by another kind of method: what it accepts follows its currency, not its first method.
BANK_RAIL = {"CAD": "acss_debit", "USD": "us_bank_account"}

# Tried before and failed: no longer its run's to hold back. One that only changed method before it was sent still is.
RETRIED = """a.number > 1 AND EXISTS (SELECT 1 FROM billing_attempt e
      WHERE e.payment_id = a.payment_id AND e.number < a.number AND e.state <> 'cancelled')"""
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
# Who sends for a debt looks, under its lock, whether somebody else already does.
LOCK_DEBTS = """
SELECT 1 FROM billing_invoiceitem WHERE id IN (
  SELECT d.item_id FROM billing_attempt a JOIN billing_plannedallocation d ON d.payment_id = a.payment_id
  WHERE a.id = ANY(%(ids)s)) ORDER BY id FOR NO KEY UPDATE
"""
# Sub-selects, not joins: right after a bulk write the planner knows nothing of these rows and would join them all.
MARK_SENT = """
UPDATE billing_attempt a SET state = 'sent', sent_at = %(now)s
FROM billing_payment p LEFT JOIN billing_massrun r ON r.id = p.run_id
WHERE a.id = ANY(%(ids)s) AND a.lease = %(lease)s AND a.state = 'created' AND p.id = a.payment_id
  AND (r.id IS NULL OR r.state = 'running' OR RETRIED)
  AND (SELECT z.state = 'granted' AND m.status = 'active' AND z.processor_account = a.processor_account
       FROM wallet_authorization z
       JOIN wallet_paymentmethod m ON m.id = z.method_id WHERE z.id = a.authorization_id)
  AND (SELECT count(*) = 0 FROM billing_plannedallocation d JOIN billing_invoiceitem i ON i.id = d.item_id
       JOIN billing_invoice v ON v.id = i.invoice_id
       WHERE d.payment_id = p.id AND (v.state <> 'issued' OR i.total - i.allocated < d.amount))
  AND (SELECT c.balance >= p.amount FROM accounts_client c WHERE c.id = p.client_id)
  AND NOT EXISTS (SELECT 1 FROM billing_plannedallocation mine
       JOIN billing_plannedallocation other ON other.item_id = mine.item_id AND other.payment_id <> mine.payment_id
       JOIN billing_attempt o ON o.payment_id = other.payment_id
       WHERE mine.payment_id = p.id AND (o.state IN ('sent', 'pending')
         OR (o.state = 'created' AND o.id < a.id AND o.id = ANY(%(ids)s))))
  AND MAY_LEAVE
RETURNING a.id
""".replace("RETRIED", RETRIED).replace("MAY_LEAVE", announcing.MAY_LEAVE)
# Another payment of the same debt that may take money at this moment.
BUSY = """
SELECT 1 FROM billing_attempt a JOIN billing_plannedallocation mine ON mine.payment_id = a.payment_id
JOIN billing_plannedallocation other ON other.item_id = mine.item_id AND other.payment_id <> mine.payment_id
JOIN billing_attempt o ON o.payment_id = other.payment_id AND o.state IN ('sent', 'pending')
WHERE a.id = ANY(%(ids)s) LIMIT 1
"""
# Whose debt stands all the same: what was in the way is over, or may fail yet.
STILL_OWED = """
SELECT a.id FROM billing_attempt a JOIN billing_payment p ON p.id = a.payment_id
JOIN accounts_client c ON c.id = p.client_id AND c.balance >= p.amount
WHERE a.id = ANY(%(ids)s) AND NOT EXISTS (
  SELECT 1 FROM billing_plannedallocation d JOIN billing_invoiceitem i ON i.id = d.item_id
  JOIN billing_invoice v ON v.id = i.invoice_id
  WHERE d.payment_id = p.id AND (v.state <> 'issued' OR i.total - i.allocated < d.amount))
"""
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
    related = ("payment__client", "method", "authorization", "organization")
    return list(Attempt.objects.filter(pk__in=ids).select_related(*related).order_by("pk"))


def send(
    attempts: Sequence[Attempt], *, lease: uuid.UUID, processor: Processor, pool: Executor, clock: Clock
) -> set[int]:
    """Take these claimed attempts through the processor, `pool` calls at a time; the answer is those that ended."""
    if withdrawn := [a for a in attempts if a.authorization.state == "revoked"]:
        # Nothing is prepared for nobody: a permission that never got its clone has no customer either.
        _release(withdrawn, lease, clock())
        attempts = [a for a in attempts if a.authorization.state != "revoked"]
    prepared = _prepare([a for a in attempts if not a.payment.processor_payment], processor, pool, clock)
    ready = [a for a in attempts if a.payment.processor_payment]
    # Before *sent* is marked, so that what changes while it waits still counts.
    pacing.wait_for_turn(accounts=[a.processor_account for a in ready], endpoint="confirm", clock=clock)
    sent = _mark_sent(ready, lease, clock())
    outcomes = dict(prepared)
    outcomes.update(_confirm([a for a in ready if a.pk in sent], processor, pool))
    outcomes = {a.pk: _given_up(a, outcomes[a.pk]) for a in attempts if a.pk in outcomes}
    ended = settle(outcomes, now=clock()) if outcomes else set()
    _slow_down([a for a in attempts if a.pk in outcomes and outcomes[a.pk].limited], sent, clock())
    if unsent := [a for a in ready if a.pk not in sent]:
        _release(unsent, lease, clock())
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
    payment = attempt.payment
    return Intent(
        key=f"pi:{payment.key}",
        processor_account=payment.processor_account,
        amount=payment.amount,
        currency=payment.currency,
        customer=attempt.authorization.processor_customer,
        rails=("card", BANK_RAIL[payment.currency]),
        description=f"{attempt.organization.name} {payment.display_number}",
        metadata={"organization": str(payment.organization_id), "payment": str(payment.pk), "key": str(payment.key)},
    )


def charge_of(attempt: Attempt) -> Charge:
    """The request that moves the money, from columns that never change."""
    return Charge(
        key=f"cf:{attempt.key}",
        payment=attempt.payment.processor_payment,
        processor_account=attempt.processor_account,
        method=attempt.authorization.processor_method,
        mandate=attempt.authorization.processor_mandate,
        rail=attempt.method.rail,
        return_url=way_back(attempt) if attempt.on_session else "",
    )


def way_back(attempt: Attempt) -> str:
    """Where a holder who is there comes back to from the bank's page: the same address at every sending."""
    return settings.PUBLIC_URL + reverse("my-payment-return", args=[attempt.payment_id])


def _mark_sent(attempts: Sequence[Attempt], lease: uuid.UUID, now: dt.datetime) -> set[int]:
    """Commit *sent* before the money call, only where the run runs, the authorization lives, the debt stands and
    no other payment of the same debt is on its way."""
    params = {"ids": [a.pk for a in attempts], "lease": lease, "now": now}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_DEBTS, params)
        cursor.execute(MARK_SENT, params)
        return {pk for (pk,) in cursor.fetchall()}


def _confirm(attempts: Sequence[Attempt], processor: Processor, pool: Executor) -> Iterable[tuple[int, Outcome]]:
    outcomes = pool.map(processor.confirm_payment, map(charge_of, attempts))
    return zip((a.pk for a in attempts), outcomes, strict=True)


@transaction.atomic
def _release(attempts: Sequence[Attempt], lease: uuid.UUID, now: dt.datetime) -> None:
    """Give back what was not sent; what may no longer be charged ends here, with its reason."""
    held = Attempt.objects.filter(pk__in=[a.pk for a in attempts], lease=lease, state="created")
    held = held.select_related("authorization", "method", "payment__run").select_for_update(of=("self",))
    owed = _still_owed(attempts)
    held_back = announcing.held_back(attempt_ids=owed, now=now)
    for attempt in held.order_by("pk"):
        run = attempt.payment.run
        mine = Attempt.objects.filter(pk=attempt.pk)
        if attempt.authorization.state != "granted" or attempt.method.status != "active":
            mine.move("not_sent", settled_at=now, reason="authorization_withdrawn", lease=None, lease_until=None)
        elif attempt.authorization.processor_account != attempt.processor_account:
            mine.move("not_sent", settled_at=now, reason="other_account", lease=None, lease_until=None)
        elif run is not None and run.state != "running" and not _was_tried(attempt):
            mine.update(lease=None, lease_until=None)
        elif attempt.pk in held_back and held_back[attempt.pk] is None:
            mine.move("not_sent", settled_at=now, reason="not_announced", lease=None, lease_until=None)
        elif attempt.pk in held_back:
            mine.update(lease=None, lease_until=None, not_before=held_back[attempt.pk], claims=0)
        elif attempt.pk in owed:
            mine.update(lease=None, lease_until=None, not_before=now + LOOK_AGAIN_AFTER, claims=0)
        else:
            mine.move("not_sent", settled_at=now, reason="already_paid", lease=None, lease_until=None)


def _was_tried(attempt: Attempt) -> bool:
    return attempt.payment.attempts.filter(number__lt=attempt.number).exclude(state="cancelled").exists()


def _still_owed(attempts: Sequence[Attempt]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(STILL_OWED, {"ids": [a.pk for a in attempts]})
        return {pk for (pk,) in cursor.fetchall()}


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
    if attempt.sent_at and now - attempt.sent_at < RESEND_WITHIN:
        again = processor.confirm_payment(charge_of(attempt))
        # That *this* request was not carried out says nothing about the first one.
        return Outcome(verdict=Verdict.UNKNOWN) if again.verdict is Verdict.NOT_SENT else again
    found = processor.read_payment(
        payment=attempt.payment.processor_payment, processor_account=attempt.processor_account
    )
    # A day late nothing is sent by itself: a person decides whether to try again.
    return replace(found, retry=False)
