"""The columns of a file that people send: their headings in both languages, and how each cell is understood."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, widgets

from smartrec.money import AmbiguousMoney, NotMoney, parse_money
from smartrec.sheets import plain

OLDEST = dt.date(1900, 1, 1)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_ACCOUNTING = re.compile(r"\(([^()]*)\)")


class Text(widgets.Widget):
    """Words, up to so many letters."""

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        text = " ".join(value.split())
        if len(text) > self.longest:
            raise ValidationError(_("Longer than %(longest)s characters.") % {"longest": self.longest})
        return text


class Choice(widgets.Widget):
    """One of a few values, each known by several spellings."""

    def __init__(self, **spellings: str) -> None:
        super().__init__()
        self.values = {plain(word): value for value, words in spellings.items() for word in (value, *words.split())}

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        if not value:
            return ""
        if (found := self.values.get(plain(value))) is None:
            raise ValidationError(_("“%(value)s” is not one of the expected words.") % {"value": value[:40]})
        return found


class Date(widgets.Widget):
    """A day: 2018-09-01, or in the order the rest of its column uses, 01/09/2018 or 09/01/2018."""

    def clean(self, value: str, row: Any = None, *, day_first: bool | None = None, **kwargs: Any) -> dt.date | None:
        if not value:
            return None
        match = _DATE.fullmatch(value)
        try:
            return _checked(self._day(match, day_first)) if match else self._refuse(value)
        except ValueError:
            return self._refuse(value)

    def _refuse(self, value: str) -> NoReturn:
        raise ValidationError(_("“%(value)s” is not a date: write 2018-09-01.") % {"value": value[:40]})

    def _day(self, match: re.Match, day_first: bool | None) -> dt.date:
        if match[1]:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        first, second, year = int(match[4]), int(match[5]), int(match[6])
        order = _order(first, second)
        if order is None and first == second:
            order = True
        if order is None and day_first is None:
            text = _("“%(value)s” can be read two ways: write the year first, 2018-09-01.") % {"value": match[0]}
            raise ValidationError(text)
        if day_first if order is None else order:
            return dt.date(year, second, first)
        return dt.date(year, first, second)

    @staticmethod
    def day_first(column: list[str]) -> bool | None:
        """Whether a column writes the day before the month; None when its dates do not say, or disagree."""
        matches = (_DATE.fullmatch(cell) for cell in column)
        orders = {_order(int(match[4]), int(match[5])) for match in matches if match and match[4]}
        return next(iter(orders - {None}), None) if len(orders - {None}) == 1 else None


def _order(first: int, second: int) -> bool | None:
    """Day first when the first number cannot be a month, month first when the second cannot."""
    return True if first > 12 else False if second > 12 else None


def _checked(day: dt.date) -> dt.date:
    if not OLDEST <= day < dt.date(2100, 1, 1):
        raise ValidationError(_("The year %(year)s is not possible.") % {"year": day.year})
    return day


class Money(widgets.Widget):
    """An amount in either national style, in cents; a credit is negative, or between parentheses."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> int:
        if not value:
            return 0
        credit = _ACCOUNTING.fullmatch(value)
        try:
            amount = parse_money(credit[1] if credit else value)
        except AmbiguousMoney:
            text = _("“%(value)s” can be read as two amounts: write the cents, 1234.00 or 1234,00.")
            raise ValidationError(text % {"value": value[:40]}) from None
        except NotMoney:
            raise ValidationError(_("“%(value)s” is not an amount.") % {"value": value[:40]}) from None
        return -amount if credit else amount


class Column(fields.Field):
    """A column with its French and English headings, and other headings it is known by."""

    def __init__(self, french: str, english: str, *others: str, widget: widgets.Widget) -> None:
        super().__init__(column_name=english, widget=widget)
        self.french, self.english = french, english
        self.spellings = {plain(heading) for heading in (french, english, *others)}

    def heading(self, language: str) -> str:
        return self.english if language.startswith("en") else self.french


def places_of(columns: Mapping[str, Column], headings: Sequence[str]) -> dict[str, int]:
    """Where each known column stands in a header; headings nobody knows are left out."""
    spelled = {spelling: name for name, column in columns.items() for spelling in column.spellings}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = spelled.get(plain(heading))
        if name is not None:
            found.setdefault(name, place)
    return found
