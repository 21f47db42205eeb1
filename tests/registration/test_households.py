"""What is wrong with a row is found before anything is compared, and said by line and column."""

import pytest

from registration.households import understand
from smartrec.errors import Refused
from smartrec.sheets import Sheet
from tests.builders import TODAY
from tests.registration.files import a_file, child, owner


def problems(*rows):
    """(line, column) of everything wrong in a file of these rows; the first row stands on line 2."""
    found = understand(a_file(*rows), on=TODAY)
    return [(row.line, problem.column) for row in found.rows for problem in row.problems]


def test_a_household_of_three_is_fine():
    assert problems(owner(), child(), child(first="Noé", program="Automne 2026", activity="Judo|Yoga")) == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (child(household=""), "household"), (child(first=""), "first_name"), (child(last=""), "last_name"),
        (child(born="2027-01-01"), "birth_date"), (child(balance="5,00"), "balance"),
        (child(activity="Judo"), "program"), (child(starts="2026-01-01"), "membership"),
        (child(role="titulaire"), "role"),
        (child(membership="Carte", starts="2026-02-01", ends="2026-01-01"), "ends_on"),
        (child(email="lea.example"), "email"), (child(phone="4242 4242 4242 4242"), "phone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line_and_column(row, column):
    assert (3, column) in problems(owner(), row)


def test_an_owner_is_an_adult():
    assert problems(owner(born="2009-01-01")) == [(2, "birth_date")]


def test_without_roles_the_first_row_is_the_owner():
    found = understand(a_file(owner(role=""), child(role="")), on=TODAY)
    assert [row.is_owner for row in found.rows] == [True, False]


def test_a_person_may_fill_several_rows_one_for_each_activity():
    judo, yoga = child(program="A", activity="Judo"), child(program="A", activity="Yoga", born="2018-09-01")
    found = understand(a_file(owner(), judo, yoga), on=TODAY)
    assert found.rows[2].first is found.rows[1]
    assert problems(owner(), judo, yoga | {"phone": "514 555-0101"}) == []


def test_rows_that_describe_a_person_differently_are_refused():
    rows = [owner(), child(phone="514 555-0101"), child(phone="514 555-0199")]
    assert problems(*rows) == [(4, "phone")]


def test_a_file_without_an_indispensable_column_is_refused():
    with pytest.raises(Refused, match="Prénom / First name, Nom / Last name"):
        understand(Sheet(["Foyer", "Ville"], []), on=TODAY)


def test_unknown_columns_are_named_and_left_out():
    headings = ["Foyer", "Prénom", "Nom", "Taille", "Raison"]
    found = understand(Sheet(headings, [(2, ["A", "Ève", "Roy", "M", "Line 3"])]), on=TODAY)
    assert (found.ignored, found.rows[0].problems) == (["Taille"], [])
