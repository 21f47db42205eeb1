import pytest

from smartrec.numbers import counted, document_number, number, numbers


@pytest.mark.parametrize(
    ("typed", "found"),
    [("12", 12), ("0", 0), ("", None), (" 12", None), ("-3", None), ("²", None), ("٣", None), ("1" * 19, None)],
)
def test_what_only_looks_like_a_number_is_none(typed, found):
    assert number(typed) == found


def test_the_rows_that_were_sent_are_known_once_each_and_nonsense_is_passed_over():
    assert numbers(["812,813,", "814", "812", "x,²,-1", "9" * 5000]) == [812, 813, 814]


@pytest.mark.parametrize("typed", ["F-05873", "f5873", " 5873 ", "F5873"])
def test_a_document_is_found_by_its_number_however_it_is_written(typed):
    assert document_number(typed, "F") == 5873


@pytest.mark.parametrize("typed", ["P-5873", "Roy", "F-", "F-²", "1234567890"])
def test_another_letter_or_a_word_is_no_number_of_a_document(typed):
    assert document_number(typed, "F") is None


@pytest.mark.parametrize(("words", "n"), [("1", 1), ("1,234", 1234), ("10\N{NO-BREAK SPACE}000+", 10_000), ("", 0)])
def test_a_count_in_words_chooses_between_one_and_many(words, n):
    assert counted(words) == n
