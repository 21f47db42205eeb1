"""The pace of requests to one of the processor's accounts, shared by all that send."""

import datetime as dt
from itertools import pairwise

import pytest

from tests.races.racing import race
from wallet.models import Pace
from wallet.services import pacing

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _twenty_a_second(settings):
    settings.PROCESSOR_PER_SECOND = 20


def after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def turn(n: int = 8, *, now: dt.datetime = NOW, account: str = "acct_1", endpoint: str = "confirm") -> float:
    """Seconds after the beginning at which a wave may leave."""
    start = pacing.reserve(processor_account=account, endpoint=endpoint, n=n, now=now)
    return (start - NOW).total_seconds()


def test_waves_leave_one_after_the_other_at_the_agreed_pace():
    assert [turn(8) for _ in range(4)] == pytest.approx([0, 0.4, 0.8, 1.2])


def test_time_in_which_nothing_was_sent_is_not_saved_up():
    turn(8)
    assert [turn(8, now=after(60)), turn(8, now=after(60))] == pytest.approx([60, 60.4])


def test_each_account_and_each_kind_of_request_has_its_own_pace():
    turn(100)
    assert [turn(1, account="acct_2"), turn(1, endpoint="create"), turn(1)] == pytest.approx([0, 0, 5])


def test_without_a_limit_nothing_waits_and_nothing_is_written(settings):
    settings.PROCESSOR_PER_SECOND = 0
    pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=NOW)
    assert ([turn(1_000), turn(1_000)], Pace.objects.count()) == ([0, 0], 0)


def test_too_fast_halves_the_pace_of_that_account_alone():
    turn(1), turn(1, account="acct_2")
    pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=NOW)
    first = turn(10, now=after(0.05)), turn(10, now=after(0.05))
    assert first[1] - first[0] == pytest.approx(1, rel=0.01)
    assert [turn(10, account="acct_2"), turn(10, account="acct_2")] == pytest.approx([0.05, 0.55])


def test_requests_refused_together_slow_down_once():
    turn(1)
    for seconds in (0, 0.1, 0.9):
        pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=after(seconds))
    assert Pace.objects.get().per_second == 10
    pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=after(1))
    assert Pace.objects.get().per_second == pytest.approx(5.1)


def test_the_pace_never_falls_to_a_standstill():
    turn(1)
    for minute in range(20):
        pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=after(minute * 1.5))
    assert Pace.objects.get().per_second == pacing.SLOWEST


def test_the_pace_comes_back_little_by_little_and_no_further_than_agreed():
    turn(1)
    pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=NOW)
    taken = []
    for seconds in (5, 25, 50, 500):
        start = turn(30, now=after(seconds))
        taken.append(30 / (turn(1, now=after(seconds)) - start))
    assert taken == pytest.approx([11, 15, 20, 20])


@pytest.mark.django_db(transaction=True)
def test_two_workers_together_stay_within_five_percent_of_the_pace():
    def waves() -> list[float]:
        return [turn(4) for _ in range(50)]

    starts = sorted(start for got in race(waves, contenders=2) for start in got)
    assert len(starts) == 100
    assert 396 / starts[-1] == pytest.approx(20, rel=0.05)
    assert min(b - a for a, b in pairwise(starts)) == pytest.approx(0.2, rel=0.05)


def test_a_wave_of_several_accounts_waits_for_the_slowest_of_them():
    turn(20, account="acct_2")
    slept: list[float] = []
    accounts = ["acct_1", "acct_2", "acct_1"]
    pacing.wait_for_turn(accounts=accounts, endpoint="confirm", clock=lambda: NOW, sleep=slept.append)
    assert slept == pytest.approx([1])
    assert [turn(1), turn(1, account="acct_2")] == pytest.approx([0.1, 1.05])


def test_a_turn_that_has_come_does_not_wait():
    pacing.wait_for_turn(accounts=["acct_1"], endpoint="confirm", clock=lambda: NOW, sleep=pytest.fail)
