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
