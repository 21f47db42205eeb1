"""No payment card number gets past the reading of a file."""

import pytest

from smartrec import card_numbers

NUMBERS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4242-4242-4242-4242",
    "378282246310005",
    "6011 0009 9013 9424",
    "4222222222222",
    "paid by 5555555555554444 in May",
    "4242 4242 4242 4242 12/28",
    "514 555 0123 4242 4242 4242 4242",
]
HARMLESS = [
    "1001",
    "514 555-0123",
    "4242424242424241",
    "J4B 5K2",
    "2018-09-01",
    "1234567890 TQ 0001",
    "",
    "12 mai 2026",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_card_number_is_taken_out(text):
    kept = card_numbers.remove(text)
    assert card_numbers.REMOVED in kept
    assert "4242" not in kept.replace("514 555 0123", "")
    assert sum(character.isdigit() for character in kept) < 13


@pytest.mark.parametrize("text", HARMLESS)
def test_other_digits_stay(text):
    assert card_numbers.remove(text) == text


def test_one_wrong_digit_in_sixteen_is_no_card_number():
    good = "4242424242424242"
    found = [card_numbers.REMOVED in card_numbers.remove(good[:15] + digit) for digit in "0123456789"]
    assert found == [digit == "2" for digit in "0123456789"]
