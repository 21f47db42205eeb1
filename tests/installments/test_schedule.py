"""Due dates and amounts of a plan."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installments import schedule
from installments.schedule import ImpossiblePlan, Part

days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
intervals = st.sampled_from(schedule.INTERVALS)


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "every", "expected"),
    [
        ("2026-01-31", "month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2028-01-30", "month", ["2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2028-02-29", "year", ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2026-11-30", "quarter", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("2026-10-31", "week", ["2026-10-31", "2026-11-07"]),
        ("2026-12-25", "two_weeks", ["2026-12-25", "2027-01-08"]),
    ],
)
def test_days_are_counted_from_the_first(first, every, expected):
    assert schedule.due_days(day(first), len(expected), every) == [day(text) for text in expected]


def test_a_hundred_dollars_in_three_loses_no_cent():
    parts = schedule.plan(total=100_00, count=3, first=day("2026-09-24"), every="month")
    assert parts == [
        Part(1, day("2026-09-24"), 33_34),
        Part(2, day("2026-10-24"), 33_33),
        Part(3, day("2026-11-24"), 33_33),
    ]


def test_an_initial_payment_comes_first_and_the_rest_is_shared():
    parts = schedule.plan(
        total=100_00, count=2, first=day("2026-10-01"), every="month", initial=25_00, initial_on=day("2026-09-01")
    )
    assert [(part.number, part.amount) for part in parts] == [(0, 25_00), (1, 37_50), (2, 37_50)]


@given(st.integers(1, 10**9), st.integers(1, 24), days, intervals)
def test_parts_add_up_differ_by_a_cent_at_most_and_come_in_order(total, count, first, every):
    if total < count:
        with pytest.raises(ImpossiblePlan):
            schedule.plan(total=total, count=count, first=first, every=every)
        return
    parts = schedule.plan(total=total, count=count, first=first, every=every)
    amounts = [part.amount for part in parts]
    assert sum(amounts) == total
    assert 0 < min(amounts) <= max(amounts) <= min(amounts) + 1
    assert [part.due_on for part in parts] == sorted({part.due_on for part in parts})


@given(days, st.integers(0, 60))
def test_every_month_has_its_payment_and_keeps_the_day_it_can(first, index):
    due = schedule.due_day(first, index, "month")
    assert (due.year * 12 + due.month) - (first.year * 12 + first.month) == index
    is_last = (due + dt.timedelta(days=1)).day == 1
    assert due.day == first.day or (is_last and due.day < first.day)


@given(days, days, intervals)
def test_the_first_planned_payment_waits_ten_days_and_no_longer_than_it_must(purchased, wanted, every):
    first = schedule.earliest_first_day(purchased, wanted, every)
    limit = purchased + dt.timedelta(days=10)
    series = schedule.due_days(wanted, 1_200, every)
    assert first == next(due for due in series if due >= limit)


@given(st.integers(10, 10**6), st.integers(2, 12), st.data())
def test_a_changed_amount_is_made_up_by_the_parts_after_it(total, count, data):
    parts = schedule.plan(total=total * count, count=count, first=day("2026-01-31"), every="month")
    number = data.draw(st.integers(1, count - 1))
    changed = schedule.change_amount(parts, number, amount := data.draw(st.integers(1, total)))
    assert sum(part.amount for part in changed) == total * count
    assert [(part.number, part.due_on) for part in changed] == [(part.number, part.due_on) for part in parts]
    assert changed[number - 1].amount == amount
    assert changed[: number - 1] == parts[: number - 1]


def test_the_last_part_cannot_shrink_with_nothing_after_it():
    parts = schedule.plan(total=100_00, count=2, first=day("2026-01-31"), every="month")
    with pytest.raises(ImpossiblePlan):
        schedule.change_amount(parts, 2, 10_00)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-21", "2026-11-23"),  # a Saturday
        ("2026-12-25", "2026-12-28"),  # Christmas, then a weekend
        ("2026-06-24", "2026-06-25"),  # Québec's own holiday
        ("2027-01-01", "2027-01-04"),
    ],
)
def test_a_bank_debit_waits_for_a_day_banks_work(asked, sent):
    assert schedule.next_bank_day(day(asked), country="CA", province="QC") == day(sent)


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2026-11-01T03:59:00", "2026-10-31"),  # the evening before clocks go back
        ("2026-11-01T04:01:00", "2026-11-01"),
        ("2026-11-02T04:30:00", "2026-11-01"),  # the same hour a day later is still Sunday: that day had 25 hours
        ("2026-03-09T04:30:00", "2026-03-09"),  # and the day clocks go forward has 23
    ],
)
def test_the_day_is_the_organizations_own(utc, local):
    now = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert schedule.local_day(now, "America/Toronto") == day(local)
