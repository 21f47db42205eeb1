"""Sending refunds to the processor: each is asked for once, and asked about until it answers."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from billing.models import Payment, Refund
from billing.services import locking, refunding, runs, undoing
from billing.services.sending import LEASE, LEAVES_WITHIN, Clock
from billing.services.unanswered import RESEND_WITHIN
from wallet.processor import Processor, ProcessorUnavailable, RefundOrder, RefundOutcome, Verdict
from wallet.services import pacing

log = logging.getLogger("billing.giving_back")
SHORT_FOR = dt.timedelta(hours=1)
NOT_ANSWERED_FOR = dt.timedelta(minutes=1)
SHORT = "balance_short"
UNKNOWN = RefundOutcome(verdict=Verdict.UNKNOWN)

# One of each run in turn, and of those asked for one by one: nobody waits behind a mass refund. Those of a run that is
# paused wait with it.
CLAIM = """
WITH waiting AS (
  SELECT f.id, row_number() OVER (PARTITION BY r.id ORDER BY f.id) AS place FROM billing_refund f
  LEFT JOIN billing_runline l ON l.refund_id = f.id LEFT JOIN billing_massrun r ON r.id = l.run_id
  WHERE f.state = 'created' AND (f.lease_until IS NULL OR f.lease_until < %(now)s)
    AND (r.id IS NULL OR r.state = 'running')
  ORDER BY place, f.id LIMIT %(looked_at)s),
mine AS MATERIALIZED (
  SELECT f.id FROM billing_refund f JOIN waiting ON waiting.id = f.id
  WHERE f.state = 'created' AND (f.lease_until IS NULL OR f.lease_until < %(now)s)
  ORDER BY waiting.place, f.id FOR UPDATE OF f SKIP LOCKED LIMIT %(limit)s)
UPDATE billing_refund t SET lease_until = %(until)s FROM mine WHERE t.id = mine.id RETURNING t.id
"""
LOCK_RUN = """
SELECT 1 FROM billing_massrun WHERE id = (SELECT run_id FROM billing_runline WHERE refund_id = %s) FOR SHARE
"""
# Several workers look at the same first ones: those that another holds are passed over.
AT_ONCE = 10


def claim(*, now: dt.datetime, limit: int = 20) -> list[Refund]:
    """Refunds that nobody else is sending; the lease says until when they are this caller's."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"until": now + LEASE, "now": now, "limit": limit, "looked_at": limit * AT_ONCE})
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Refund.objects.filter(pk__in=ids).select_related("payment").order_by("pk"))


def send_due(*, processor: Processor, clock: Clock) -> int:
    """Send what waits to be given back; the answer is how many moved."""
    return send_these(claim(now=clock()), processor=processor, clock=clock)


def send_these(refunds: Sequence[Refund], *, processor: Processor, clock: Clock) -> int:
    """Send what was claimed, one after the other; the answer is how many moved."""
    return sum(send(refund, processor=processor, clock=clock) for refund in refunds)


def send(refund: Refund, *, processor: Processor, clock: Clock) -> bool:
    """Send one refund. Each step commits before the next: what is *created* was never sent."""
    account = refund.payment.processor_account
    if not _is_funded(refund, processor, clock()):
        return False
    pacing.wait_for_turn(accounts=[account], endpoint="refund", clock=clock)
    marked = clock()
    if not _mark_sent(refund, marked) or clock() - marked > LEAVES_WITHIN:
        # Marked too long ago, it is asked about like one without an answer.
        return False
    outcome = processor.request_refund(order_of(refund))
    if outcome.limited:
        pacing.slow_down(processor_account=account, endpoint="refund", now=clock())
    if outcome.fatal:
        _hold_back(refund, outcome, clock())
    return refunding.settle(refund=refund, outcome=outcome, now=clock(), lease=marked + LEASE)


def _hold_back(refund: Refund, outcome: RefundOutcome, now: dt.datetime) -> None:
    """The processor refuses us, not this refund: the others of the run wait until a person has looked."""
    if run := undoing.run_of(refund):
        runs.pause(run=run, by=None, now=now, why=outcome.reason)


