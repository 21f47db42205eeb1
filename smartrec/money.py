"""Money as a whole number of minor units (cents): sharing it without losing any, reading it, writing it."""

import re
from collections.abc import Sequence
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency
from django.utils.translation import get_language

MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"
_LOCALES = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
_SPACES = re.compile("[\\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]+")
_PLAIN = re.compile(r"(?P<whole>\d+|\d{1,3}(?: \d{3})+)(?:[.,](?P<cents>\d{1,2}))?", re.ASCII)
_COMMA_GROUPS = re.compile(
    r"(?P<whole>\d{1,3}(?:,\d{3})+)\.(?P<cents>\d{1,2})|(?P<groups>\d{1,3}(?:,\d{3}){2,})", re.ASCII
)
_POINT_GROUPS = re.compile(r"(?P<whole>\d{1,3}(?:\.\d{3})+),(?P<cents>\d{1,2})", re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}", re.ASCII)
_RATE_ONE = 1_000_000


class NotMoney(ValueError):
    """The text is not an amount of money."""


class AmbiguousMoney(NotMoney):
    """Two readings of the same text: `1,234` is a thousand to one reader and one dollar to the next."""


def locale_for(language: str | None = None) -> Locale:
    """The Canadian locale of a language, French when nothing says otherwise."""
    return _LOCALES.get((language or get_language() or "fr")[:2], _LOCALES["fr"])


def split_evenly(total: int, parts: int) -> list[int]:
    """Share an amount in equal parts; the first parts take the odd cents, so that the sum is exact."""
    if parts < 1:
        raise ValueError("An amount is shared in one part or more.")
    share, odd = divmod(abs(total), parts)
    sign = -1 if total < 0 else 1
    return [sign * (share + (1 if index < odd else 0)) for index in range(parts)]


def split_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """Share an amount in proportion; the largest remainders take the odd cents, so that the sum is exact."""
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("Weights are zero or more, and not all zero.")
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    left = abs(total) - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    lucky = set(by_remainder[:left])
    return [sign * (share + (1 if index in lucky else 0)) for index, (share, _) in enumerate(shares)]


def multiply_rate(cents: int, rate_millionths: int) -> int:
    """A percentage of an amount, halves away from zero: QST 9.975 % is 99 750 millionths."""
    product = cents * rate_millionths
    rounded = (abs(product) * 2 + _RATE_ONE) // (2 * _RATE_ONE)
    return -rounded if product < 0 else rounded


def format_money(cents: int, currency: str = "CAD", language: str | None = None, *, explicit: bool = False) -> str:
    """`1 234,56 $` or `$1,234.56`; `explicit` names the currency, for the rare organization that uses two."""
    locale = locale_for(language)
    # Canadian and American dollars both show as `$` here: only `explicit` tells them apart.
    text = format_currency(Decimal(cents).scaleb(-2), "CAD", locale=locale).replace("-", MINUS)
    if not explicit:
        return text
    country = currency[:2]
    return text.replace("$", f"$\N{NO-BREAK SPACE}{country}" if locale.language == "fr" else f"{country}$")


def plain_money(cents: int) -> str:
    """`-1234.56`: an amount in a file that another program reads."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def parse_money(text: str) -> int:
    """Cents from what someone typed in either language: `1234,56`, `1 234,56 $`, `$1,234.56`."""
    typed = _SPACES.sub(" ", text.replace("$", "").replace(MINUS, "-")).strip()
    sign = -1 if typed.startswith("-") else 1
    typed = typed.removeprefix("-").strip()
    if _AMBIGUOUS.fullmatch(typed):
        raise AmbiguousMoney(text)
    match = _PLAIN.fullmatch(typed) or _COMMA_GROUPS.fullmatch(typed) or _POINT_GROUPS.fullmatch(typed)
    if match is None:
        raise NotMoney(text)
    parts = match.groupdict()
    whole = re.sub(r"\D", "", parts["whole"] or parts.get("groups") or "")
    return sign * (int(whole) * 100 + int((parts["cents"] or "0").ljust(2, "0")))
