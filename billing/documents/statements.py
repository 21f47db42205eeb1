"""An account on paper between two dates: what was owed, everything the books say happened, what is owed."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Client, Organization
from billing.documents import letterhead
from billing.documents.letterhead import iso, speaking, taken_by
from billing.models import Movement
from billing.models.movement import MovementQuerySet
from billing.movements import movements_of, try_of, with_documents
from billing.reports.receivables import aged
from billing.words import movements as told
from smartrec.documents import typeset
from smartrec.formats import long_date
from smartrec.money import format_money

TEMPLATE = Path(__file__).parent / "statement.typ"


def printable(clients: QuerySet[Client]) -> QuerySet[Client]:
    """The same clients with what the head of a statement says."""
    centre = Prefetch("organization", Organization.objects.prefetch_related("taxes"))
    return clients.select_related("account__owner").prefetch_related(centre)


def statement_pdf(client: Client, *, first: dt.date, last: dt.date) -> bytes:
    """The account of a `printable` client from the first day to the last; the same books give the same bytes."""
    at = dt.datetime.combine(last, dt.time(), ZoneInfo(client.organization.time_zone))
    return typeset(TEMPLATE, statement_facts(client, first=first, last=last), at=at)


def statement_name(client: Client, *, first: dt.date, last: dt.date) -> str:
    """What the file is called: `statement-C-00042-2026-11-01-2026-11-30.pdf`."""
    return f"statement-{client.display_number}-{first}-{last}.pdf"


def statement_facts(client: Client, *, first: dt.date, last: dt.date) -> dict[str, Any]:
    """Everything the page says. What no money has moved for is not in an account yet."""
    booked = movements_of(client).booked()
    within = list(with_documents(booked.filter(on__range=(first, last)).oldest_first()))
    opening = _balance(booked.filter(on__lt=first))
    closing = within[-1].balance or 0 if within else opening
    held = booked.filter(on__lte=last).aggregate(cents=Sum("held", default=0))["cents"]
    with speaking(client) as language:
        head = letterhead.page(client, language=language, title=_("Account statement"), label=_("Account of"), on=last)
        return {
            **head,
            "status": "",
            "facts": _facts(client, first, last),
            "movements": _movements(within, opening, first, client),
            "sums": _sums(within, opening, held, client),
            "due": {"label": _closing(last, closing), "value": _owed(closing, client)},
            "ages": _ages(client, last),
            "note": {"heading": "", "words": ""},
        }


def _balance(rows: MovementQuerySet) -> int:
    """What was owed after the last of these rows."""
    return rows.newest_first().values_list("balance", flat=True).first() or 0


def _ages(client: Client, on: dt.date) -> dict[str, Any]:
    """Since when what is owed has been due, and what could be used to pay it; nothing when nothing is."""
    found = aged(organization=client.organization, on=on, client=client)
    if not found:
        return {"heading": "", "head": [], "rows": []}
    row = found[0]
    shown = [
        (_("Not due yet"), row.current),
        (_("1–30 days"), row.days_30),
        (_("31–60 days"), row.days_60),
        (_("61–90 days"), row.days_90),
        (_("Over 90 days"), row.older),
        (_("Available credit"), -row.credit),
    ]
    cells = [_money(cents, client) for _label, cents in shown]
    return {"heading": _("Age of what is owed"), "head": [label for label, _cents in shown], "rows": [cells]}


def _money(cents: int, client: Client) -> str:
    return format_money(cents, client.organization.currency)


def _owed(cents: int, client: Client) -> str:
    """A balance; below zero it is a credit and says so."""
    return f"{_money(cents, client)} {pgettext('balance', 'credit')}" if cents < 0 else _money(cents, client)


def _closing(last: dt.date, cents: int) -> str:
    day = {"day": long_date(last)}
    return _("Credit on %(day)s") % day if cents < 0 else _("Balance due on %(day)s") % day


def _facts(client: Client, first: dt.date, last: dt.date) -> list[tuple[str, str]]:
    return [
        (pgettext("range", "From"), long_date(first)),
        (pgettext("range", "To"), long_date(last)),
        (_("Account"), client.display_number),
        (_("Currency"), client.organization.currency),
    ]


def _movements(rows: list[Movement], opening: int, first: dt.date, client: Client) -> dict[str, Any]:
    head = [_("Date"), _("Description"), _("Charged"), _("Paid"), _("Balance")]
    opened = [iso(first), _("Balance brought forward"), "", "", _owed(opening, client)]
    return {"head": head, "rows": [opened, *(_row(row, client) for row in rows)]}


def _row(row: Movement, client: Client) -> list[str]:
    charged, paid = (_money(cents, client) if cents else "" for cents in (row.charged, row.paid))
    return [iso(row.on), _told(row, client), charged, paid, _owed(row.balance or 0, client)]


def _told(row: Movement, client: Client) -> str:
    """What happened: `Invoice F-05873 – Swimming`, `Payment P-09921 – Visa ending in 4242`, `Refund R-00003 – Cash`."""
    number = told.number(row)
    if row.kind == "invoice":
        return f"{_('Invoice %(number)s') % {'number': number}} – {told.title(row)}"
    title = f"{told.title(row)} {number}".strip()
    if row.kind == "deposit":
        return f"{title} – {_('%(amount)s held, not in the balance') % {'amount': _money(row.held, client)}}"
    detail = taken_by(row.payment, try_of(row)) if row.payment and row.kind == "payment" else _detail(row, client)
    return f"{title} – {detail}" if detail else title


def _detail(row: Movement, client: Client) -> str:
    """What a credit is for, how money went back; nothing where the title has said it."""
    if row.desk_refund:
        kept = _("%(amount)s out of a deposit") % {"amount": _money(abs(row.held), client)} if row.held else ""
        return ", ".join(part for part in (told.detail(row, None), kept) if part)
    return row.credit.description if row.credit and row.kind == "credit" else ""


def _sums(rows: list[Movement], opening: int, held: int, client: Client) -> list[dict[str, Any]]:
    charged, paid = sum(row.charged for row in rows), sum(row.paid for row in rows)
    said = [
        (_("Balance brought forward"), _owed(opening, client)),
        (_("Charged"), _money(charged, client)),
        (_("Paid"), _money(-paid, client)),
    ]
    if held:
        said.append((_("Deposits held, not in the balance"), _money(held, client)))
    return [{"label": label, "detail": "", "value": value, "strong": False} for label, value in said]
