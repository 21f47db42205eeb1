"""A credit note on paper: what is taken back, each tax with its number, what it settled and what is left of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organization
from billing.documents import letterhead
from billing.documents.letterhead import iso, speaking
from billing.models import Allocation, Credit, CreditLine, CreditTax, DeskRefundPart
from billing.words import crediting as words
from messaging.attaching import Attachment
from smartrec.documents import typeset
from smartrec.formats import long_date, percent
from smartrec.money import format_money

TEMPLATE = Path(__file__).parent / "credit.typ"


def printable(credits: QuerySet[Credit]) -> QuerySet[Credit]:
    """The same credits with all that their documents say."""
    taxes = CreditTax.objects.select_related("tax").order_by("tax__position", "pk")
    lines = CreditLine.objects.select_related("item__person").order_by("position")
    links = Allocation.objects.select_related("item__invoice").order_by("item__invoice__number", "item__position")
    given = DeskRefundPart.objects.filter(refund__state="given").select_related("refund").order_by("pk")
    return credits.select_related("client__account__owner", "invoice").prefetch_related(
        Prefetch("organization", Organization.objects.prefetch_related("taxes")),
        Prefetch("lines", lines.prefetch_related(Prefetch("taxes", taxes))),
        Prefetch("allocations", links),
        Prefetch("desk_refund_parts", given),
    )


def credit_pdf(credit: Credit) -> bytes:
    """The document of a `printable` credit; the same books give the same bytes."""
    return typeset(TEMPLATE, credit_facts(credit), at=credit.created_at)


def credit_name(credit: Credit) -> str:
    """What the file is called: `credit-NC-00012.pdf`."""
    return f"credit-{credit.display_number}.pdf"


def copy_for_client(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter about a credit: its note."""
    credit = printable(Credit.objects.filter(pk=facts.get("credit_of") or 0)).first()
    return [Attachment(name=credit_name(credit), content=credit_pdf(credit))] if credit else []


def credit_facts(credit: Credit) -> dict[str, Any]:
    """Everything the page says."""
    client = credit.client
    client.organization = credit.organization
    with speaking(client) as language:
        title = f"{words.PAPERS[credit.kind]} {credit.display_number}"
        head = letterhead.page(client, language=language, title=title, label=_("Credited to"), on=credit.issued_on)
        return {
            **head,
            "status": pgettext("credit note", "Void") if credit.state == "void" else "",
            "notice": _notice(credit),
            "facts": _facts(credit),
            "lines": _lines(credit),
            "sums": _sums(credit),
            "due": {"label": _("Left of this credit"), "value": _money(credit.unused, credit)},
            "uses": _uses(credit),
            "note": {"heading": _("Note"), "words": credit.note.strip()},
        }


def _money(cents: int, credit: Credit) -> str:
    return format_money(cents, credit.currency)


def _notice(credit: Credit) -> str:
    if credit.voided_at is None:
        return ""
    return _("This credit was voided on %(day)s.") % {"day": long_date(timezone.localtime(credit.voided_at))}


def _facts(credit: Credit) -> list[tuple[str, str]]:
    rows = [
        (_("Date"), long_date(credit.issued_on)),
        (_("Invoice"), credit.invoice.display_number if credit.invoice else ""),
        (_("Account"), credit.client.display_number),
        (_("For"), credit.description),
        (_("Currency"), credit.currency),
    ]
    return [(label, value) for label, value in rows if value]


def _lines(credit: Credit) -> dict[str, Any]:
    lines = list(credit.lines.all())
    people = any(line.item and line.item.person_id for line in lines)
    head = [_("Description"), *([_("Person")] if people else []), _("Taxes"), _("Amount")]
    return {"people": people, "head": head, "rows": [_line(line, credit, people) for line in lines]}


def _line(line: CreditLine, credit: Credit, people: bool) -> list[str]:
    whom = [str((line.item and line.item.person) or "–")] if people else []
    taxes = ", ".join(one.tax.name for one in line.taxes.all()) or "–"
    return [line.description, *whom, taxes, _money(-line.subtotal if line.is_fee else line.subtotal, credit)]


def _sums(credit: Credit) -> list[dict[str, Any]]:
    """Subtotal, each tax at its rate under its number, total, and what of it was used."""
    rows = [_sum(_("Subtotal"), credit.subtotal, credit)]
    for (tax, rate), amount in tax_totals(credit).items():
        number = _("No. %(number)s") % {"number": tax.number} if tax.number else ""
        rows.append(_sum(f"{tax.name} {percent(rate)}", amount, credit, detail=number))
    rows.append(_sum(_("Total credited"), credit.total, credit, strong=True))
    if credit.allocated:
        rows.append(_sum(_("Used on invoices"), -credit.allocated, credit))
    if credit.refunded:
        rows.append(_sum(_("Given back"), -credit.refunded, credit))
    return rows


def _sum(label: str, cents: int, credit: Credit, *, detail: str = "", strong: bool = False) -> dict[str, Any]:
    return {"label": label, "detail": detail, "value": _money(cents, credit), "strong": strong}


def tax_totals(credit: Credit) -> dict[tuple[Any, int], int]:
    """What the credit takes back of each tax at each rate, less those of a fee, in the order of the taxes."""
    found: dict[tuple[Any, int], int] = {}
    taxes = [(one, -1 if line.is_fee else 1) for line in credit.lines.all() for one in line.taxes.all()]
    for one, sign in sorted(taxes, key=lambda pair: (pair[0].tax.position, pair[0].tax_id, pair[0].pk)):
        found[one.tax, one.rate] = found.get((one.tax, one.rate), 0) + sign * one.amount
    return found


def _uses(credit: Credit) -> dict[str, Any]:
    """Each invoice it settled, and what was handed back of it."""
    used: dict[Any, int] = {}
    for link in credit.allocations.all():
        used[link.item.invoice] = used.get(link.item.invoice, 0) + link.amount
    rows = [[iso(i.issued_on), _("Invoice %(number)s") % {"number": i.display_number}, _money(cents, credit)]
            for i, cents in used.items()]  # fmt: skip
    rows += [
        [iso(part.refund.given_on), _("Refund %(number)s") % {"number": part.refund.display_number},
         _money(part.amount, credit)]
        for part in credit.desk_refund_parts.all()
    ]  # fmt: skip
    return {"heading": _("What it was used for"), "head": [_("Date"), _("Document"), _("Amount")], "rows": rows}
