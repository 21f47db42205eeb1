"""Runs that wait for their day: the clocks, one start, moving, calling off, the reminder."""

import datetime as dt

import pytest

from accounts import trail_words
from accounts.models import StaffMembership, Trail
from billing import results
from billing.models import Attempt, DebitNotice, Invoice, MassRun, Payment
from billing.services import approving, charge_runs, invoice_runs, reminding, runs, scheduling, starting
from billing.services.runs import NotADraft
from billing.services.starting import SameRun
from billing.words.scheduled import HELD_BACK
from messaging.kinds import waiting_runs
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.views.ways import a_draft, payers
from tests.billing.waiting import NEXT_WEEK, TOMORROW, confirmed_for, letters
from tests.billing.ways import invoice_options
from tests.builders import NOW, a_tax, an_account_at_the_processor, an_organization, staff
from wallet.models import Authorization, ProcessorAccount

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def run(centre, by):
    return confirmed_for(a_draft(centre, by, payers(centre, 3)), by, NEXT_WEEK)


def at(centre, day, time, now=NOW):
    return scheduling.moment(organization=centre, day=dt.date(*day), time=dt.time(*time), now=now)


@pytest.mark.parametrize(
    ("zone", "day", "time", "hour_utc"),
    [
        ("America/Toronto", (2026, 11, 22), (9, 0), 14),
        ("America/Toronto", (2027, 3, 15), (9, 0), 13),
        ("America/Vancouver", (2026, 11, 22), (9, 0), 17),
        ("America/Toronto", (2026, 12, 31), (23, 59), 4),
        # Twice on that day: the first of the two.
        ("America/Toronto", (2027, 11, 7), (1, 30), 5),
    ],
)
def test_mc_p10_the_day_is_the_centres_own(zone, day, time, hour_utc):
    now = NOW if day < (2027, 11) else NOW + dt.timedelta(days=60)
    assert at(an_organization(time_zone=zone), day, time, now).astimezone(dt.UTC).hour == hour_utc


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ((2026, 11, 21), (9, 29), "still to come"),
        ((2026, 11, 21), (9, 30), "still to come"),
        ((2025, 12, 1), (9, 0), "still to come"),
        ((2027, 3, 14), (2, 30), "clocks go forward"),
        ((2027, 11, 22), (9, 0), "within a year"),
    ],
)
def test_mc_p10_a_moment_that_cannot_be_is_refused(centre, day, time, said):
    with pytest.raises(Refused, match=said):
        at(centre, day, time)


def test_mc_p10_the_first_and_last_moments_that_can_be(centre):
    assert at(centre, (2026, 11, 21), (9, 31)) == NOW + MINUTE
    assert at(centre, (2027, 11, 21), (9, 0)) > NOW


def test_mc_p10_a_run_for_later_takes_nothing_until_its_day(run):
    assert (run.state, run.starts_at, run.shown_count) == ("scheduled", NEXT_WEEK, 3)
    assert scheduling.start_due(now=NEXT_WEEK - MINUTE) == 0
    assert Payment.objects.count() == 0


def test_mc_p10_on_its_day_it_starts_by_itself_once(run):
    assert [scheduling.start_due(now=NEXT_WEEK + n * MINUTE) for n in range(3)] == [1, 0, 0]
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) == ("running", 3)
    assert Trail.objects.get(verb="charge_started").actor is None


def test_mc_p10_a_month_that_was_refused_starts_on_the_day_a_person_confirms_it_for(centre, by):
    draft = a_draft(centre, by, payers(centre, 1))
    MassRun.objects.filter(pk=draft.pk).update(held_back="refused")
    confirmed_for(draft, by, NEXT_WEEK)
    assert scheduling.start_due(now=NEXT_WEEK) == 1


def test_mc_p10_what_was_paid_meanwhile_is_left_out_and_nothing_is_announced(run, centre):
    [first, *_others] = run.lines.order_by("position")
    received(first.client, *Invoice.objects.filter(client=first.client))
    Authorization.objects.update(notice_days=3)
    scheduling.start_due(now=NEXT_WEEK)
    states = dict(Attempt.objects.values_list("payment__client", "state"))
    assert states.pop(first.client_id) == "not_sent"
    assert set(states.values()) == {"created"}
    assert not DebitNotice.objects.filter(payment__client=first.client).exists()
    left = results.progress_of(MassRun.objects.get(), NEXT_WEEK)
    assert (left.left_out.n, left.remaining.n, left.total.n) == (1, 2, 3)


def test_mc_p10_a_run_can_be_started_before_its_day_once(run, by):
    seen = run.fingerprint
    scheduling.start_now(run=run, seen=seen, by=by, now=NOW + HOUR)
    with pytest.raises(NotADraft):
        scheduling.start_now(run=run, seen=seen, by=by, now=NOW + HOUR)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    assert Payment.objects.count() == 3
    assert Trail.objects.get(verb="charge_started").actor == by


