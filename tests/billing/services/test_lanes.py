"""Whose turn it is to be sent: no organization, no run and no slow account makes the others wait."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import Attempt
from billing.services import lanes, numbering, runs, sending
from billing.services.lanes import Lane, Turns
from tests.billing.views.ways import a_running_charge, payers
from tests.builders import an_organization, staff
from wallet.services import pacing

pytestmark = pytest.mark.django_db
MANY, FEW = 5_000, 10
WAITING = """
WITH p AS (
  INSERT INTO billing_payment (organization_id, client_id, number, kind, amount, currency, allocated, note, reconcile,
    email_receipt, key, processor_account, processor_payment, created_at)
  SELECT %(org)s, %(client)s, %(first)s - 1 + n, 'card', 2000, 'CAD', 0, '', true, true, gen_random_uuid(),
    %(account)s, '', now() FROM generate_series(1, %(n)s) n RETURNING id)
INSERT INTO billing_attempt (organization_id, payment_id, number, key, method_id, authorization_id, state,
  processor_account, reason, code, advice, message, processor_charge, claims, created_at)
SELECT %(org)s, id, 1, gen_random_uuid(), %(method)s, %(z)s, 'created', %(account)s, '', '', '', '', '', 0, now() FROM p
RETURNING id
"""


def waiting_of(organization, count: int, *, account: str | None = None) -> list[int]:
    """So many payments of an organization that wait to be sent, all of one client, of no run."""
    [client] = payers(organization, 1)
    permission = client.account.payment_methods.get().authorizations.get()
    if account is not None:
        type(permission).objects.filter(pk=permission.pk).update(processor_account=account)
        permission.refresh_from_db()
    params = {"client": client.pk, "z": permission.pk, "n": count, "org": organization.pk}
    params |= {"account": permission.processor_account, "method": permission.method_id}
    params["first"] = numbering.take_numbers(organization=organization, document="payment", count=count)
    with connection.cursor() as cursor:
        cursor.execute(WAITING, params)
        return [pk for (pk,) in cursor.fetchall()]


def claimed(claims: int, *, turns: Turns | None = None) -> list[str]:
    """Whose attempts were claimed, in order; each wave ends before the next begins."""
    turns, order = turns or Turns(), []
    for _ in range(claims):
        _, attempts = sending.claim(limit=8, now=timezone.now(), turns=turns)
        if attempts:
            turns.leave(lanes.lane_of(attempts[0]))
        order += [attempt.organization.slug for attempt in attempts]
    return order


@pytest.fixture
def big_and_small():
    """Five thousand payments of one organization, and after them ten of another."""
    big, small = an_organization("big"), an_organization("small")
    waiting_of(big, MANY), waiting_of(small, FEW)


def test_ten_lines_do_not_wait_behind_five_thousand_of_another_organization(big_and_small):
    order = claimed(4)
    assert [order.count(slug) for slug in ("big", "small")] == [16, FEW]


def test_control_without_turns_they_wait_for_all_of_them(big_and_small, monkeypatch):
    monkeypatch.setattr(Turns, "_order", lambda _turns, lane: lane)
    assert set(claimed(50)) == {"big"}


def test_a_single_payment_does_not_wait_behind_a_run_of_the_same_organization():
    centre = an_organization("centre")
    by = staff("finance", centre)
    run = a_running_charge(centre, by, payers(centre, 17))
    [single] = waiting_of(centre, 1)
    claims = [sending.claim(limit=8, now=timezone.now(), turns=turns)[1] for turns in [Turns()] for _ in range(2)]
    assert single in [attempt.pk for attempts in claims for attempt in attempts]
    assert {attempt.held_by_id for attempts in claims for attempt in attempts} == {run.pk, None}


def test_the_organization_with_fewest_waves_is_next():
    """A wave that takes long, because its account is slow, counts until it ends."""
    slow, quick = Lane("acct_slow", 1, 0), Lane("acct_quick", 2, 0)
    turns = Turns()
    taken = [turns.next_of([slow, quick]) for _ in range(4)]
    assert sorted(taken) == [quick, quick, slow, slow]
    turns.leave(quick)
    assert turns.next_of([slow, quick]) == quick


def test_runs_of_an_organization_share_its_turns():
    one, first, second = Lane("", 1, 0), Lane("", 2, 7), Lane("", 2, 8)
    turns, order = Turns(), []
    for _ in range(8):
        lane = turns.next_of([one, first, second])
        turns.leave(lane)
        order.append(lane)
    assert [order.count(lane) for lane in (one, first, second)] == [4, 2, 2]


def test_a_paused_run_is_no_lane_and_its_failures_tried_again_are_nobodys():
    centre = an_organization()
    by = staff("finance", centre)
    run = a_running_charge(centre, by, payers(centre, 2))
    assert {lane.run_id for lane in lanes.waiting(now=timezone.now())} == {run.pk}
    runs.pause(run=run, by=by, now=timezone.now())
    assert lanes.waiting(now=timezone.now()) == set()
    attempt = Attempt.objects.first()
    Attempt.objects.filter(pk=attempt.pk).update(state="declined", sent_at=run.created_at, settled_at=run.created_at)
    attempt.pk, attempt.key, attempt.number, attempt.held_by = None, uuid4(), 2, None
    attempt.save(force_insert=True)
    assert {lane.run_id for lane in lanes.waiting(now=timezone.now())} == {lanes.NO_RUN}


def test_what_waits_for_a_day_is_no_lane_until_that_day():
    centre, now = an_organization(), timezone.now()
    waiting_of(centre, 3)
    Attempt.objects.update(not_before=now + dt.timedelta(days=10))
    assert lanes.waiting(now=now) == set()
    assert len(lanes.waiting(now=now + dt.timedelta(days=11))) == 1


def test_an_account_whose_turn_is_far_away_gets_no_more_waves(settings):
    settings.PROCESSOR_PER_SECOND = 20
    slow, quick = an_organization("slow"), an_organization("quick")
    waiting_of(slow, 50, account="acct_slow"), waiting_of(quick, 50, account="acct_quick")
    now, turns = timezone.now(), Turns()
    pacing.reserve(processor_account="acct_slow", endpoint="confirm", n=100, now=now)
    assert set(claimed(4, turns=turns)) == {"quick"}
    assert turns.held_up


def test_control_without_looking_ahead_the_slow_account_takes_its_waves_all_the_same(settings, monkeypatch):
    settings.PROCESSOR_PER_SECOND = 20
    monkeypatch.setattr(lanes, "AHEAD", dt.timedelta(hours=1))
    slow, quick = an_organization("slow"), an_organization("quick")
    waiting_of(slow, 50, account="acct_slow"), waiting_of(quick, 50, account="acct_quick")
    pacing.reserve(processor_account="acct_slow", endpoint="confirm", n=100, now=timezone.now())
    assert set(claimed(4)) == {"slow", "quick"}


@pytest.mark.parametrize(("slowed", "together"), [(0, 8), (1, 4), (4, 1)])
def test_a_slowed_account_is_sent_less_at_once(settings, slowed, together):
    settings.PROCESSOR_PER_SECOND = 20
    waiting_of(an_organization(), 50, account="acct_1")
    now = timezone.now() - dt.timedelta(seconds=60)
    pacing.reserve(processor_account="acct_1", endpoint="confirm", n=1, now=now)
    for again in range(slowed):
        at = timezone.now() - dt.timedelta(seconds=2 * (slowed - 1 - again))
        pacing.slow_down(processor_account="acct_1", endpoint="confirm", now=at)
    _, attempts = sending.claim(limit=8, now=timezone.now())
    assert len(attempts) == together


def test_however_the_planner_goes_about_it_no_more_is_claimed_than_asked_for():
    """Where the planner knows little it may ask once for each row who is next: then each row is."""
    waiting_of(an_organization(), 50, account="acct_1")
    with connection.cursor() as cursor:
        for way in ("hashagg", "hashjoin", "material", "mergejoin", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    _, attempts = sending.claim(limit=8, now=timezone.now())
    assert len(attempts) == 8
