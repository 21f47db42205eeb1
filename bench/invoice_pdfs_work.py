"""Invoices of three lines with two taxes, half of them paid in part, and their documents."""

from typing import Any

from django.db import connection
from django.utils import timezone

from bench.households import a_centre
from billing.documents.invoices import TEMPLATE, invoice_facts, invoice_pdf, invoice_pdfs, printable
from billing.models import Allocation, Invoice, InvoiceItem, Payment
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from smartrec.documents import typeset

LINES = {"Natation – Junior 3, mardi 18 h": 11_250, "Camp de jour – semaine du 29 juin": 18_500, "Carte d’accès": 500}


def invoiced(count: int) -> None:
    centre, by, _people = a_centre("paper", count)
    now = timezone.now()
    rates, code = invoicing.active_rates(centre, on=now.date()), centre.ledger_codes.get().pk
    lines = [
        Line(description=what, unit_price=price, ledger_code_id=code, taxes=rates) for what, price in LINES.items()
    ]
    clients = list(centre.clients.values_list("pk", flat=True))
    terms = Terms(issued_on=now.date(), due_on=now.date(), note="Merci de régler avant le début de la session.")
    drafts = [Draft(client_id=client, person_id=None, lines=lines) for client in clients]
    invoicing.issue(organization=centre, drafts=drafts, terms=terms, by=by, now=now)
    _pay_half(now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _pay_half(now: Any) -> None:
    """A tenth of the first line of every second invoice, in cash."""
    items = InvoiceItem.objects.filter(position=1).select_related("invoice").order_by("pk")[::2]
    payments = Payment.objects.bulk_create(
        Payment(
            organization_id=item.invoice.organization_id, client_id=item.invoice.client_id, number=number, kind="cash",
            amount=1_000, currency="CAD", received_on=now.date(), created_at=now,
        )
        for number, item in enumerate(items, 1)
    )  # fmt: skip
    for payment, item in zip(payments, items, strict=True):
        Allocation.objects.create(payment=payment, item=item, amount=1_000, created_at=now)


def _one() -> Invoice:
    return printable(Invoice.objects.order_by("pk")).first()  # type: ignore[return-value]


def warm_up() -> None:
    """The fonts and the template are read once in a process."""
    invoice_pdf(_one())


def facts() -> list[tuple[dict[str, Any], Any]]:
    return [(invoice_facts(invoice), invoice.created_at) for invoice in printable(Invoice.objects.order_by("pk"))]


def typeset_bare(pages: list[tuple[dict[str, Any], Any]]) -> None:
    for page, at in pages:
        typeset(TEMPLATE, page, at=at)


def made(count: int) -> None:
    """From the rows to the bytes."""
    documents = dict(invoice_pdfs(Invoice.objects.order_by("pk")))
    if len(documents) != count or not all(document.startswith(b"%PDF-") for document in documents.values()):
        raise RuntimeError(f"{len(documents)} of {count} documents were made")


def one_by_one(count: int) -> None:
    for pk in Invoice.objects.order_by("pk").values_list("pk", flat=True)[:count]:
        invoice_pdf(printable(Invoice.objects.filter(pk=pk)).get())


def size() -> int:
    return len(invoice_pdf(_one()))
