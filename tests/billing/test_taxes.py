from hypothesis import given
from hypothesis import strategies as st

from billing.taxes import Rate, taxes_on, taxes_within, untaxed

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


CANADA = [Rate(1, 50_000), Rate(2, 99_750), Rate(3, 70_000), Rate(4, 130_000), Rate(5, 60_000), Rate(6, 95_000, True)]
totals = st.integers(0, 10**11)
some_rates = st.lists(st.sampled_from(CANADA), max_size=4, unique=True)


def test_a_hundred_dollars_taxes_included_in_quebec():
    assert untaxed(10_000, [GST, QST]) == 8_697
    assert taxes_within(10_000, [GST, QST]) == [435, 868]


def test_taxes_included_with_a_tax_after_the_previous_one():
    rates = [GST, Rate(2, 95_000, after_previous=True)]
    assert (untaxed(11_498, rates), taxes_within(11_498, rates)) == (10_000, [500, 998])


def test_without_taxes_the_whole_total_is_the_price():
    assert (untaxed(1_234, []), taxes_within(1_234, [])) == (1_234, [])


@given(totals, some_rates)
def test_a_total_with_its_taxes_included_is_kept_to_the_cent(total, rates):
    assert untaxed(total, rates) + sum(taxes_within(total, rates)) == total


@given(totals, some_rates)
def test_an_included_tax_is_within_a_cent_of_the_tax_on_its_price(total, rates):
    added = taxes_on(untaxed(total, rates), rates)
    assert all(0 <= held - amount <= 1 for held, amount in zip(taxes_within(total, rates), added, strict=True))


@given(totals, some_rates)
def test_what_taxes_are_added_to_is_found_again(subtotal, rates):
    total = subtotal + sum(taxes_on(subtotal, rates))
    assert (untaxed(total, rates), taxes_within(total, rates)) == (subtotal, taxes_on(subtotal, rates))


@given(st.integers(0, 10**8), st.lists(st.builds(Rate, st.just(1), st.integers(0, 999_999), st.booleans()), max_size=5))
def test_no_rate_however_strange_loses_a_cent(total, rates):
    held = taxes_within(total, rates)
    assert min([0, *held]) >= 0
    assert untaxed(total, rates) + sum(held) == total
