"""Whether money that came in can be recorded: what a clerk is told of each row before any is registered."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Client, Organization
from billing.models.payment import RECEIVED_KINDS
from billing.services import periods
from billing.services.receiving import NOT_BEFORE
from smartrec.errors import Refused

MOST = 99_999_999_999


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What came in from whom (0: nobody found), how and when; `line` is where it stands in the file. Cents."""

    line: int
    client_id: int
    kind: str
    amount: int
    on: dt.date
    reference: str = ""


class Problem(NamedTuple):
    """What is wrong with a line, and in which column."""

    line: int
    column: str
    words: str


def check(organization: Organization, rows: Sequence[Incoming], now: dt.datetime) -> None:
    """Raise `Refused` when a row cannot be registered, or there is none."""
    if not rows:
        raise Refused(_("There is nothing to register."))
    if wrong := problems(organization, rows, now):
        told = {"line": wrong[0].line, "why": wrong[0].words}
        raise Refused(_("Line %(line)s: %(why)s Nothing was registered.") % told)


def problems(organization: Organization, rows: Sequence[Incoming], now: dt.datetime) -> list[Problem]:
    """Everything that keeps rows from being registered, line by line."""
    mine = set(
        Client.objects.filter(organization=organization, pk__in={row.client_id for row in rows}).values_list(
            "pk", flat=True
        )
    )
    today, closed = organization.local_day(now), _closed(organization, {row.on for row in rows})
    found = [problem for row in rows for problem in _of_row(row, mine, today, closed)]
    found += _repeated(rows)
    found += _known(rows, today)
    return sorted(found)


def _closed(organization: Organization, days: set[dt.date]) -> dict[dt.date, str]:
    """Why each of these days is closed, where it is."""
    told = {}
    for day in days:
        try:
            periods.check_open(organization=organization, on=day)
        except Refused as refusal:
            told[day] = str(refusal)
    return told


def _of_row(row: Incoming, mine: set[int], today: dt.date, closed: dict[dt.date, str]) -> Iterator[Problem]:
    if row.client_id not in mine:
        yield Problem(row.line, "client", _("No client has this number."))
    if row.kind not in RECEIVED_KINDS:
        yield Problem(row.line, "kind", _("Choose a payment method."))
    if row.amount <= 0:
        yield Problem(row.line, "amount", _("Enter an amount above zero."))
    elif row.amount > MOST:
        yield Problem(row.line, "amount", _("This amount is too large."))
    if row.on > today:
        yield Problem(row.line, "on", _("Money cannot be received after today."))
    elif row.on < today - NOT_BEFORE:
        yield Problem(row.line, "on", _("This day is more than a year ago."))
    elif row.on in closed:
        yield Problem(row.line, "on", closed[row.on])
    if row.kind == "cheque" and not row.reference:
        yield Problem(row.line, "reference", _("Enter the cheque number."))


def _same(client_id: int, kind: str, reference: str, on: dt.date, amount: int) -> tuple:
    """What makes two rows one: a client's cheque by its number; any other reference with its day and amount."""
    return (client_id, kind, reference) if kind == "cheque" else (client_id, kind, reference, on, amount)


def _repeated(rows: Sequence[Incoming]) -> Iterator[Problem]:
    first: dict[tuple, int] = {}
    for row in rows:
        if row.reference and row.client_id:
            line = first.setdefault(_same(row.client_id, row.kind, row.reference, row.on, row.amount), row.line)
            if line != row.line:
                words = _("The same reference as line %(line)s.") % {"line": line}
                yield Problem(row.line, "reference", words)


KNOWN = """
SELECT p.number, p.client_id, p.kind, p.reference, p.received_on, p.amount
FROM (SELECT DISTINCT * FROM unnest(%(clients)s::bigint[], %(references)s::text[])) AS d(client_id, reference)
JOIN billing_payment p ON p.client_id = d.client_id AND p.reference = d.reference
WHERE p.received_on >= %(since)s ORDER BY p.number DESC
"""


def _known(rows: Sequence[Incoming], today: dt.date) -> Iterator[Problem]:
    """Rows that were recorded before, one by one or with another file."""
    named = [row for row in rows if row.reference]
    params: dict[str, Any] = {
        "clients": [row.client_id for row in named],
        "references": [row.reference for row in named],
        "since": today - NOT_BEFORE,
    }
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, params)
        known = {_same(*same): number for number, *same in cursor.fetchall()}
    for row in named:
        if number := known.get(_same(row.client_id, row.kind, row.reference, row.on, row.amount)):
            words = _("Recorded already: payment %(number)s.") % {"number": f"P-{number:05d}"}
            yield Problem(row.line, "reference", words)
