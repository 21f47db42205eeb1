import datetime as dt

import pytest

from smartrec import formats

FIRST = dt.date(2026, 11, 1)
AFTERNOON = dt.datetime(2026, 11, 21, 18, 5, tzinfo=dt.UTC)  # 13:05 in Toronto


def test_the_french_first_of_the_month_is_written_as_people_write_it():
    assert formats.long_date(FIRST, "fr") == "1er\xa0novembre 2026"
    assert formats.long_date(FIRST.replace(day=2), "fr") == "2\xa0novembre 2026"
    assert formats.short_date(FIRST, "fr") == "1er\xa0nov."


def test_english_dates():
    assert formats.long_date(FIRST, "en") == "November 1, 2026"
    assert formats.short_date(FIRST, "en") == "Nov.\xa01"
    assert formats.short_date(FIRST.replace(month=5), "en") == "May\xa01"


def test_a_date_in_a_table_does_not_break():
    assert formats.iso_date(FIRST) == "2026\N{NON-BREAKING HYPHEN}11\N{NON-BREAKING HYPHEN}01"


def test_an_instant_is_shown_in_local_time():
    assert formats.clock(AFTERNOON, "fr") == "13\xa0h\xa005"
    assert formats.clock(AFTERNOON, "en") == "1:05\xa0p.m."


def test_a_french_hour_has_no_zero_before_it_except_under_others_in_a_table():
    early = AFTERNOON.replace(hour=AFTERNOON.hour - 4)
    assert formats.clock(early, "fr") == "9\xa0h\xa005"
    assert formats.moment(early, "fr").endswith(" 09\xa0h\xa005")
    assert formats.moment(early, "en").endswith(" 9:05\xa0a.m.")
    late = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
    assert formats.iso_date(late).endswith("21")


def test_a_moment_in_a_sentence():
    assert formats.long_moment(AFTERNOON, "fr") == "21\xa0novembre 2026 à 13\xa0h\xa005"
    assert formats.long_moment(AFTERNOON, "en") == "November 21, 2026 at 1:05\xa0p.m."


@pytest.mark.parametrize(("language", "shown"), [("fr", "2\xa0418"), ("en", "2,418")])
def test_counts(language, shown):
    assert formats.count(2_418, language) == shown


@pytest.mark.parametrize(("language", "shown"), [("fr", "9,975\xa0%"), ("en", "9.975%")])
def test_percentages_come_from_millionths(language, shown):
    assert formats.percent(99_750, language) == shown


def test_a_round_percentage_has_no_zeroes():
    assert formats.percent(50_000, "fr") == "5\xa0%"
