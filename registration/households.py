"""What the rows of a client file say before anything is kept: households, and what is wrong with each row."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from registration.resources import COLUMNS, DATES, REQUIRED, columns_of
from smartrec.card_numbers import REMOVED
from smartrec.errors import Refused
from smartrec.sheets import Sheet, plain

ADULT = 18
# The column we add ourselves to a file of refused rows.
OURS = {"raison", "reason"}
# What may differ when a person fills several rows, one for each registration.
PER_ROW = {"program", "activities", "membership", "starts_on", "ends_on"}


class Problem(NamedTuple):
    """What is wrong with a row, in words; `column` is empty when it is the row as a whole."""

    column: str
    words: str


@dataclass
class Row:
    """One line of the file: a person, and what is said of them."""

    line: int
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_owner: bool = False
    first: "Row | None" = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def refuse(self, column: str, words: str) -> None:
        self.problems.append(Problem(column, words))

    @property
    def identity(self) -> tuple[str, str, dt.date | None]:
        return plain(self.first_name), plain(self.last_name), self.birth_date


@dataclass
class Household:
    """The rows that carry the same household number."""

    key: str
    rows: list[Row] = field(default_factory=list)

    @property
    def owner(self) -> Row | None:
        return next((row for row in self.rows if row.is_owner), None)


@dataclass
class File:
    """A file as it was understood."""

    rows: list[Row]
    households: list[Household]
    ignored: list[str]


def understand(sheet: Sheet, *, on: dt.date) -> File:
    """Read every cell and settle who is in which household; refuse a file that lacks a column it cannot do without."""
    places = columns_of(sheet.headings)
    missing = [COLUMNS[name] for name in REQUIRED if name not in places]
    if missing:
        names = ", ".join(f"{column.french} / {column.english}" for column in missing)
        raise Refused(_("These columns are missing: %(names)s.") % {"names": names})
    orders = {name: COLUMNS[name].widget.day_first(_column(sheet, places.get(name))) for name in DATES}
    rows = [_read(line, cells, places, orders) for line, cells in sheet.rows]
    households = _gather(rows)
    for household in households:
        _settle(household)
    for row in rows:
        _check(row, on)
    known = set(places.values())
    others = [heading for place, heading in enumerate(sheet.headings) if place not in known and heading]
    ignored = [heading for heading in others if plain(heading) not in OURS]
    return File(rows, households, ignored)


def _column(sheet: Sheet, place: int | None) -> list[str]:
    return [] if place is None else [cells[place] for _line, cells in sheet.rows if place < len(cells)]


def _read(line: int, cells: list[str], places: dict[str, int], orders: dict[str, bool | None]) -> Row:
    row = Row(line, cells)
    for name, column in COLUMNS.items():
        place = places.get(name)
        text = cells[place] if place is not None and place < len(cells) else ""
        try:
            row.values[name] = column.widget.clean(text, day_first=orders.get(name))
        except ValidationError as problem:
            row.values[name] = column.widget.clean("")
            row.refuse(name, problem.messages[0])
    _refuse_card_numbers(row, places)
    return row


def _refuse_card_numbers(row: Row, places: dict[str, int]) -> None:
    names = {place: name for name, place in places.items()}
    for place, cell in enumerate(row.cells):
        if REMOVED in cell:
            words = _(
                "This looks like a payment card number. Remove it from the file: card numbers are never imported."
            )
            row.problems = [problem for problem in row.problems if problem.column != names.get(place)]
            row.refuse(names.get(place, ""), words)


def _gather(rows: list[Row]) -> list[Household]:
    households: dict[str, Household] = {}
    for row in rows:
        for name in REQUIRED:
            if not row.values[name] and not any(problem.column == name for problem in row.problems):
                row.refuse(name, _("This cell is empty."))
        if row.household:
            households.setdefault(row.household, Household(row.household)).rows.append(row)
    return list(households.values())


def _settle(household: Household) -> None:
    """Find the owner and the rows that speak of somebody again."""
    if not any(row.role for row in household.rows):
        household.rows[0].values["role"] = "owner"
    seen: dict[tuple, Row] = {}
    owner: Row | None = None
    for row in household.rows:
        row.first = seen.setdefault(row.identity, row)
        row.is_owner = row.role == "owner"
        if row.first is not row:
            _compare(row, row.first)
        elif row.is_owner and owner is not None:
            row.refuse("role", _("Line %(line)s is already the owner of this household.") % {"line": owner.line})
        elif row.is_owner:
            owner = row


def _compare(row: Row, first: Row) -> None:
    """A person on several rows is described the same on each; what is left out is not a difference."""
    for name, value in row.values.items():
        if name not in PER_ROW and value and first.values[name] and value != first.values[name]:
            row.refuse(name, _("Line %(line)s says otherwise of the same person.") % {"line": first.line})


def _check(row: Row, on: dt.date) -> None:
    if row.birth_date and row.birth_date > on:
        row.refuse("birth_date", _("This day has not come yet."))
    elif row.is_owner and row.birth_date and _age(row.birth_date, on) < ADULT:
        row.refuse("birth_date", _("An account owner is 18 or over."))
    if row.balance and not row.is_owner:
        row.refuse("balance", _("The opening balance belongs on the row of the account owner."))
    if row.activities and not row.program:
        row.refuse("program", _("Say to which program the activity belongs."))
    if (row.starts_on or row.ends_on) and not row.membership:
        row.refuse("membership", _("Say of which membership these are the dates."))
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        row.refuse("ends_on", _("The membership ends before it starts."))


def _age(born: dt.date, day: dt.date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
