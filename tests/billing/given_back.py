"""Money that goes back, on the sandbox: a payment that succeeded, the processor's news of it, and what is left."""

from django.utils import timezone

from accounts.models import Organization
from billing.models import Attempt, Refund
from billing.services import catching_up, giving_back, inbox, refunding
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import staff
from wallet.processor import Event
from wallet.processor.registry import get_processor

CARD, BANK = "pm_card_visa", "pm_acssDebit_success"


def a_paid_invoice(centre: Organization, sandbox, token: str = CARD, name: str = "Marie Roy") -> Attempt:
    """An invoice of 20.00 that was charged and paid; an e-check has settled."""
    payer = a_real_payer(centre, token, name)
    by = staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    attempt = Attempt.objects.select_related("payment__client", "method").get(payment__run=run)
    if attempt.state == "pending":
        sandbox.settle(attempt.payment.processor_payment)
        tell("payment_intent.succeeded", attempt.payment.processor_payment)
        attempt.refresh_from_db()
    return attempt


def tell(type: str, object_id: str, *, id: str = "", **about: object) -> None:
    """The processor's webhook about that object, received and handled."""
    event = Event(
        id=id or f"evt_{type}_{object_id}",
        type=type,
        account="",
        object_id=object_id,
        created=timezone.now(),
        livemode=False,
        payload={"data": {"object": {"id": object_id, **about}}},
    )
    inbox.receive(event=event, now=timezone.now())
    handle_news()


def handle_news(*, clock=timezone.now) -> int:
    return inbox.handle_new(processor=get_processor(), clock=clock)


def hear_everything() -> None:
    """Every piece of news the sandbox has, as the daily look finds it."""
    catching_up.catch_up_fully(processor=get_processor(), now=timezone.now())
    handle_news()


def a_refund(attempt: Attempt, cents: int = 2_000, **more: object) -> Refund:
    """Asked for, not sent yet."""
    by = more.pop("by", None) or attempt.payment.created_by
    return refunding.request_refund(payment=attempt.payment, amount=cents, by=by, now=timezone.now(), **more)


def send_refunds(*, clock=timezone.now) -> None:
    giving_back.send_due(processor=get_processor(), clock=clock)


def ask_about_refunds(*, clock=timezone.now) -> None:
    giving_back.resolve_unanswered(processor=get_processor(), clock=clock)


def went_back(sandbox) -> list[int]:
    """Every refund that reached a client, by the sandbox's own log."""
    return [-movement["amount"] for movement in sandbox.movements() if movement["kind"] == "refund"]


def owed(attempt: Attempt) -> tuple[int, int]:
    """What the client owes, and what the payment still pays."""
    attempt.payment.refresh_from_db()
    attempt.payment.client.refresh_from_db()
    return attempt.payment.client.balance, attempt.payment.allocated
