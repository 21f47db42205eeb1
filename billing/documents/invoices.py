"""An invoice on paper: what is owed and for what, each tax with its number, what was paid and what is left."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organization
from billing.documents import letterhead
from billing.documents.letterhead import iso, speaking, taken_by
from billing.models import Allocation, Attempt, Credit, Invoice, InvoiceItem, ItemTax, Payment
from messaging.attaching import Attachment
from smartrec.documents import typeset
from smartrec.formats import count, long_date, percent
from smartrec.money import format_money

TEMPLATE = Path(__file__).parent / "invoice.typ"
AT_ONCE = 200


def printable(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The same invoices with all that their documents say, in as many questions for a thousand as for one."""
    taken = Attempt.objects.filter(state="succeeded").select_related("method")
    links = Allocation.objects.select_related("payment", "credit").order_by("created_at", "pk")
    links = links.prefetch_related(Prefetch("payment__attempts", taken, to_attr="taken"))
    taxes = ItemTax.objects.select_related("tax").order_by("tax__position", "pk")
    items = InvoiceItem.objects.select_related("person").order_by("position")
    items = items.prefetch_related(Prefetch("taxes", taxes), Prefetch("allocations", links))
    centre = Organization.objects.prefetch_related("taxes")
    return invoices.select_related("client__account__owner", "person").prefetch_related(
        Prefetch("organization", centre), Prefetch("items", items)
    )


def invoice_pdfs(invoices: QuerySet[Invoice]) -> Iterator[tuple[str, bytes]]:
    """Many invoices, each with the name of its file, a few hundred in hand at a time."""
    for invoice in printable(invoices).iterator(chunk_size=AT_ONCE):
        yield invoice_name(invoice), invoice_pdf(invoice)


def invoice_pdf(invoice: Invoice) -> bytes:
    """The document of a `printable` invoice; the same books give the same bytes."""
    return typeset(TEMPLATE, invoice_facts(invoice), at=invoice.created_at)


def invoice_name(invoice: Invoice) -> str:
    """What the file is called: `invoice-F-05873.pdf`."""
    return f"invoice-{invoice.display_number}.pdf"


