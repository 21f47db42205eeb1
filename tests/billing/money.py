"""Real money on the sandbox: payers whose saved methods exist at the processor, and the sweeps that charge them."""

from concurrent.futures import ThreadPoolExecutor

from django.utils import timezone

from accounts.models import Client, Organization
from billing.models import Payment
from billing.services import sending
from tests.billing.ways import an_invoice
from tests.builders import a_saved_method, an_account, an_authorization
from wallet.models import Authorization
from wallet.processor import Agreement, BillingAddress
from wallet.processor.registry import get_processor

ADDRESS = BillingAddress(
    line1="12, rue des Érables", city="Longueuil", province="QC", postal_code="J4B 5K2", country="CA"
)
RAILS = {"card": "card", "bank": "acss_debit"}


def a_real_payer(
    organization: Organization, token: str = "pm_card_visa", name: str = "Marie Roy", *, cents: int = 2_000
) -> Client:
    """A client who owes `cents`, with that test instrument saved at the processor and authorized."""
    client = an_account(organization, name, email=f"{name.replace(' ', '.').lower()}@example.com")
    kind = "card" if "card" in token else "bank"
    processor = get_processor()
    customer = processor.ensure_customer(
        key=f"cus:{client.pk}:{client.account_id}:{token}", processor_account="", name=name, email="", metadata={}
    )
    agreement = Agreement(rail=RAILS[kind], currency="CAD", schedule="On each due date", at=timezone.now())
    saved = processor.save_token(
        key=f"tok:{client.pk}:{token}", token=token, customer=customer, agreement=agreement, address=ADDRESS
    )
    method = a_saved_method(client.account, kind, processor_method=saved.method, rail=saved.rail)
    an_authorization(
        organization,
        method=method,
        processor_account="",
        processor_customer=customer,
        processor_method=saved.method,
        processor_mandate=saved.mandate,
    )
    an_invoice(client, cents, person=client.account.owner)
    return client


def another_card(payment: Payment) -> Authorization:
    """A card that works, of the same client, at the same processor's customer."""
    old = payment.attempts.get().authorization
    processor = get_processor()
    method = processor.client.v1.payment_methods.attach("pm_card_visa", params={"customer": old.processor_customer})
    saved = a_saved_method(payment.client.account, processor_method=method.id)
    return an_authorization(
        payment.organization,
        method=saved,
        processor_account="",
        processor_customer=old.processor_customer,
        processor_method=method.id,
    )


def charge_everything(*, now=None) -> None:
    """What the dispatching workers do, in this thread, until nothing is left to send."""
    clock = (lambda: now) if now else timezone.now
    with ThreadPoolExecutor(4) as pool:
        while True:
            lease, attempts = sending.claim(limit=8, now=clock())
            if not attempts:
                return
            sending.send(attempts, lease=lease, processor=get_processor(), pool=pool, clock=clock)


def successes(sandbox) -> dict[str, int]:
    """How often each of the sandbox's payments took money, by the sandbox's own log."""
    taken: dict[str, int] = {}
    for movement in sandbox.movements():
        if movement["kind"] != "charge_succeeded":
            continue
        taken[movement["payment_intent"]] = taken.get(movement["payment_intent"], 0) + 1
    return taken
