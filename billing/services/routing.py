"""Which service acts on which news. The name of an event says only whom to ask, never what became of its object."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.models import Attempt, Payment, ProcessorEvent
from billing.services import disputing, giving_back, paying, returning
from billing.services.sending import Clock
from billing.services.settling import settle
from wallet import events as wallet_events
from wallet.processor import Outcome, Processor, ProcessorUnavailable, Verdict

# A refusal read from the payment may be an earlier attempt's: while our own request is in flight only its reply, or the
# same request repeated, may end it badly. Money that moved is believed always.
ENDINGS = frozenset({Verdict.SUCCEEDED, Verdict.DECLINED, Verdict.NEEDS_CLIENT})
MONEY = frozenset({Verdict.SUCCEEDED})
BELIEVED = defaultdict(lambda: MONEY, {"pending": ENDINGS, "sent": MONEY | {Verdict.PENDING}})
REFUND_NEWS = ("refund.", "charge.refund.")
# Everything else said of a charge is said of its payment as well.
CHARGE_NEWS = ("charge.failed", "charge.succeeded", "charge.pending", "charge.expired")
FELL_BACK = ("charge.failed", "payment_intent.payment_failed")


def act(event: ProcessorEvent, *, processor: Processor, clock: Clock) -> bool:
    """Have the right service look at the object; False when it is to be told again later."""
    if event.type.startswith("payment_intent.") or event.type in CHARGE_NEWS:
        return _about_payment(event, processor, clock)
    if event.type.startswith(REFUND_NEWS):
        about, account = object_of(event), event.processor_account
        return giving_back.hear(
            refund=event.object_id, about=about, processor_account=account, processor=processor, clock=clock
        )
    if event.type.startswith("charge.dispute."):
        return disputing.hear(
            dispute=event.object_id, processor_account=event.processor_account, processor=processor, asked_at=clock()
        )
    if event.type.startswith("checkout.session.") and (
        visit := Attempt.objects.filter(processor_page=event.object_id).first()
    ):
        paying.finish_page(attempt=visit, now=clock())
        return True
    return wallet_events.handle(type=event.type, object_id=event.object_id, account=event.processor_account)


def object_of(event: ProcessorEvent) -> Mapping[str, Any]:
    """The object as it was when the event was made: only what never changes of it is believed."""
    return (event.payload.get("data") or {}).get("object") or {}


def _about_payment(event: ProcessorEvent, processor: Processor, clock: Clock) -> bool:
    about = object_of(event)
    intent = event.object_id if event.type.startswith("payment_intent.") else about.get("payment_intent") or ""
    key = (about.get("metadata") or {}).get("key")
    payment = payment_of(intent=intent, key=key, processor_account=event.processor_account)
    fell_back = event.type in FELL_BACK
    return payment is not None and look_at(payment=payment, fell_back=fell_back, processor=processor, clock=clock)


def look_at(*, payment: Payment, fell_back: bool, processor: Processor, clock: Clock) -> bool:
    """Ask what became of a payment and let the one ear hear it; False when nothing was ever tried of it.

    Of one that succeeded there is nothing to ask, unless it may have fallen back.
    """
    attempt = payment.attempts.select_related("method").order_by("-number").first()
    if attempt is None:
        return False
    taken = attempt.state == "succeeded"
    if attempt.state == "returned" or (taken and not fell_back):
        return True
    if attempt.processor_page and not taken:
        paying.finish_page(attempt=attempt, now=clock())
        return True
    outcome = processor.read_payment(payment=payment.processor_payment, processor_account=payment.processor_account)
    if outcome.verdict is Verdict.UNKNOWN:
        raise ProcessorUnavailable(f"payment {payment.processor_payment} was not read: {outcome.code}")
    if taken:
        _fell_back(attempt, outcome, clock)
    elif outcome.verdict in BELIEVED[attempt.state]:
        settle({attempt.pk: outcome}, now=clock())
    return True


def _fell_back(attempt: Attempt, outcome: Outcome, clock: Clock) -> None:
    """A debit that had succeeded and is not any more; of a card that is an older refusal's news."""
    if outcome.verdict is Verdict.DECLINED and attempt.method is not None and attempt.method.kind == "bank":
        returning.take_back(attempt=attempt, code=outcome.code, now=clock())


def payment_of(*, intent: str, key: object, processor_account: str) -> Payment | None:
    """Ours by its id; or, when the id was never committed, by the key we put on it before it could take money."""
    mine = Payment.objects.filter(processor_account=processor_account)
    known = mine.filter(processor_payment=intent).exclude(processor_payment="").first()
    if known or not intent:
        return known
    keyed(key=key, processor_account=processor_account).filter(processor_payment="").update(processor_payment=intent)
    return mine.filter(processor_payment=intent).first()


def keyed(*, key: object, processor_account: str) -> QuerySet[Payment]:
    """The payment that was prepared in that account under that key, if the key is one of ours."""
    try:
        return Payment.objects.filter(processor_account=processor_account, key=UUID(str(key)))
    except ValueError:
        return Payment.objects.none()
