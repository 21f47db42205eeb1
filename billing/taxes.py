"""Sales taxes of one invoice line, in integer cents."""

from collections.abc import Sequence
from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True)
class Rate:
    """A tax as it applies today: `rate` in millionths; `after_previous` taxes the price plus the taxes before it."""

    tax_id: int
    rate: int
    after_previous: bool = False


def taxes_on(subtotal: int, rates: Sequence[Rate]) -> list[int]:
    """The amount of each tax on a line of `subtotal` cents, in the order of `rates`.

    Each tax is rounded once, half up, per line: 100.00 with GST 5 % and QST 9.975 % gives 5.00 and 9.98
    (https://www.revenuquebec.ca/en/businesses/consumption-taxes/gsthst-and-qst/basic-rules-for-applying-the-gsthst-and-qst/).
    """
    amounts: list[int] = []
    for rate in rates:
        base = subtotal + (sum(amounts) if rate.after_previous else 0)
        amounts.append((base * rate.rate + MILLION // 2) // MILLION)
    return amounts


def untaxed(total: int, rates: Sequence[Rate]) -> int:
    """The price in a total that holds its taxes: the highest one that with its taxes does not come to more."""
    subtotal = _about(total, rates)
    while subtotal and _with_taxes(subtotal, rates) > total:
        subtotal -= 1
    while rates and _with_taxes(subtotal + 1, rates) <= total:
        subtotal += 1
    return subtotal


def taxes_within(total: int, rates: Sequence[Rate]) -> list[int]:
    """The taxes a total holds: with its untaxed price they come to the total exactly, whatever the rounding.

    Some totals no price with its taxes comes to: there the cent left over goes to a tax that was about to round up.
    """
    subtotal = untaxed(total, rates)
    amounts, above = taxes_on(subtotal, rates), taxes_on(subtotal + 1, rates)
    left = total - subtotal - sum(amounts)
    for n, more in enumerate(above):
        added = min(left, more - amounts[n])
        amounts[n] += added
        left -= added
    return amounts


def _about(total: int, rates: Sequence[Rate]) -> int:
    """The price but for the rounding of each tax, which moves it by a few cents at most."""
    price = MILLION ** len(rates)
    shares = [price]
    for rate in rates:
        shares.append((sum(shares) if rate.after_previous else price) * rate.rate // MILLION)
    return total * price // sum(shares)


def _with_taxes(subtotal: int, rates: Sequence[Rate]) -> int:
    return subtotal + sum(taxes_on(subtotal, rates))
