import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartrec.money import (
    AmbiguousMoney,
    NotMoney,
    format_money,
    multiply_rate,
    parse_money,
    plain_money,
    split_by_weight,
    split_evenly,
)

AMOUNTS = st.integers(min_value=-(10**12), max_value=10**12)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=40).filter(any)


@given(AMOUNTS, st.integers(min_value=1, max_value=60))
def test_split_evenly_loses_no_cent_and_favours_nobody_by_more_than_one(total, parts):
    shares = split_evenly(total, parts)

    assert len(shares) == parts
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


def test_split_evenly_gives_the_odd_cents_to_the_first():
    assert split_evenly(18_601, 3) == [6_201, 6_200, 6_200]
    assert split_evenly(-5, 3) == [-2, -2, -1]


@given(AMOUNTS, WEIGHTS)
def test_split_by_weight_loses_no_cent_and_stays_within_one_of_the_exact_share(total, weights):
    shares = split_by_weight(total, weights)

    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)


def test_split_by_weight_gives_the_odd_cent_to_the_largest_remainder():
    assert split_by_weight(100, [1, 1, 4]) == [17, 17, 66]
    assert split_by_weight(1, [1, 3]) == [0, 1]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_split_by_weight_refuses_weights_that_share_nothing(weights):
    with pytest.raises(ValueError, match=r"Weights|empty"):
        split_by_weight(100, weights)


def test_split_evenly_refuses_no_part_at_all():
    with pytest.raises(ValueError, match="one part"):
        split_evenly(100, 0)


def test_multiply_rate_rounds_halves_away_from_zero():
    assert multiply_rate(2_000, 99_750) == 200  # QST on $20.00 is 199.5 cents
    assert multiply_rate(-2_000, 99_750) == -200
    assert multiply_rate(1_999, 50_000) == 100
    assert multiply_rate(10, 49_999) == 0


def test_french_money_has_no_break_spaces_and_the_sign_after():
    assert format_money(123_456, language="fr") == "1\xa0234,56\xa0$"
    assert format_money(-4_500, language="fr") == "\N{MINUS SIGN}45,00\xa0$"


def test_english_money_has_commas_and_the_sign_before():
    assert format_money(123_456, language="en") == "$1,234.56"
    assert format_money(-4_500, language="en") == "\N{MINUS SIGN}$45.00"


def test_the_currency_is_named_only_when_asked():
    assert format_money(100, "USD", "en") == "$1.00"
    assert format_money(100, "USD", "en", explicit=True) == "US$1.00"
    assert format_money(100, "CAD", "fr", explicit=True) == "1,00\xa0$\xa0CA"


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1234,56", 123_456),
        ("1 234,56", 123_456),
        ("1\u202f234,56 $", 123_456),
        ("$1,234.56", 123_456),
        ("1.234,56", 123_456),
        ("1,234,567", 123_456_700),
        ("12", 1_200),
        ("12,5", 1_250),
        ("\N{MINUS SIGN}45,00 $", -4_500),
    ],
)
def test_parse_money_reads_both_languages(typed, cents):
    assert parse_money(typed) == cents


@pytest.mark.parametrize("typed", ["1,234", "12.345"])
def test_parse_money_refuses_to_guess(typed):
    with pytest.raises(AmbiguousMoney):
        parse_money(typed)


@pytest.mark.parametrize("typed", ["", "abc", "1,2345", "1 23,00", "--1", "1e5", "٣"])
def test_parse_money_refuses_what_is_no_amount(typed):
    with pytest.raises(NotMoney):
        parse_money(typed)


@given(AMOUNTS, st.sampled_from(["fr", "en"]))
def test_what_is_written_is_read_back(cents, language):
    assert parse_money(format_money(cents, language=language)) == cents
    assert parse_money(plain_money(cents)) == cents
