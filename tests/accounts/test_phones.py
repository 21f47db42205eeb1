import pytest

from accounts import phones


@pytest.mark.parametrize("typed", ["4505550142", "(450) 555-0142", "450.555.0142", "1 450 555 0142", "+1 450-555-0142"])
def test_a_number_of_north_america_is_written_one_way(typed):
    assert phones.neat(typed) == "450 555-0142"
    assert phones.as_searched(typed) == "450 555-0142"


def test_an_extension_is_kept():
    assert phones.neat("450 555-0142 poste 12") == "450 555-0142 # 12"


def test_a_number_from_elsewhere_is_international():
    assert phones.neat("+33 1 44 55 66 77") == "+33 1 44 55 66 77"


def test_what_is_no_number_is_left_as_it_is():
    assert phones.neat("demander Léa") == "demander Léa"
    assert not phones.is_possible("555-01")


@pytest.mark.parametrize(
    ("typed", "sought"), [("555-0142", "555-0142"), ("5550142", "555-0142"), ("2026", None), ("léa", None)]
)
def test_a_number_without_its_area_code_is_looked_for_too(typed, sought):
    assert phones.as_searched(typed) == sought
