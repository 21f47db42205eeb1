"""The columns of a file of payments: their headings in both languages, and what each row says."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import resources

from smartrec.card_numbers import REMOVED
from smartrec.cells import Choice, Column, Date, Money, Text, places_of
from smartrec.errors import Refused
from smartrec.sheets import Sheet

KINDS = {
    "cash": "comptant argent espèces",
    "cheque": "chèque check chq",
    "terminal": "tpv débit crédit debit credit",
    "transfer": "virement interac eft",
}


class PaymentResource(resources.Resource):
    """One row: what came in from one client."""

    client = Column(
        *("No de client", "Client number", "Client", "Numéro de client", "Compte", "Account", "Account number"),
        *("No de foyer", "Foyer", "Household"),
        widget=Text(60),
    )
    amount = Column("Montant", "Amount", "Montant reçu", "Amount received", widget=Money())
    kind = Column("Mode de paiement", "Payment method", "Mode", "Method", widget=Choice(**KINDS))
    on = Column("Date", "Date", "Reçu le", "Received on", "Jour", "Day", widget=Date())
    reference = Column("Référence", "Reference", "No de chèque", "Cheque number", "Numéro de chèque", widget=Text(60))


COLUMNS: dict[str, Column] = PaymentResource.fields
REQUIRED = ("client", "amount")


@dataclass
class Read:
    """A row as it was understood, and what is wrong with its cells by column."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def understand(sheet: Sheet, *, kind: str, on: dt.date) -> list[Read]:
    """Read every cell; a row that names no method or day has those given. Refuses a file without clients or amounts."""
    places = places_of(COLUMNS, sheet.headings)
    if missing := [COLUMNS[name] for name in REQUIRED if name not in places]:
        names = ", ".join(f"{column.french} / {column.english}" for column in missing)
        raise Refused(_("These columns are missing: %(names)s.") % {"names": names})
    place = places.get("on")
    days = [] if place is None else [cells[place] for _line, cells in sheet.rows if place < len(cells)]
    day_first = Date.day_first(days)
    return [_read(line, cells, places, {"kind": kind, "on": on}, day_first) for line, cells in sheet.rows]


def _read(line: int, cells: list[str], places: dict[str, int], given: dict[str, Any], day_first: bool | None) -> Read:
    row = Read(line)
    for name, column in COLUMNS.items():
        place = places.get(name)
        text = cells[place] if place is not None and place < len(cells) else ""
        try:
            row.values[name] = column.widget.clean(text, day_first=day_first) or given.get(name)
        except ValidationError as problem:
            row.values[name] = given.get(name)
            row.problems[name] = problem.messages[0]
        if name in REQUIRED and not text:
            row.problems[name] = _("This cell is empty.")
        if REMOVED in text:
            row.problems[name] = _("This looks like a payment card number. Remove it: card numbers are never kept.")
    return row
