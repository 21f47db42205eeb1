"""What is typed on the processor's page never reaches us: the database's dump, the logs and the mail are searched."""

import re
import subprocess

import pytest

from smartrec.devstack.postgres import find_binaries
from tests.browser import hosted

pytestmark = pytest.mark.browser
CARD, ACCOUNT = "5555555555554444", "000123456789"
LONG_NUMBER = re.compile(r"(?<![\d.:-])\d(?:[ -]?\d){12,18}(?![\d.:-])")


def is_luhn_valid(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def dump(stack) -> str:
    """The whole database as SQL, by PostgreSQL's own tool."""
    tool = find_binaries().folder / "pg_dump"
    command = [str(tool), "--data-only", "--inserts", stack.told["DATABASE_URL"]]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_no_typed_number_is_kept(stack, signed_in):
    page = signed_in("parent3", "fr")
    hosted.add_card(page, CARD)
    hosted.add_bank(page, ACCOUNT)
    sql = dump(stack)
    assert "Agathe Lebrun" in sql, "the methods were saved, so the dump is the right one"
    written = [path.read_text(errors="replace") for path in (stack.data / "log").glob("*.log")]
    written += [path.read_text(errors="replace") for path in (stack.data / "mail").glob("*")]
    for text in [sql, *written]:
        assert CARD not in text
        assert ACCOUNT not in text
    found = {re.sub(r"\D", "", match[0]) for match in LONG_NUMBER.finditer(sql)}
    assert [number for number in found if is_luhn_valid(number) and number[0] in "3456"] == []


def test_the_search_finds_what_it_looks_for():
    assert is_luhn_valid(CARD)
    assert not is_luhn_valid(CARD[:-1] + "5")
    assert LONG_NUMBER.search(f"card {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]} typed")
