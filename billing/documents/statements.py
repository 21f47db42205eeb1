"""An account on paper between two dates: what was owed, everything the books say happened, what is owed."""

import datetime as dt
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Client, Organization
from billing import words
from billing.documents import letterhead
from billing.documents.letterhead import iso, speaking, taken_by
from billing.movements import Movement, movements_of, with_documents
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
    booked = [row for row in reversed(movements_of(client)) if row.balance is not None and row.on <= last]
    before = list(takewhile(lambda row: row.on < first, booked))
    within = with_documents(booked[len(before) :])
    opening = _balance(before)
    closing = _balance(booked)
    with speaking(client) as language:
        head = letterhead.page(client, language=language, title=_("Account statement"), label=_("Account of"), on=last)
        return {
            **head,
            "status": "",
            "facts": _facts(client, first, last),
            "movements": _movements(within, opening, first, client),
            "sums": _sums(within, opening, client),
            "due": {"label": _closing(last, closing), "value": _owed(closing, client)},
            "note": {"heading": "", "words": ""},
        }


def _balance(rows: list[Movement]) -> int:
    return (rows[-1].balance or 0) if rows else 0


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
    head = [_("Date"), _("Transaction"), _("Charged"), _("Paid"), _("Balance")]
    opened = [iso(first), _("Balance brought forward"), "", "", _owed(opening, client)]
    return {"head": head, "rows": [opened, *(_row(row, client) for row in rows)]}


def _row(row: Movement, client: Client) -> list[str]:
    charged, paid = (_money(cents, client) if cents else "" for cents in (row.charged, row.paid))
    return [iso(row.on), _told(row), charged, paid, _owed(row.balance or 0, client)]


def _told(row: Movement) -> str:
    """What happened: `Invoice F-05873 – Swimming`, `Payment P-09921 – Visa ending in 4242`, `Refund P-09921`."""
    if row.kind in words.MOVEMENTS:
        about = row.invoice or row.payment
        return f"{words.MOVEMENTS[row.kind]} {about.display_number if about else ''}".strip()
    if row.invoice is not None:
        number = _("Invoice %(number)s") % {"number": row.invoice.display_number}
        return f"{number} – {words.items_of(row.invoice)}"
    if row.payment is not None:
        number = _("Payment %(number)s") % {"number": row.payment.display_number}
        return f"{number} – {taken_by(row.payment, row.attempt)}"
    return _("Transaction")


def _sums(rows: list[Movement], opening: int, client: Client) -> list[dict[str, Any]]:
    charged, paid = sum(row.charged for row in rows), sum(row.paid for row in rows)
    told = [
        (_("Balance brought forward"), _owed(opening, client)),
        (_("Charged"), _money(charged, client)),
        (_("Paid"), _money(-paid, client)),
    ]
    return [{"label": label, "detail": "", "value": value, "strong": False} for label, value in told]
