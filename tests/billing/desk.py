"""Money that comes in at the desk, for tests."""

import datetime as dt

from accounts.models import Client, User
from billing.models import Invoice, Payment
from billing.services import receiving
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from tests.builders import NOW, TODAY, staff


def whole(*invoices: Invoice) -> list[Part]:
    """All that is due on these invoices."""
    for invoice in invoices:
        invoice.refresh_from_db()
    return [Part(invoice_id=invoice.pk, amount=invoice.balance, seen=invoice.balance) for invoice in invoices]


def received(
    client: Client,
    *invoices: Invoice,
    kind: str = "cash",
    amount: int | None = None,
    on: dt.date = TODAY,
    reference: str = "",
    credit_name: str = "",
    by: User | None = None,
    **terms: object,
) -> Payment:
    """Cash for these invoices, in full unless told otherwise."""
    parts = terms.pop("parts", None) or whole(*invoices)
    total = terms.pop("total", sum(part.amount for part in parts))
    order = Order(total=total, parts=parts, **terms)
    money = Received(
        kind=kind,
        amount=total if amount is None else amount,
        on=on,
        reference=reference or ("204" if kind == "cheque" else ""),
        credit_name=credit_name,
    )
    by = by or staff("front_desk", client.organization)
    return receiving.receive(client=client, order=order, received=money, by=by, now=NOW)
