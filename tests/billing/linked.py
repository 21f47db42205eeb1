"""Payments, deposits and credits with something left, for tests of what they are linked to."""

import datetime as dt

from accounts.models import Client
from billing import ledger
from billing.ledger import Posting
from billing.models import Allocation, Credit, CreditLine, Invoice, Payment
from billing.services.numbering import take_numbers
from tests.billing.desk import received
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, a_ledger_code


def a_free_payment(client: Client, cents: int = 2_000, *, days_ago: int = 0) -> Payment:
    """Cash that was taken for an invoice which was then paid by nobody: all of it is left."""
    payment = received(client, an_invoice(client, cents), reconcile=False)
    client.invoices.filter(items__planned_allocations__payment=payment).get()
    return _dated(payment, days_ago)


def an_excess(client: Client, cents: int = 2_000, *, days_ago: int = 0) -> Payment:
    """What was received above an invoice of one dollar, which it paid."""
    payment = received(client, an_invoice(client, 100), amount=100 + cents, credit_name="Trop-perçu")
    return _dated(payment, days_ago)


def _dated(payment: Payment, days_ago: int) -> Payment:
    Payment.objects.filter(pk=payment.pk).update(created_at=NOW - dt.timedelta(days=days_ago))
    payment.refresh_from_db()
    return payment


def a_credit(
    client: Client, cents: int = 2_000, *, days_ago: int = 0, kind: str = "memo", invoice: Invoice | None = None
):
    """A gesture of that much, in the books; with an invoice, about one of its items."""
    organization, code = client.organization, a_ledger_code(client.organization)
    credit = Credit.objects.create(
        organization=organization, client=client, invoice=invoice, currency=organization.currency,
        kind="cancellation" if invoice else "memo",
        number=take_numbers(organization=organization, document="credit", count=1), issued_on=TODAY,
        description="Geste commercial", subtotal=cents, tax_total=0, total=cents,
        created_at=NOW - dt.timedelta(days=days_ago),
    )  # fmt: skip
    CreditLine.objects.create(
        credit=credit, position=1, description=credit.description, ledger_code=code, subtotal=cents, tax_total=0,
        total=cents, item=invoice.items.get() if invoice else None,
    )  # fmt: skip
    revenue = ledger.bucket(organization_id=organization.pk, kind="revenue", ledger_code=code)
    owed = ledger.bucket(organization_id=organization.pk, kind="receivable")
    posting = Posting(
        organization_id=organization.pk, reference=f"credit/{credit.pk}/issued", kind="credit", happened_on=TODAY,
        client_id=client.pk, legs=[(revenue.pk, owed.pk, cents)],
    )  # fmt: skip
    ledger.post([posting], now=NOW)
    return credit


def links_of(*invoices: Invoice) -> list[tuple]:
    """(payment, credit, invoice, cents) of every link to those invoices, in the order they were made."""
    found = Allocation.objects.filter(item__invoice__in=invoices).order_by("item__invoice", "item__position", "pk")
    return list(found.values_list("payment", "credit", "item__invoice", "amount"))
