"""What taxes come to, reckoned by hand: GST and QST, each rounded by itself, half up."""

from decimal import ROUND_HALF_UP, Decimal

GST, QST = Decimal("0.05"), Decimal("0.09975")
CENT = Decimal(1)


def with_taxes(cents: int) -> int:
    return cents + sum(int((cents * rate).quantize(CENT, ROUND_HALF_UP)) for rate in (GST, QST))
