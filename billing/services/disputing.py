"""Disputes: what the client's bank says of a payment now. The books follow the money, never the name of the news."""

import datetime as dt

from django.db import transaction

from accounts.services import trail
from billing.models import Attempt, Dispute, Payment
from billing.services import locking, reconciling, returning
from billing.services.booking import book
from wallet.processor import DisputeState, Processor


def hear(*, dispute: str, processor_account: str, processor: Processor, asked_at: dt.datetime) -> bool:
    """Ask what became of a dispute and follow it; False while its payment is not known to have succeeded."""
    found = processor.read_dispute(dispute=dispute, processor_account=processor_account)
    mine = Payment.objects.filter(processor_account=processor_account, processor_payment=found.payment)
    payment = mine.exclude(processor_payment="").first()
    return payment is not None and record(payment=payment, found=found, asked_at=asked_at)


@transaction.atomic
def record(*, payment: Payment, found: DisputeState, asked_at: dt.datetime) -> bool:
    """Write down the dispute as it is. An answer older than what is known changes nothing."""
    payment = _locked(payment)
    taken = payment.attempts.filter(state__in=["succeeded", "returned"]).order_by("-number").first()
    if taken is None:
        return False
    row = Dispute.objects.filter(processor_dispute=found.dispute).first()
    if row is None:
        row = _opened(payment, found, asked_at)
    elif row.asked_at > asked_at:
        return True
    turned = found.withdrawn != row.withdrawn
    row.status, row.reason, row.withdrawn, row.asked_at = found.status, found.reason[:60], found.withdrawn, asked_at
    row.answer_by = None if found.final else found.answer_by
    row.closed_at = (row.closed_at or asked_at) if found.final else None
    row.turns += turned
    row.save()
    if turned:
        _follow(row, payment, taken, asked_at)
    return True


def _locked(payment: Payment) -> Payment:
    """Held with its tries, so that no refund of it begins meanwhile and none of them turns."""
    tries = payment.attempts.values("pk")
    locking.hold(clients=[payment.client_id], payments=[payment.pk], attempts=tries)
    return Payment.objects.select_related("organization", "client").get(pk=payment.pk)


def _opened(payment: Payment, found: DisputeState, now: dt.datetime) -> Dispute:
    trail.record(
        organization=payment.organization,
        client=payment.client,
        verb="payment_disputed",
        by=None,
        now=now,
        facts={"payment": payment.display_number, "amount": found.amount, "currency": payment.currency},
    )
    return Dispute(
        organization_id=payment.organization_id,
        payment=payment,
        processor_dispute=found.dispute,
        amount=found.amount,
        opened_at=found.opened_at,
    )


def _follow(dispute: Dispute, payment: Payment, taken: Attempt, now: dt.datetime) -> None:
    """The money went, or came back. Gone, it pays no invoice; back, it pays what it was taken for."""
    first = dispute.turns == 1 and dispute.withdrawn
    if first and taken.method is not None and taken.method.kind == "bank":
        # A bank debit taken back is its return: there is nothing to answer, and the agreement ends.
        returning.take_back(attempt=taken, code=dispute.reason, now=now)
        return
    book(
        payment=payment,
        reference=f"dispute/{dispute.pk}/{dispute.turns}",
        kind="dispute" if dispute.withdrawn else "dispute_won",
        amount=dispute.amount,
        now=now,
        returns=not dispute.withdrawn,
    )
    if dispute.withdrawn:
        reconciling.release(payment=payment, keep=reconciling.left_of(payment), now=now)
    else:
        reconciling.relink(payment=payment, now=now)
