"""Dates, times, counts and percentages as people read them in each language."""

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent
from django.utils import timezone

from smartrec.money import MINUS, NO_BREAK, locale_for

_NO_BREAK_HYPHEN = "\N{NON-BREAKING HYPHEN}"
_MONTHS_EN = (
    "Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.",
)  # fmt: skip


def _local(value: date | datetime) -> date | datetime:
    return _local_time(value) if isinstance(value, datetime) else value


def _local_time(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def iso_date(value: date | datetime) -> str:
    """`2026-11-21`, unbreakable: a date in a table, the same in both languages."""
    return f"{_local(value):%Y-%m-%d}".replace("-", _NO_BREAK_HYPHEN)


def short_month(value: date, language: str | None = None) -> str:
    """`nov.`, `Nov.`"""
    locale = locale_for(language)
    return _MONTHS_EN[value.month - 1] if locale.language == "en" else format_date(value, "MMM", locale=locale)


def short_date(value: date | datetime, language: str | None = None) -> str:
    """`21 nov.`, `Nov. 21`: a date whose year is obvious."""
    day = _local(value)
    month = short_month(day, language)
    if locale_for(language).language == "en":
        return f"{month}{NO_BREAK}{day.day}"
    return f"{_day(day)}{NO_BREAK}{month}"


def long_date(value: date | datetime, language: str | None = None) -> str:
    """`21 novembre 2026`, `1er novembre 2026`, `November 21, 2026`."""
    day = _local(value)
    locale = locale_for(language)
    if locale.language == "en":
        return format_date(day, "MMMM d, y", locale=locale)
    return f"{_day(day)}{NO_BREAK}{format_date(day, 'MMMM y', locale=locale)}"


def _day(day: date) -> str:
    # Neither Babel nor Django writes the French first of the month as people do.
    return "1er" if day.day == 1 else str(day.day)


def clock(value: datetime, language: str | None = None) -> str:
    """`13 h 05`, `9 h 05`, `1:05 p.m.`"""
    locale = locale_for(language)
    text = format_time(_local_time(value), "short", locale=locale)
    # Babel writes `09 h 05`, a timetable's way and not that of a sentence.
    text = text[1:] if text.startswith("0") else text
    return text.replace("\N{NARROW NO-BREAK SPACE}", NO_BREAK).replace(" ", NO_BREAK)


def moment(value: datetime, language: str | None = None) -> str:
    """`2026-11-21 09 h 05`: an instant in a table, under others."""
    time = clock(value, language)
    aligned = time if locale_for(language).language == "en" else time.rjust(len(f"00{NO_BREAK}h{NO_BREAK}00"), "0")
    return f"{iso_date(value)} {aligned}"


def long_moment(value: datetime, language: str | None = None) -> str:
    """`21 novembre 2026 à 13 h 05`, `November 21, 2026 at 1:05 p.m.`"""
    between = "at" if locale_for(language).language == "en" else "à"
    return f"{long_date(value, language)} {between} {clock(value, language)}"


def count(value: int, language: str | None = None) -> str:
    """`2 418`, `2,418`."""
    return format_decimal(value, locale=locale_for(language)).replace("-", MINUS)


def percent(rate_millionths: int, language: str | None = None) -> str:
    """`9,975 %`, `9.975%` from millionths."""
    locale = locale_for(language)
    pattern = "#,##0.####%" if locale.language == "en" else f"#,##0.####{NO_BREAK}%"
    return format_percent(Decimal(rate_millionths) / 1_000_000, pattern, locale=locale).replace("-", MINUS)
