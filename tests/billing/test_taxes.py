from hypothesis import given
from hypothesis import strategies as st

from billing.taxes import Rate, taxes_on

GST, QST = Rate(1, 50_000), Rate(2, 99_750)


def test_quebec_taxes_of_a_hundred_dollars():
    assert taxes_on(10_000, [GST, QST]) == [500, 998]


def test_a_tax_after_the_previous_ones_is_computed_on_price_and_taxes():
    assert taxes_on(10_000, [GST, Rate(2, 95_000, after_previous=True)]) == [500, 998]


def test_half_a_cent_rounds_up():
    assert taxes_on(10, [GST]) == [1]


@given(st.integers(0, 10**9), st.integers(0, 999_999))
def test_a_tax_is_within_half_a_cent_of_the_exact_figure(subtotal, rate):
    [amount] = taxes_on(subtotal, [Rate(1, rate)])
    assert abs(amount * 1_000_000 - subtotal * rate) <= 500_000
