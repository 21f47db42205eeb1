"""Refunds: asked for by a person, sent once, and done only when the processor says so."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from accounts.models import User
from accounts.services import trail
from billing.models import Attempt, Payment, Refund
from billing.services import locking, reconciling, undoing
from billing.services.booking import book
from billing.services.reconciling import left_of
from messaging.services import outbox
from messaging.services.outbox import Letter
from wallet.processor import RefundOutcome, Verdict

# A debit can be given back for 180 days: https://docs.stripe.com/payments/ach-direct-debit (refunds); the same is said
# of Canadian debits. Cards have no limit of their own: the processor decides.
BANK_REFUNDS_WITHIN = dt.timedelta(days=180)
ASK_AGAIN_AFTER = dt.timedelta(seconds=30)
STATE_OF = {
    Verdict.SUCCEEDED: "succeeded",
    Verdict.PENDING: "pending",
    Verdict.DECLINED: "failed",
    Verdict.NOT_SENT: "failed",
}
DOUBTFUL = (Verdict.UNKNOWN, Verdict.NOT_SENT)
NOT_TAKEN = {"created": "under_way", "sent": "under_way", "pending": "processing", "returned": "returned"}


class CannotRefund(Exception):
    """This payment is not refunded as asked; `reason` says why."""

    def __init__(self, payment: Payment, reason: str) -> None:
        super().__init__(reason)
        self.payment, self.reason = payment, reason


def request_refund(
    *, payment: Payment, amount: int, note: str = "", by: User, now: dt.datetime, seen: int | None = None
) -> Refund:
    """Ask for a part or all of a payment to be given back to what paid it; a worker sends it.

    `seen` is how many refunds the person knew of: asked twice with the same knowledge, the second is refused.
    """
    with transaction.atomic():
        payment = _locked(payment)
        reason = refusal(payment, now=now) or _refused_amount(payment, amount)
        if reason:
            raise CannotRefund(payment, reason)
        last = _last_number(payment)
        if seen is not None and seen != last:
            raise CannotRefund(payment, "meanwhile")
        try:
            with transaction.atomic():
                refund = Refund.objects.create(
                    organization_id=payment.organization_id,
                    payment=payment,
                    number=last + 1,
                    amount=amount,
                    note=note,
                    created_by=by,
                    created_at=now,
                )
        except IntegrityError as problem:
            raise CannotRefund(payment, "too_much") from problem
        _write_down("refund_requested", refund, payment, by, now)
    return refund


def refusal(payment: Payment, *, now: dt.datetime) -> str:
    """Why nothing of this payment can be refunded now; empty when something can."""
    last = payment.attempts.select_related("method").order_by("-number").first()
    if last is None:
        return "at_the_desk"
    if last.state != "succeeded":
        return NOT_TAKEN.get(last.state, "not_taken")
    if payment.disputes.against_refunds().exists():
        return "disputed"
    if payment.refunds.filter(state="sent").exists():
        return "unanswered"
    if _is_bank(last) and last.sent_at and now - last.sent_at > BANK_REFUNDS_WITHIN:
        return "too_late"
    return "" if payment.refunded < payment.amount else "all_refunded"


def _refused_amount(payment: Payment, amount: int) -> str:
    return "" if 0 < amount <= payment.amount - payment.refunded else "too_much"


def _is_bank(attempt: Attempt) -> bool:
    return attempt.method is not None and attempt.method.kind == "bank"


def is_of_bank(refund: Refund) -> bool:
    """Whether it goes back to a bank account: then it needs the money to be there."""
    return Attempt.objects.filter(payment=refund.payment_id, state="succeeded", method__kind="bank").exists()


def _locked(payment: Payment) -> Payment:
    locking.hold(clients=[payment.client_id], payments=[payment.pk])
    return Payment.objects.select_related("organization", "client__account").get(pk=payment.pk)


def _last_number(payment: Payment) -> int:
    return payment.refunds.aggregate(last=Max("number", default=0))["last"]


def _write_down(verb: str, refund: Refund, payment: Payment, by: User | None, now: dt.datetime) -> None:
    facts = {"payment": payment.display_number, "amount": refund.amount, "currency": payment.currency}
    trail.record(organization=payment.organization, client=payment.client, verb=verb, by=by, now=now, facts=facts)


@transaction.atomic
def settle(*, refund: Refund, outcome: RefundOutcome, now: dt.datetime, lease: dt.datetime | None = None) -> bool:
    """Record what became of a refund, book it and tell the client; True when this call moved it.

    News late, repeated or out of order finds it already moved. `UNKNOWN` leaves it *sent*: it is asked about again.
    Under a `lease`, that nothing happened, or that nobody knows, is heard only from who still has it: where it was lost
    somebody else is asking meanwhile.
    """
    payment = _locked(refund.payment)
    mine = Refund.objects.filter(pk=refund.pk)
    before = mine.get().state
    if outcome.refund:
        mine.filter(processor_refund="").update(processor_refund=outcome.refund)
    if lease and outcome.verdict in DOUBTFUL:
        mine = mine.filter(state="sent", lease_until=lease)
    if outcome.verdict is Verdict.UNKNOWN:
        mine.filter(state="sent").update(lease_until=now + ASK_AGAIN_AFTER)
        return False
    if outcome.verdict is Verdict.NOT_SENT and outcome.retry:
        return bool(mine.move("created", sent_at=None, lease_until=now + ASK_AGAIN_AFTER))
    state = STATE_OF[outcome.verdict]
    ended = None if state == "pending" else now
    if not mine.move(state, reason=outcome.reason[:60], lease_until=None, settled_at=ended):
        return False
    refund.refresh_from_db()
    if state == "succeeded":
        _given_back(refund, payment, now)
    elif state == "failed":
        _failed(refund, payment, now, had_succeeded=before == "succeeded")
    return True


def _given_back(refund: Refund, payment: Payment, now: dt.datetime) -> None:
    """Only now is the money gone: the client owes it again, and is told where it went.

    A mass refund may say that the invoices it had paid are owed no more, and that nobody is written to.
    """
    run, by = undoing.run_of(refund), refund.created_by_id
    whole = undoing.paid_whole_by(payment) if run and run.options["invoices"] == undoing.VOID else []
    book(
        payment=payment,
        reference=f"refund/{refund.pk}/succeeded",
        kind="refund",
        amount=refund.amount,
        now=now,
        by_id=by,
    )
    reconciling.release(payment=payment, keep=left_of(payment), now=now)
    if run and whole:
        undoing.void_what_it_paid(run=run, payment=payment, invoice_ids=whole, now=now)
    if run is None or run.options["email"]:
        outbox.write_many(_letters(refund, payment))


def _failed(refund: Refund, payment: Payment, now: dt.datetime, *, had_succeeded: bool) -> None:
    """The money stayed with the centre, or came back to it."""
    _write_down("refund_failed", refund, payment, None, now)
    if had_succeeded:
        name = f"refund/{refund.pk}/failed"
        book(payment=payment, reference=name, kind="refund_failed", amount=refund.amount, now=now, returns=True)
        reconciling.relink(payment=payment, now=now)
        undoing.stands_again(payment=payment)


def _letters(refund: Refund, payment: Payment) -> list[Letter]:
    account = payment.client.account
    paid = payment.attempts.select_related("method").filter(state="succeeded").first()
    if not account.email or paid is None:
        return []
    return [
        Letter(
            organization_id=payment.organization_id,
            client_id=payment.client_id,
            kind="refund_sent",
            key=f"refund/{refund.pk}/succeeded",
            to=account.email,
            language=account.language,
            facts={
                "payment": payment.display_number,
                "amount": refund.amount,
                "currency": payment.currency,
                "method": paid.instrument or str(paid.method),
                "note": refund.note,
            },
        )
    ]


@transaction.atomic
def recognize(
    *, processor_refund: str, about: Mapping[str, Any], processor_account: str, now: dt.datetime
) -> Refund | None:
    """The refund some news is about: known, ours but not answered yet, or made by somebody at the processor itself."""
    known = Refund.objects.filter(processor_refund=processor_refund, payment__processor_account=processor_account)
    if found := known.select_related("payment").first():
        return found
    intent = about.get("payment_intent")
    paid = Payment.objects.filter(processor_account=processor_account, processor_payment=intent or "")
    payment = paid.exclude(processor_payment="").first()
    if payment is None:
        return None
    payment = _locked(payment)
    # Its own reply may have been written down while this waited for the lock.
    if found := known.select_related("payment").first():
        return found
    ours = payment.refunds.filter(key=_uuid((about.get("metadata") or {}).get("key")), processor_refund="").first()
    if ours is None:
        return _made_elsewhere(payment, processor_refund, about, now)
    # It reached the processor, whatever we believed: given up on, or never known to have been sent.
    late = Q(state__in=["created", "failed", "cancelled"])
    payment.refunds.filter(late, pk=ours.pk).update(state="sent", sent_at=now, settled_at=None)
    payment.refunds.filter(pk=ours.pk).update(processor_refund=processor_refund)
    ours.refresh_from_db()
    return ours


def _made_elsewhere(payment: Payment, processor_refund: str, about: Mapping[str, Any], now: dt.datetime) -> Refund:
    return Refund.objects.create(
        organization_id=payment.organization_id,
        payment=payment,
        number=_last_number(payment) + 1,
        amount=about["amount"],
        state="sent",
        processor_refund=processor_refund,
        created_at=now,
        sent_at=now,
    )


def _uuid(text: Any) -> UUID:
    """The key we put on a refund; one that nobody has when there is none of ours on it."""
    try:
        return UUID(str(text).removeprefix("rf:"))
    except ValueError:
        return UUID(int=0)
