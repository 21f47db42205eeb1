"""What a late-fee rule says of a client: how often the fee is charged, for which invoices, or why not.

Plain data in, plain data out. What was paid or credited and is linked to no invoice yet counts first, for the oldest.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from billing.models import Invoice

FORMULAS = ("account", "student", "invoice")
MOST_NUMBERS = 3
LONGEST = 150


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a late fee is charged and how often. Amounts in cents, before taxes.

    `formula`: once per account, per person with something overdue, or per overdue invoice. `minimum`: what has to be
    overdue in all; `at_most`: what the fees of one account come to at most; `again_after`: days after which the same
    invoice is charged for once more, or None for never.
    """

    formula: str
    amount: int
    days: int
    minimum: int = 0
    at_most: int | None = None
    again_after: int | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        return cls(**options["late_fee"])

    def quantity(self, late: Collection["Late"]) -> int:
        """How often the fee is charged for these overdue invoices."""
        people = {person for invoice in late for person in invoice.people}
        counted = {"account": 1, "student": len(people), "invoice": len(late)}[self.formula]
        return counted if self.at_most is None else max(1, min(counted, self.at_most // self.amount))


@dataclass(frozen=True, kw_only=True)
class Late:
    """An overdue invoice: what is left on each of its items, for whom, how many fees it had and when the last stood."""

    invoice_id: int
    number: int
    due_on: dt.date
    charged_on: dt.date | None
    fees: int
    items: tuple[tuple[int, int], ...]
    people: frozenset[int]
    busy: bool

    @property
    def left(self) -> int:
        return sum(amount for _item, amount in self.items)


@dataclass(frozen=True, kw_only=True)
class Fee:
    """What a rule says of one client: how often, for which invoices; with a `reason`, why not at all."""

    quantity: int = 0
    late: tuple[Late, ...] = field(default=())
    reason: str = ""


def fee_of(late: Sequence[Late], *, owing: int, open_cents: int, rule: Rule, on: dt.date) -> Fee:
    """What the rule says of a client with these overdue invoices, oldest first, who owes `owing` in all.

    `open_cents`: what is open on all their invoices that nobody is paying at this moment.
    """
    if not late:
        return Fee(reason="nothing_overdue")
    free = [one for one in late if not one.busy]
    if not free:
        return Fee(late=tuple(late), reason="processing")
    unpaid = _uncovered(free, max(0, open_cents - owing))
    if not unpaid or owing <= 0:
        return Fee(late=tuple(free), reason="covered")
    if sum(one.left for one in unpaid) < rule.minimum:
        return Fee(late=tuple(unpaid), reason="below_minimum")
    fresh = tuple(one for one in unpaid if _may_be_charged(one, rule, on))
    if not fresh:
        return Fee(late=tuple(unpaid), reason="fee_charged")
    return Fee(late=fresh, quantity=rule.quantity(fresh))


def _uncovered(late: Sequence[Late], cents: int) -> list[Late]:
    """Those that so much, not linked yet, would not pay, the oldest first."""
    unpaid = []
    for one in late:
        covered = min(cents, one.left)
        cents -= covered
        if covered < one.left:
            unpaid.append(replace(one, items=_less(one.items, covered)))
    return unpaid


def _less(items: tuple[tuple[int, int], ...], covered: int) -> tuple[tuple[int, int], ...]:
    left = []
    for item, amount in items:
        part = min(covered, amount)
        covered -= part
        if part < amount:
            left.append((item, amount - part))
    return tuple(left)


def _may_be_charged(one: Late, rule: Rule, on: dt.date) -> bool:
    if one.charged_on is None:
        return True
    return rule.again_after is not None and one.charged_on <= on - dt.timedelta(days=rule.again_after)


def described(description: str, late: Sequence[Late]) -> str:
    """`Late fee · F-05873, F-04127 +2`: the fee with the invoices it is charged for."""
    numbers = [Invoice(number=one.number).display_number for one in late]
    more = f" +{len(numbers) - MOST_NUMBERS}" if len(numbers) > MOST_NUMBERS else ""
    told = f" · {', '.join(numbers[:MOST_NUMBERS])}{more}"
    return f"{description[: LONGEST - len(told)]}{told}"
