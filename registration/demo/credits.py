"""Credits of a made-up centre: gestures, cancelled courses with a fee, a debt given up, money handed back."""

import uuid
from collections.abc import Sequence

from accounts.models import Client
from billing.models import Attempt, Credit, Invoice
from billing.services import cancelling, credit_memos, handing_back, invoicing, writing_off
from billing.services.cancel_plans import Cancellation, Fee, Part
from billing.services.credit_memos import Memo
from billing.services.writing_credits import Terms
from registration.demo.clerk import Clerk, says

CUSTOMERS = 7


def create(clerk: Clerk, customers: Sequence[Client]) -> None:
    """Sell to these households, then credit each as its story says."""
    sold = clerk.sell(customers, on=clerk.ago(70))
    unused, mistaken, paid_back, unpaid, refunded, given_up, used = (sold[client.pk] for client in customers)
    memo(clerk, unused.client, 25_00, ("Séance annulée, piscine fermée", "Cancelled session, pool closed"))
    again = memo(clerk, mistaken.client, 80_00, ("Crédit saisi en double", "Credit entered twice"))
    credit_memos.void(credit=again, **clerk.who)
    memo(clerk, used.client, 30_00, ("Rabais famille nombreuse", "Large family rebate"), apply="oldest")
    clerk.take(paid_back, "cash")
    _hand_back(clerk, memo(clerk, paid_back.client, 45_00, ("Matériel non fourni", "Supplies not provided")))
    cancel(clerk, unpaid)
    clerk.take(refunded, "cash")
    cancel(clerk, refunded, given_as="cash")
    _give_up(clerk, given_up)
    _cancel_a_card_payment(clerk)


def memo(clerk: Clerk, client: Client, amount: int, what_for: tuple[str, str], *, apply: str = "keep") -> Credit:
    """A gesture, its taxes included in the amount."""
    taxes = [rate.tax_id for rate in invoicing.active_rates(clerk.organization, on=clerk.ago(15))]
    terms = Terms(on=clerk.ago(15), description=says(client, *what_for))
    granted = Memo(
        terms=terms,
        amount=amount,
        ledger_code=clerk.code("4100"),
        treatment="included",
        taxes=taxes,
        apply=apply,
    )
    return credit_memos.issue(client=client, memo=granted, **clerk.who)


def _hand_back(clerk: Clerk, credit: Credit) -> None:
    handing_back.hand_back(
        client=credit.client,
        kind="cheque",
        sources=[(credit, False, credit.total)],
        on=clerk.ago(8),
        reference="1042",
        key=uuid.uuid4(),
        email=False,
        **clerk.who,
    )


def cancel(clerk: Clerk, invoice: Invoice, *, given_as: str = "", fee: int = 15_00) -> Credit:
    """The first item is cancelled, a fee kept; what it had been paid with goes back."""
    client, item = invoice.client, invoice.items.order_by("position")[0]
    described = says(client, "Frais d’annulation", "Cancellation fee")
    cancellation = Cancellation(
        terms=Terms(on=clerk.ago(10), description=says(client, "Annulation à la demande", "Cancelled on request")),
        parts=[Part(item_id=item.pk, amount=item.total)],
        fee=Fee(amount=fee, ledger_code=clerk.code("4300"), description=described),
        given_as=given_as,
        reference="INT-92266" if given_as == "transfer" else "",
    )
    return cancelling.cancel(invoice=invoice, cancellation=cancellation, **clerk.who)


def _give_up(clerk: Clerk, invoice: Invoice) -> None:
    description = says(invoice.client, "Déménagé sans laisser d’adresse", "Moved away, no address")
    asked = writing_off.WriteOff(terms=Terms(on=clerk.ago(3), description=description), amount=invoice.balance)
    writing_off.write_off(invoice=invoice, asked=asked, **clerk.who)


def _cancel_a_card_payment(clerk: Clerk) -> None:
    """The last card that was charged: its money goes back through the processor, as the workers start."""
    taken = Attempt.objects.filter(organization=clerk.organization, state="succeeded", payment__kind="card")
    by_strangers = taken.filter(payment__client__account__user=None, payment__allocations__isnull=False)
    last = by_strangers.order_by("-pk").first()
    if last:
        paid = Invoice.objects.filter(items__allocations__payment=last.payment_id)
        cancel(clerk, paid.select_related("client__account", "organization").order_by("pk")[0])
