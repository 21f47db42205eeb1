"""When each part of a plan is due and how much it is: days and cents, nothing else."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import holidays

from smartrec.money import split_evenly

WEEKS = {"week": 1, "two_weeks": 2}
MONTHS = {"month": 1, "two_months": 2, "quarter": 3, "year": 12}
INTERVALS = (*WEEKS, *MONTHS)
# Two charges close together look like a mistake: the first planned one waits this long after the purchase.
DAYS_AFTER_PURCHASE = 10


class ImpossiblePlan(ValueError):
    """The amount cannot be shared that way: more parts than cents, or a first payment larger than the whole."""


@dataclass(frozen=True)
class Part:
    """One payment of a plan; number 0 is the initial one."""

    number: int
    due_on: dt.date
    amount: int


def due_day(first: dt.date, index: int, every: str) -> dt.date:
    """The day of the payment `index` after the first.

    Months are counted from the first day, never from the last: a plan that starts on the 31st is due on the last day of
    shorter months and on the 31st again after them.
    """
    if every in WEEKS:
        return first + dt.timedelta(weeks=WEEKS[every] * index)
    year, month = divmod(first.year * 12 + first.month - 1 + MONTHS[every] * index, 12)
    return dt.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def due_days(first: dt.date, count: int, every: str) -> list[dt.date]:
    return [due_day(first, index, every) for index in range(count)]


def earliest_first_day(purchased_on: dt.date, wanted: dt.date, every: str) -> dt.date:
    """The first day of the series that is far enough from the purchase."""
    index = 0
    while due_day(wanted, index, every) < purchased_on + dt.timedelta(days=DAYS_AFTER_PURCHASE):
        index += 1
    return due_day(wanted, index, every)


def plan(
    *, total: int, count: int, first: dt.date, every: str, initial: int = 0, initial_on: dt.date | None = None
) -> list[Part]:
    """Share a total in equal parts from the first day on, after an optional initial payment. The sum is exact."""
    if not 0 <= initial <= total or (initial and initial_on is None):
        raise ImpossiblePlan("The initial payment has a day, and is at most the whole.")
    parts = spread(total=total - initial, days=due_days(first, count, every))
    return [Part(0, initial_on, initial), *parts] if initial and initial_on else parts


def spread(*, total: int, days: Sequence[dt.date]) -> list[Part]:
    """Share an amount evenly over given days; the first parts take the odd cents."""
    if not days or total < len(days):
        raise ImpossiblePlan("Every part is at least one cent.")
    amounts = split_evenly(total, len(days))
    return [Part(number, day, amount) for number, (day, amount) in enumerate(zip(days, amounts, strict=True), 1)]


def change_amount(parts: Sequence[Part], number: int, amount: int) -> list[Part]:
    """Give one part another amount and share what is left over the parts after it; the sum stays the same."""
    before = [part for part in parts if part.number < number]
    changed = next(part for part in parts if part.number == number)
    after = [part for part in parts if part.number > number]
    left = sum(part.amount for part in after) + changed.amount - amount
    if amount < 1 or (left and not after):
        raise ImpossiblePlan("The other parts cannot make up for it.")
    rest = spread(total=left, days=[part.due_on for part in after]) if after else []
    moved = [Part(old.number, new.due_on, new.amount) for old, new in zip(after, rest, strict=True)]
    return [*before, Part(number, changed.due_on, amount), *moved]


def next_bank_day(day: dt.date, *, country: str, province: str | None = None) -> dt.date:
    """That day, or the next one on which banks work: a bank debit due on a holiday is sent after it."""
    closed = holidays.country_holidays(country, subdiv=province, years=[day.year, day.year + 1])
    while day.weekday() >= calendar.SATURDAY or day in closed:
        day += dt.timedelta(days=1)
    return day


def local_day(now: dt.datetime, time_zone: str) -> dt.date:
    """The day it is at the organization: what is due is due there, on nights of 23 or 25 hours as on others."""
    return now.astimezone(ZoneInfo(time_zone)).date()