def test_mc_p10_moved_to_another_day_it_starts_on_that_one(run, by):
    later = NEXT_WEEK + dt.timedelta(days=2)
    scheduling.move(run=run, starts_at=later, by=by, now=NOW)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    assert starting.start(run=run, now=NEXT_WEEK) is False
    assert scheduling.start_due(now=later) == 1


def test_mc_p10_called_off_it_never_starts(run, by):
    assert not runs.cancel_draft(run=run, by=by, now=NOW)
    scheduling.call_off(run=run, by=by, now=NOW)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    for act in (scheduling.call_off, approving.send_back):
        with pytest.raises(NotADraft):
            act(run=run, by=by, now=NOW)
    with pytest.raises(NotADraft):
        scheduling.move(run=run, starts_at=TOMORROW, by=by, now=NOW)
    run.refresh_from_db()
    assert (run.state, run.ended_by, Payment.objects.count()) == ("cancelled", by, 0)


def test_mc_p10_a_scheduled_run_can_be_reviewed_again(run, by):
    approving.send_back(run=run, by=by, now=NOW)
    run.refresh_from_db()
    assert (run.state, run.starts_at, run.confirmed_by, run.fingerprint) == ("draft", None, None, "")
    charge_runs.exclude(run=run, line_id=run.lines.first().pk)
    assert confirmed_for(run, by, TOMORROW).shown_count == 2


def test_mc_p10_a_start_that_is_refused_begins_nothing_and_is_told_once(run, centre, by):
    an_account_at_the_processor(centre, charges_enabled=False)
    assert [scheduling.start_due(now=NEXT_WEEK + n * MINUTE) for n in range(3)] == [0, 0, 0]
    run.refresh_from_db()
    assert (run.state, run.held_back, Payment.objects.count()) == ("scheduled", "account_not_ready", 0)
    assert letters("run_held_back") == [by.email]
    ProcessorAccount.objects.update(charges_enabled=True)
    scheduling.start_now(run=run, seen=run.fingerprint, by=by, now=NEXT_WEEK + HOUR)
    assert Payment.objects.count() == 3


def test_mc_p10_a_crash_at_the_start_begins_nothing_and_stops_no_other(run, centre, by, monkeypatch):
    other = confirmed_for(a_draft(centre, by, payers(centre, 1, cents=500)), by, NEXT_WEEK + MINUTE)
    begin = starting.BEGIN["charge"]

    def crashes(mine, now):
        begin(mine, now)
        if mine.pk == run.pk:
            raise RuntimeError

    monkeypatch.setitem(starting.BEGIN, "charge", crashes)
    assert scheduling.start_due(now=NEXT_WEEK + HOUR) == 1
    run.refresh_from_db()
    assert (run.state, run.held_back) == ("scheduled", "error")
    assert set(Payment.objects.values_list("run", flat=True)) == {other.pk}


def test_mc_p10_invoices_whose_taxes_changed_meanwhile_are_not_written(centre, by):
    people = [client.account.owner_id for client in payers(centre, 2)]
    tax = a_tax(centre)
    options = invoice_options(centre, 2_000)
    options["lines"] = [{**line, "taxes": [tax.pk]} for line in options["lines"]]
    draft = invoice_runs.draft(organization=centre, noun="people", ids=people, options=options, by=by, now=NOW)
    run = confirmed_for(draft, by, NEXT_WEEK)
    tax.rates.update(rate=90_000)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    run.refresh_from_db()
    assert (run.state, run.held_back) == ("scheduled", "prices_changed")
    tax.rates.update(rate=50_000)
    scheduling.start_now(run=run, seen=run.fingerprint, by=by, now=NEXT_WEEK)
    assert invoice_runs.write_next(run=run, now=NEXT_WEEK) == 2


def test_mc_p10_a_day_after_its_moment_a_person_decides(run, by):
    late = NEXT_WEEK + dt.timedelta(hours=24, minutes=1)
    assert scheduling.start_due(now=late) == 0
    run.refresh_from_db()
    assert (run.state, run.held_back) == ("scheduled", "too_late")
    scheduling.move(run=run, starts_at=late + HOUR, by=by, now=late)
    assert scheduling.start_due(now=late + HOUR) == 1


@pytest.mark.parametrize("change", [{"role": "front_desk"}, {"is_active": False}])
def test_mc_p10_whoever_scheduled_it_must_still_be_allowed_to(run, centre, by, change):
    second = staff("owner", centre)
    StaffMembership.objects.filter(user=by).update(**change)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    run.refresh_from_db()
    assert (run.state, run.held_back, Payment.objects.count()) == ("waiting", "not_allowed", 0)
    assert letters("run_to_approve") == [second.email]
    approving.approve(run=run, seen=run.fingerprint, by=second, now=NEXT_WEEK)
    assert Payment.objects.count() == 3


