"""No payment card number gets past the reading of a file."""

import pytest
from django.db import connection

from smartrec import card_numbers

# The last digit of its last two groups checks the others.
KEY = "aaaaaaaa-aaaa-4aaa-8003-424242424242"
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
    "the key aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa 4242-4242-4242-4242",
    "42424242-4242-4242",
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
    KEY,
    f'{{"key": "{KEY}", "order": "{KEY}"}}',
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


@pytest.mark.django_db
@pytest.mark.parametrize("text", [*NUMBERS, *HARMLESS])
def test_the_database_reads_a_text_as_we_do(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT smartrec_holds_card_number(%s)", [text])
        assert cursor.fetchone()[0] is card_numbers.holds(text)
