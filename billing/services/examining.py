"""One payment or refund looked at on both sides: what is news is heard by the one ear, what still differs is told."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Attempt, Payment, Refund
from billing.services import giving_back, judging, owning, routing
from billing.services.discrepancies import Found
from wallet.processor import ListedPayment, ListedRefund, Processor, ProcessorUnavailable

log = logging.getLogger("billing.comparing")
Clock = Callable[[], dt.datetime]


def believed() -> QuerySet[Payment]:
    """Payments by the processor, each with what we believe became of it (`state`, and whether money was `taken`)."""
    success = Attempt.objects.filter(payment=OuterRef("pk"), state="succeeded")
    return Payment.objects.exclude(processor_payment="").with_state().annotate(taken=Exists(success))


def state_of(payment: Any) -> str:
    return "succeeded" if payment.taken else payment.state or ""


def kind_of(theirs: ListedPayment, payment: Any) -> str:
    """How the two sides differ about a payment of `believed()`; empty when they agree."""
    return judging.of_payment(theirs, state=state_of(payment), amount=payment.amount, currency=payment.currency)


def payment(*, pk: int, processor: Processor, clock: Clock, theirs: ListedPayment | None = None) -> Found | None:
    """Look at one of our payments on both sides. `theirs` is what a list said of it a moment ago.

    Ours is read again after theirs, and theirs after ours: what moved meanwhile is no disagreement.
    """
    ours = _ours(pk)
    if ours is None:
        return None
    theirs = theirs or _find(ours, processor)
    if theirs is not None and not kind_of(theirs, ours):
        return None
    _listen(ours, theirs, processor, clock)
    theirs = _find(ours, processor)
    ours = _ours(pk)
    if ours is None:
        return None
    if theirs is None:
        return _missing(ours) if state_of(ours) in judging.COLLECTED else None
    kind = kind_of(theirs, ours)
    return _differing(kind, theirs, ours) if kind else None


def _ours(pk: int) -> Any:
    return believed().select_related("organization", "client").filter(pk=pk).first()


def _find(ours: Payment, processor: Processor) -> ListedPayment | None:
    return processor.find_payment(payment=ours.processor_payment, processor_account=ours.processor_account)


def _listen(ours: Payment, theirs: ListedPayment | None, processor: Processor, clock: Clock) -> None:
    """Let the one ear hear it. What it cannot hear now differs still, and is told."""
    if theirs is None:
        return
    fell_back = theirs.outcome.verdict not in judging.MONEY
    try:
        routing.look_at(payment=ours, fell_back=fell_back, processor=processor, clock=clock)
    except ProcessorUnavailable as problem:
        log.warning("payment_not_heard", extra={"payment": ours.pk, "problem": str(problem)})
    except Exception:
        log.exception("payment_not_settled", extra={"payment": ours.pk})


def _differing(kind: str, theirs: ListedPayment, ours: Any) -> Found:
    return Found(
        kind=kind,
        processor_account=ours.processor_account,
        object_id=ours.processor_payment,
        amount=theirs.amount,
        currency=theirs.currency,
        theirs=said_of(theirs),
        ours=_said_by_us(ours),
        payment=ours,
    )


def _missing(ours: Any) -> Found:
    return Found(
        kind="missing_payment",
        processor_account=ours.processor_account,
        object_id=ours.processor_payment,
        amount=ours.amount,
        currency=ours.currency,
        ours=_said_by_us(ours),
        payment=ours,
    )


def said_of(theirs: ListedPayment) -> dict[str, Any]:
    """What the processor says of a charge, to be kept and shown."""
    said: dict[str, Any] = {
        "state": theirs.outcome.verdict.value,
        "amount": theirs.amount,
        "currency": theirs.currency,
        "at": theirs.created_at.isoformat(),
        "refunded": theirs.refunded,
        "description": theirs.description,
        "customer": theirs.customer,
    }
    return {name: value for name, value in said.items() if value}


def _said_by_us(ours: Any) -> dict[str, Any]:
    return {"state": state_of(ours), "amount": ours.amount, "currency": ours.currency}


def stranger(*, charge: str, processor_account: str, processor: Processor, clock: Clock) -> Found | None:
    """Look at a charge that is under no payment of ours by its name: adopt it by its key, or tell of it.

    One that took nothing, or gave it all back, is nobody's business.
    """
    theirs = processor.find_payment(payment=charge, processor_account=processor_account)
    left = judging.still_there(theirs)
    if theirs is None or not left or not owning.may_be_ours(processor_account, theirs.metadata):
        return None
    known = routing.payment_of(intent=charge, key=theirs.metadata.get("key"), processor_account=processor_account)
    if known is not None:
        return payment(pk=known.pk, theirs=theirs, processor=processor, clock=clock)
    twin = routing.keyed(key=theirs.metadata.get("key"), processor_account=processor_account).first()
    ours = _ours(twin.pk) if twin else None
    return Found(
        kind="second_charge" if ours else "unknown_charge",
        processor_account=processor_account,
        object_id=charge,
        amount=left,
        currency=theirs.currency,
        theirs=said_of(theirs),
        ours={**_said_by_us(ours), "payment": ours.processor_payment} if ours else {},
        payment=ours,
        marks=theirs.metadata,
    )


def refund(*, pk: int, processor: Processor, clock: Clock, theirs: ListedRefund | None = None) -> Found | None:
    """Look at one of our refunds on both sides, as at a payment."""
    ours = _our_refund(pk)
    theirs = theirs or _find_refund(ours, processor)
    if theirs is not None and not _differs(theirs, ours):
        return None
    if theirs is not None:
        _listen_refund(theirs, ours.payment.processor_account, processor, clock)
    theirs, ours = _find_refund(ours, processor), _our_refund(pk)
    if theirs is None:
        return _of_refund("missing_refund", None, ours) if ours.state in judging.GIVEN_BACK else None
    kind = _differs(theirs, ours)
    return _of_refund(kind, theirs, ours) if kind else None


def _our_refund(pk: int) -> Refund:
    return Refund.objects.select_related("payment__organization", "payment__client").get(pk=pk)


def _differs(theirs: ListedRefund, ours: Refund) -> str:
    return judging.of_refund(theirs, state=ours.state, amount=ours.amount)


def _find_refund(ours: Refund, processor: Processor) -> ListedRefund | None:
    if not ours.processor_refund:
        return None
    return processor.get_refund(refund=ours.processor_refund, processor_account=ours.payment.processor_account)


def _listen_refund(theirs: ListedRefund, processor_account: str, processor: Processor, clock: Clock) -> None:
    try:
        hear_refund(theirs, processor_account, processor, clock)
    except ProcessorUnavailable as problem:
        log.warning("refund_not_heard", extra={"refund": theirs.refund, "problem": str(problem)})
    except Exception:
        log.exception("refund_not_settled", extra={"refund": theirs.refund})


def hear_refund(theirs: ListedRefund, processor_account: str, processor: Processor, clock: Clock) -> bool:
    """News of a refund, as if the processor had told it: one made there becomes ours."""
    about = {"payment_intent": theirs.payment, "amount": theirs.amount, "metadata": dict(theirs.metadata)}
    return giving_back.hear(
        refund=theirs.refund, about=about, processor_account=processor_account, processor=processor, clock=clock
    )


def _of_refund(kind: str, theirs: ListedRefund | None, ours: Refund) -> Found:
    said = (
        {"state": theirs.outcome.verdict.value, "amount": theirs.amount, "currency": theirs.currency} if theirs else {}
    )
    return Found(
        kind=kind,
        processor_account=ours.payment.processor_account,
        object_id=ours.processor_refund or f"refund/{ours.pk}",
        amount=theirs.amount if theirs else ours.amount,
        currency=ours.payment.currency,
        theirs=said,
        ours={"state": ours.state, "amount": ours.amount, "currency": ours.payment.currency},
        payment=ours.payment,
        refund=ours,
    )