def _is_funded(refund: Refund, processor: Processor, now: dt.datetime) -> bool:
    """A card refund waits at the processor for the money; a bank refund fails: https://docs.stripe.com/refunds."""
    if not refunding.is_of_bank(refund):
        return True
    payment = refund.payment
    mine = Refund.objects.filter(pk=refund.pk, state="created", lease_until=refund.lease_until)
    try:
        there = processor.available_balance(processor_account=payment.processor_account, currency=payment.currency)
    except ProcessorUnavailable:
        mine.update(lease_until=now + NOT_ANSWERED_FOR)
        return False
    if there < refund.amount:
        mine.update(lease_until=now + SHORT_FOR, reason=SHORT)
        return False
    return True


@transaction.atomic
def _mark_sent(refund: Refund, now: dt.datetime) -> bool:
    """Commit *sent* before the money call, only while its run goes on and nobody disputes the payment.

    The run is held first, as whoever writes its refunds does: a pause is committed before this, or after.
    """
    _hold_run(refund)
    locking.hold(payments=[refund.payment_id])
    payment = Payment.objects.get(pk=refund.payment_id)
    mine = Refund.objects.filter(pk=refund.pk, lease_until=refund.lease_until)
    run = undoing.run_of(refund)
    if run and run.state != "running":
        mine.filter(state="created").update(lease_until=None)
        return False
    taken = payment.attempts.filter(state="succeeded").exists()
    if not taken or payment.disputes.against_refunds().exists():
        mine.move("cancelled", reason="disputed" if taken else "returned", settled_at=now, lease_until=None)
        return False
    return bool(mine.move("sent", sent_at=now, reason="", lease_until=now + LEASE))


def _hold_run(refund: Refund) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RUN, [refund.pk])


def order_of(refund: Refund) -> RefundOrder:
    """The request that gives the money back, from columns that never change."""
    payment = refund.payment
    return RefundOrder(
        key=f"rf:{refund.key}",
        processor_account=payment.processor_account,
        payment=payment.processor_payment,
        amount=refund.amount,
        metadata={"organization": str(refund.organization_id), "payment": str(payment.pk), "refund": str(refund.pk)},
    )


def resolve_unanswered(*, processor: Processor, clock: Clock, limit: int = 50) -> int:
    """Ask about refunds *sent* without an answer; the answer is how many ended."""
    due = Refund.objects.filter(state="sent", lease_until__lt=clock()).select_related("payment").order_by("sent_at")
    ended = 0
    for refund in due[:limit]:
        mine = Refund.objects.filter(pk=refund.pk, state="sent", lease_until=refund.lease_until)
        lease = clock() + LEASE
        if mine.update(lease_until=lease):
            outcome = _ask(refund, processor, clock())
            ended += refunding.settle(refund=refund, outcome=outcome, now=clock(), lease=lease)
    return ended


def _ask(refund: Refund, processor: Processor, now: dt.datetime) -> RefundOutcome:
    """Found by its key it is answered. Not found, the same request is repeated under the same key for 20 hours only.

    Later the key may be forgotten and a repetition would pay twice: https://docs.stripe.com/api/idempotent_requests.
    """
    found = _find(refund, processor)
    if found.verdict is not Verdict.NOT_SENT:
        return found
    if refund.sent_at is None or now - refund.sent_at >= RESEND_WITHIN:
        return RefundOutcome(verdict=Verdict.NOT_SENT, reason="not_sent")
    again = processor.request_refund(order_of(refund))
    if again.verdict is not Verdict.NOT_SENT:
        return again
    if again.retry:
        return UNKNOWN
    # Refused now says nothing about the first request: only that it left no trace does.
    found = _find(refund, processor)
    return again if found.verdict is Verdict.NOT_SENT else found


def _find(refund: Refund, processor: Processor) -> RefundOutcome:
    payment = refund.payment
    return processor.find_refund(
        payment=payment.processor_payment, key=f"rf:{refund.key}", processor_account=payment.processor_account
    )


def hear(*, refund: str, about: Mapping[str, Any], processor_account: str, processor: Processor, clock: Clock) -> bool:
    """Ask what became of a refund there is news of; False when it is tried again later."""
    row = refunding.recognize(processor_refund=refund, about=about, processor_account=processor_account, now=clock())
    if row is None:
        return False
    outcome = processor.read_refund(refund=refund, processor_account=processor_account)
    if outcome.verdict in (Verdict.UNKNOWN, Verdict.NOT_SENT):
        raise ProcessorUnavailable(f"refund {refund} was not read: {outcome.reason}")
    refunding.settle(refund=row, outcome=outcome, now=clock())
    return True