def test_mc_p10_a_limit_set_meanwhile_holds_for_a_scheduled_run(run, centre, by):
    centre.approve_above = 5_999
    centre.save()
    with pytest.raises(Refused, match="second person"):
        scheduling.start_now(run=run, seen=run.fingerprint, by=by, now=NOW)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    run.refresh_from_db()
    assert (run.state, run.held_back) == ("waiting", "over_limit")


def test_mc_p10_the_same_run_cannot_be_started_while_it_is_scheduled(run, centre, by):
    again = a_draft(centre, by, [line.client for line in run.lines.order_by("position")])
    with pytest.raises(SameRun) as same:
        confirmed_for(again, by, now=NOW + dt.timedelta(days=3))
    assert same.value.earlier == run


def a_later_invoice(centre, by, people):
    options = invoice_options(centre) | {"issued_on": str(NEXT_WEEK.date()), "due_on": str(NEXT_WEEK.date())}
    whose = {"organization": centre, "noun": "people", "ids": people, "by": by}
    return invoice_runs.draft(options=options, now=NOW, **whose)


def written_next_week(centre, by):
    """A mass invoice confirmed today for next week, and written then."""
    people = [client.account.owner_id for client in payers(centre, 2)]
    run = confirmed_for(a_later_invoice(centre, by, people), by, NEXT_WEEK)
    assert scheduling.start_due(now=NEXT_WEEK) == 1
    while invoice_runs.write_next(run=run, now=NEXT_WEEK):
        pass
    run.refresh_from_db()
    return run, people


def test_mc_p10_the_same_run_is_refused_for_a_day_after_the_scheduled_one_began(centre, by):
    run, people = written_next_week(centre, by)
    again = a_later_invoice(centre, by, people)
    with pytest.raises(SameRun) as same:
        confirmed_for(again, by, now=NEXT_WEEK + HOUR)
    assert (same.value.earlier, run.invoices.count()) == (run, 2)
    assert confirmed_for(again, by, now=NEXT_WEEK + 25 * HOUR).state == "running"


def test_mc_p11_a_scheduled_mass_invoice_can_be_voided_for_a_day_after_it_began(centre, by):
    run, _people = written_next_week(centre, by)
    assert invoice_runs.may_void(run, NEXT_WEEK + 23 * HOUR)
    assert not invoice_runs.may_void(run, NEXT_WEEK + 25 * HOUR)


def test_mc_p10_staff_are_reminded_once_the_day_before(run, centre, by):
    owner, _desk = staff("owner", centre), staff("front_desk", centre)
    early = NEXT_WEEK - dt.timedelta(days=1, minutes=1)
    assert [reminding.remind_due(now=early + n * MINUTE) for n in range(4)] == [0, 1, 0, 0]
    assert letters("run_reminder") == sorted([by.email, owner.email])
    assert MassRun.objects.get().reminded_at == early + MINUTE


def test_mc_p10_the_day_before_keeps_the_clock_when_it_changes(centre, by):
    run = confirmed_for(a_draft(centre, by, payers(centre, 1)), by, at(centre, (2027, 3, 14), (9, 0)))
    assert reminding.remind_due(now=at(centre, (2027, 3, 13), (8, 59))) == 0
    assert reminding.remind_due(now=at(centre, (2027, 3, 13), (9, 0))) == 1
    assert run.starts_at - MassRun.objects.get().reminded_at == dt.timedelta(hours=23)


def test_mc_p10_nobody_is_reminded_of_what_they_have_just_scheduled(centre, by):
    confirmed_for(a_draft(centre, by, payers(centre, 1)), by, NOW + 3 * HOUR)
    assert reminding.remind_due(now=NOW + HOUR) == 0
    assert letters("run_reminder") == []


def test_mc_p10_moved_later_staff_are_reminded_of_the_new_day(run, by):
    reminding.remind_due(now=NEXT_WEEK - HOUR)
    scheduling.move(run=run, starts_at=NEXT_WEEK + dt.timedelta(days=3), by=by, now=NEXT_WEEK - HOUR)
    assert reminding.remind_due(now=NEXT_WEEK + dt.timedelta(days=2)) == 1
    assert letters("run_reminder") == [by.email] * 2


def test_every_reason_is_said_on_the_page_and_by_mail():
    assert set(HELD_BACK) <= set(waiting_runs.WHY)
    assert set(scheduling.REFUSED.values()) | {"too_late", "error", "prices_changed"} <= set(HELD_BACK)


def test_w4_what_becomes_of_a_run_is_told_in_the_trail(run, centre, by):
    scheduling.move(run=run, starts_at=TOMORROW, by=by, now=NOW)
    approving.send_back(run=run, by=by, now=NOW, why="À revoir")
    run.refresh_from_db()
    scheduling.call_off(run=confirmed_for(run, by, TOMORROW), by=by, now=NOW)
    told = [trail_words.say(one, "CAD") for one in Trail.objects.order_by("pk")]
    number = run.display_number
    assert f"{number} moved to 2026-11-22 09:30" in told
    assert f"{number} sent back to its review: À revoir" in told
    assert told[-1] == f"{number} called off"
