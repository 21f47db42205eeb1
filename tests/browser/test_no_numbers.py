"""A card number and an account number, typed where they belong, are nowhere in what the product keeps."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import hosted
from tests.browser.running import Stack

CARD, BANK = "5200828282828210", "900123456789"
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# As every brand's numbers begin, and not part of a word or of a decimal number.
BRANDED = re.compile(r"(?<!\w)(?<!\d\.)(?:[456]|3[04-9]|2[2-7])(?:[ -]?\d){12,18}(?!\w|\.\d)")


@pytest.fixture(scope="module")
def typed(_visits, stack: Stack) -> Stack:
    """Somebody has saved a card and a bank account: the product, afterwards."""
    page = _visits.signed_in("parent4", "fr")
    hosted.add_card(page, f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}")
    expect(page.locator("main")).to_contain_text(CARD[-4:])
    hosted.add_bank(page, BANK)
    expect(page.locator("main")).to_contain_text(BANK[-4:])
    _visits.end()
    return stack


def kept(stack: Stack) -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    for (table,) in stack.rows(TABLES):
        for (row,) in stack.rows(f"SELECT t::text FROM public.{table} t"):
            yield table, row


def files(stack: Stack) -> Iterator[tuple[Path, bytes]]:
    """Every file of the installation but the processor's own: logs, mail, the database's files, the broker's."""
    for file in stack.data.rglob("*"):
        if file.is_file() and not file.is_relative_to(stack.data / "sandbox"):
            with suppress(FileNotFoundError):  # the database tidies up while we read
                yield file, file.read_bytes()


def mentions(text: str, number: str) -> bool:
    return number in re.sub(r"[ -]", "", text)


def is_card_number(digits: str) -> bool:
    """By the sum that catches a wrong digit."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def card_numbers(text: str) -> list[str]:
    found = (re.sub(r"\D", "", one) for one in BRANDED.findall(text))
    return [digits for digits in found if is_card_number(digits)]


def test_the_search_would_find_them():
    assert mentions("Carte 5200 8282 8282 8210", CARD)
    assert card_numbers('{"number": "5200-8282-8282-8210"}') == [CARD]
    assert card_numbers("5200828282828211, 2026-11-21 14:30:00.123456") == []


@pytest.mark.parametrize("number", [CARD, BANK], ids=["card", "account"])
def test_a_typed_number_is_in_no_table(typed, number):
    rows = list(kept(typed))

    assert [table for table, row in rows if mentions(row, number)] == []
    assert [table for table, row in rows if number[-4:] in row], "the last digits are kept: the tables were read"


def test_no_table_holds_anything_that_could_be_a_card_number(typed):
    assert [(table, number) for table, row in kept(typed) for number in card_numbers(row)] == []


@pytest.mark.parametrize("number", [CARD, BANK], ids=["card", "account"])
def test_a_typed_number_is_in_no_file(typed, number):
    grouped = re.compile(rb"[ -]?".join(digit.encode() for digit in number))
    found = list(files(typed))

    assert [file for file, content in found if grouped.search(content)] == []
    assert {"log", "postgres", "valkey"} <= {file.relative_to(typed.data).parts[0] for file, _ in found}
    assert any(b"Agathe Lebrun" in content for _, content in found), "the holder's name is kept: the files were read"