def copy_for_client(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter about an invoice: the invoice, as it stands when the letter leaves."""
    if not facts.get("invoice_of"):
        return []
    invoice = printable(Invoice.objects.all()).get(pk=facts["invoice_of"])
    return [Attachment(name=invoice_name(invoice), content=invoice_pdf(invoice))]


def invoice_facts(invoice: Invoice) -> dict[str, Any]:
    """Everything the page says."""
    client = invoice.client
    client.organization = invoice.organization
    with speaking(client) as language:
        title = _("Invoice %(number)s") % {"number": invoice.display_number}
        head = letterhead.page(client, language=language, title=title, label=_("Billed to"), on=invoice.issued_on)
        status, notice = _standing(invoice)
        return {
            **head,
            "status": status,
            "notice": notice,
            "facts": _facts(invoice),
            "lines": _lines(invoice),
            "sums": _sums(invoice),
            "due": {"label": _("Balance due"), "value": _money(invoice.balance, invoice)},
            "payments": _payments(invoice),
            "note": {"heading": _("Note"), "words": invoice.note.strip()},
        }


def _money(cents: int, invoice: Invoice) -> str:
    return format_money(cents, invoice.currency)


def _links(invoice: Invoice) -> list[Allocation]:
    return [link for item in invoice.items.all() for link in item.allocations.all()]


def _standing(invoice: Invoice) -> tuple[str, str]:
    """The word under the number, and for a void invoice that nothing is owed on it."""
    if invoice.voided_at is not None:
        day = long_date(timezone.localtime(invoice.voided_at))
        words = _("This invoice was voided on %(day)s. Nothing is owed on it.") % {"day": day}
        return pgettext("invoice", "Void"), words
    if invoice.balance:
        return _("Paid in part") if invoice.paid else "", ""
    if invoice.status(invoice.due_on) == "cancelled":
        return pgettext("invoice", "Cancelled"), _("All of this invoice was cancelled. Nothing is owed on it.")
    if invoice.written_off:
        return "", _("What remained of this invoice was written off. Nothing is owed on it.")
    paid_at = max((link.created_at for link in _links(invoice)), default=None)
    if paid_at is None:
        return pgettext("invoice", "Paid"), ""
    return _("Paid on %(day)s") % {"day": long_date(timezone.localtime(paid_at))}, ""


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    rows = [
        (_("Invoice date"), long_date(invoice.issued_on)),
        (_("Due date"), long_date(invoice.due_on)),
        (_("Account"), invoice.client.display_number),
        (_("Person"), str(invoice.person or "")),
        (_("Currency"), invoice.currency),
    ]
    return [(label, value) for label, value in rows if value]


def _lines(invoice: Invoice) -> dict[str, Any]:
    items = list(invoice.items.all())
    people = any(item.person_id for item in items)
    whom = [_("Person")] if people else []
    head = [_("Description"), *whom, _("Quantity"), _("Price"), _("Taxes"), _("Amount")]
    return {"people": people, "head": head, "rows": [_line(item, invoice, people) for item in items]}


def _line(item: InvoiceItem, invoice: Invoice, people: bool) -> list[str]:
    return [
        _described(item),
        *([str(item.person or "–")] if people else []),
        count(item.quantity),
        _money(item.unit_price, invoice),
        _taxed(item),
        _money(item.subtotal, invoice),
    ]


def _described(item: InvoiceItem) -> str:
    """What was sold and, where it was sold for a period, from when to when."""
    if item.service_from is None or item.service_to is None:
        return item.description
    return f"{item.description} ({iso(item.service_from)} – {iso(item.service_to)})"


def _taxed(item: InvoiceItem) -> str:
    """The taxes of a line; of a price that holds them, that it does."""
    names = ", ".join(line.tax.name for line in item.taxes.all())
    return _("%(taxes)s, in the price") % {"taxes": names} if names and item.tax_included else names or "–"


def _sums(invoice: Invoice) -> list[dict[str, Any]]:
    """Subtotal, each tax at its rate under its number, total, what was paid and what was credited."""
    rows = [_sum(_("Subtotal"), invoice.subtotal, invoice)]
    for (tax, rate), amount in tax_totals(invoice.items.all()).items():
        number = _("No. %(number)s") % {"number": tax.number} if tax.number else ""
        rows.append(_sum(f"{tax.name} {percent(rate)}", amount, invoice, detail=number))
    rows.append(_sum(_("Total"), invoice.total, invoice, strong=True))
    credited = sum(link.amount for link in _links(invoice) if link.credit_id)
    if paid := invoice.allocated - credited:
        rows.append(_sum(_("Paid"), -paid, invoice))
    if credited:
        rows.append(_sum(_("Credited"), -credited, invoice))
    return rows


def _sum(label: str, cents: int, invoice: Invoice, *, detail: str = "", strong: bool = False) -> dict[str, Any]:
    return {"label": label, "detail": detail, "value": _money(cents, invoice), "strong": strong}


def tax_totals(items: Iterable[InvoiceItem]) -> dict[tuple[Any, int], int]:
    """What the lines bear of each tax at each rate, in the order the organization gives its taxes."""
    found: dict[tuple[Any, int], int] = {}
    for line in sorted((t for item in items for t in item.taxes.all()), key=lambda t: (t.tax.position, t.tax_id)):
        found[line.tax, line.rate] = found.get((line.tax, line.rate), 0) + line.amount
    return found


def _payments(invoice: Invoice) -> dict[str, Any]:
    """Each payment and each credit that settled a part of it, with how much of it."""
    paid: dict[Payment | Credit, int] = {}
    for link in _links(invoice):
        source = link.payment or link.credit
        if source is not None:
            paid[source] = paid.get(source, 0) + link.amount
    rows = [
        [*_told(source), _money(amount, invoice)]
        for source, amount in sorted(paid.items(), key=lambda pair: (pair[0].created_at, pair[0].number))
    ]
    credits = any(isinstance(source, Credit) for source in paid)
    head = [_("Date"), _("Number") if credits else _("Payment"), _("Details"), _("Amount")]
    if not credits:
        head[2] = _("Payment method")
    return {"heading": _("Payments and credits") if credits else _("Payments"), "head": head, "rows": rows}


def _told(source: Payment | Credit) -> list[str]:
    if isinstance(source, Credit):
        return [iso(source.issued_on), source.display_number, source.description]
    return [iso(_day(source)), source.display_number, taken_by(source, _taken(source))]


def _taken(payment: Any) -> Attempt | None:
    return payment.taken[0] if payment.taken else None


def _day(payment: Payment) -> Any:
    taken = _taken(payment)
    return payment.received_on or (taken.settled_at if taken else None) or payment.created_at
