"""How headings and cells are understood, in both languages and both national styles."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from registration.resources import COLUMNS, columns_of
from smartrec.cells import Date


def read(column, text, **kwargs):
    return COLUMNS[column].widget.clean(text, **kwargs)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_heading_is_known_whatever_its_case_and_accents(language):
    headings = [column.heading(language).upper().replace("É", "E").replace("’", "'") for column in COLUMNS.values()]
    assert list(columns_of(headings)) == list(COLUMNS)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("role", "Titulaire", "owner"), ("role", "MEMBER", "member"), ("gender", "féminin", "f"), ("gender", "X", "x"),
        ("language", "Anglais", "en"), ("province", "Québec", "QC"), ("province", "on", "ON"),
        ("postal_code", "j4b5k2", "J4B 5K2"), ("postal_code", "90210", "90210"),
        ("phone", "(514) 555-0123", "(514) 555-0123"), ("activities", "Yoga, doux|Judo", ("Yoga, doux", "Judo")),
        ("tags", "Bénévole, Non-résident|Bénévole", ("Bénévole", "Non-résident")),
        ("first_name", "  Marie \t Ève ", "Marie Ève"),
        ("balance", "1 234,56 $", 123456), ("balance", "$1,234.56", 123456), ("balance", "-45,00", -4500),
        ("balance", "(45.00)", -4500), ("balance", "12.5", 1250), ("balance", "", 0),
    ],
)  # fmt: skip
def test_a_cell_is_understood(column, text, value):
    assert read(column, text) == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("role", "chef"), ("gender", "?"), ("language", "es"), ("province", "Texas"), ("email", "lea@"),
        ("phone", "12"),
        ("balance", "1,234"), ("balance", "beaucoup"), ("birth_date", "31/02/2018"), ("birth_date", "hier"),
        ("birth_date", "01/02/18"), ("birth_date", "1850-01-01"), ("last_name", "x" * 81),
    ],
)  # fmt: skip
def test_a_cell_that_says_nothing_clear_is_refused_in_words(column, text):
    with pytest.raises(ValidationError) as refusal:
        read(column, text)
    assert len(refusal.value.messages[0]) > 10


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("2018-09-01", None, (2018, 9, 1)), ("2018/9/1", False, (2018, 9, 1)),
        ("2018-09-01 00:00:00", None, (2018, 9, 1)), ("25/12/2018", None, (2018, 12, 25)),
        ("12/25/2018", None, (2018, 12, 25)), ("05.05.2018", None, (2018, 5, 5)),
        ("01/02/2018", True, (2018, 2, 1)), ("01/02/2018", False, (2018, 1, 2)), ("25/12/2018", False, (2018, 12, 25)),
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_order_of_its_column(text, day_first, day):
    assert read("birth_date", text, day_first=day_first) == dt.date(*day)


def test_a_date_that_could_be_two_days_is_not_guessed():
    with pytest.raises(ValidationError, match=r"two ways|deux"):
        read("birth_date", "01/02/2018", day_first=None)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["01/02/2018", "25/12/2018"], True),
        (["01/02/2018", "12/25/2018"], False),
        (["25/12/2018", "12/25/2018"], None),
        (["01/02/2018", "2018-12-25", ""], None),
    ],
)
def test_a_column_says_its_order_when_its_dates_agree(column, order):
    assert Date.day_first(column) is order
