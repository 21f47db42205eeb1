"""The money of one day: what was taken by which method, and apart from it what went out again."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Organization
from billing.reports import receipts
from billing.reports.receipts import Receipt

TAKEN = ("payment", "deposit")
# Given back by the processor or at the desk, it is one thing to whoever counts the day.
TOLD_AS = {"desk_refund": "refund"}


@dataclass(frozen=True, slots=True)
class Line:
    """One method, or one kind of movement: how often, how much. Cents; below zero it left."""

    key: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Takings:
    """A day as it is counted in the evening. `taken` is by method, `other` by what took it out or brought it back."""

    taken: list[Line]
    other: list[Line]

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.taken)

    @property
    def net(self) -> int:
        return self.total + sum(line.amount for line in self.other)


def of_day(*, organization: Organization, on: dt.date) -> Takings:
    """What the centre took on that day, as its books have it: an e-check counts when the bank has paid it."""
    rows = receipts.receipts(organization=organization, since=on, until=on)
    return Takings(
        taken=_by("method", (row for row in rows if row.kind in TAKEN)),
        other=_by("kind", (row for row in rows if row.kind not in TAKEN)),
    )


def _by(what: str, rows: Iterable[Receipt]) -> list[Line]:
    """These rows, one line for each method or kind, in the order given."""
    found: dict[str, Line] = {}
    for row in rows:
        key = getattr(row, what)
        key = TOLD_AS.get(key, key)
        before = found.get(key, Line(key, 0, 0))
        found[key] = Line(key, before.count + row.count, before.amount + row.amount)
    return list(found.values())
