"""Every month: the day in short months, the filter asked anew, one run a month, the limit, outages."""

import datetime as dt

import pytest

from accounts.models import StaffMembership
from billing.models import MassRun
from billing.services import approving, invoice_runs, monthly, reminding, repeating, scheduling
from billing.services.repeating import Monthly
from messaging.models import Message
from tests.billing.views.ways import a_payer, payers
from tests.billing.waiting import NEXT_WEEK, a_filtered_draft, a_monthly_charge, confirmed_for, letters
from tests.billing.ways import invoice_options
from tests.builders import NOW, staff

pytestmark = pytest.mark.django_db


def on(year, month, day, hour=15):
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


def a_repetition(centre, by, **facts):
    payers(centre, 2)
    return a_monthly_charge(centre, by, **facts)


def the_run_of(repetition, month):
    return repetition.runs.get(for_month=month)


@pytest.mark.parametrize(
    ("month", "day", "falls_on"),
    [
        ((2027, 1), 31, (2027, 1, 31)),
        ((2027, 2), 31, (2027, 2, 28)),
        ((2028, 2), 30, (2028, 2, 29)),
        ((2027, 4), 31, (2027, 4, 30)),
        ((2027, 2), 5, (2027, 2, 5)),
    ],
)
def test_mc_p10_in_a_short_month_it_is_the_last_day(month, day, falls_on):
    assert repeating.day_in(dt.date(*month, 1), day) == dt.date(*falls_on)


def test_mc_p10_day_31_comes_back_after_a_short_month(centre, by):
    repetition = a_repetition(centre, by, day=31)
    days = []
    for _month in range(4):
        days.append(repetition.starts_on)
        repeating.move_on(repetition)
    assert days == [dt.date(2026, 12, 31), dt.date(2027, 1, 31), dt.date(2027, 2, 28), dt.date(2027, 3, 31)]


def test_mc_p10_the_invoices_of_one_run_are_not_charged_again_every_month(centre, by):
    run = a_filtered_draft(centre, by, "balance=owes")
    assert repeating.may_repeat(run)
    for options in ({"which": "run"}, {"which": "new"}):
        run.options |= options
        assert not repeating.may_repeat(run)


def test_mc_p10_the_first_run_counts_for_its_month(centre, by):
    repetition = a_repetition(centre, by)
    first = repetition.runs.get()
    assert (first.state, first.for_month, first.shown_total) == ("running", dt.date(2026, 11, 1), 4_000)
    assert (repetition.starts_on, repetition.limit, repetition.created_by) == (dt.date(2026, 12, 5), 5_000, by)


def test_mc_p10_some_days_before_the_month_is_planned_for_its_day(centre, by):
    repetition = a_repetition(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)

    assert monthly.plan_due(now=on(2026, 12, 1)) == 0
    assert [monthly.plan_due(now=on(2026, 12, 2, n)) for n in (15, 16)] == [1, 0]
    run = the_run_of(repetition, dt.date(2026, 12, 1))
    assert (run.state, run.shown_count, run.confirmed_by) == ("scheduled", 1, by)
    assert run.starts_at == on(2026, 12, 5, 14)
    repetition.refresh_from_db()
    assert repetition.starts_on == dt.date(2027, 1, 5)


def test_mc_p10_it_reminds_and_starts_by_itself(centre, by):
    repetition = a_repetition(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)
    monthly.plan_due(now=on(2026, 12, 2))
    assert reminding.remind_due(now=on(2026, 12, 4)) == 1
    facts = Message.objects.get(kind="run_reminder").facts
    assert (facts["count"], facts["total"], facts["excluded"], facts["monthly"]) == (1, 500, 2, True)
    assert scheduling.start_due(now=on(2026, 12, 5)) == 1
    assert the_run_of(repetition, dt.date(2026, 12, 1)).state == "running"


def test_mc_p10_the_first_run_was_planned_by_somebody(centre, by):
    payers(centre, 2)
    confirmed_for(a_filtered_draft(centre, by, "balance=owes"), by, NEXT_WEEK, monthly=Monthly(day=5))
    assert reminding.remind_due(now=NEXT_WEEK - dt.timedelta(hours=20)) == 1
    assert Message.objects.get(kind="run_reminder").facts["monthly"] is False


def test_mc_p10_the_very_people_when_they_were_ticked(centre, by):
    repetition = a_repetition(centre, by, query="")
    a_payer(centre, "Nouvelle Roy", cents=500)
    monthly.plan_due(now=on(2026, 12, 2))
    run = the_run_of(repetition, dt.date(2026, 12, 1))
    assert (run.selection_size, run.state, run.held_back) == (2, "cancelled", "nobody")


def test_mc_p10_over_the_limit_of_a_month_a_second_person_looks(centre, by):
    repetition, second = a_repetition(centre, by), staff("owner", centre)
    a_payer(centre, "Nouvelle Roy", cents=5_001)
    monthly.plan_due(now=on(2026, 12, 2))
    run = the_run_of(repetition, dt.date(2026, 12, 1))
    assert (run.state, run.held_back, run.shown_total) == ("waiting", "over_month_limit", 5_001)
    assert letters("run_to_approve") == [second.email]
    assert scheduling.start_due(now=on(2026, 12, 5)) == 0
    approving.approve(run=run, seen=run.fingerprint, by=second, now=on(2026, 12, 3))
    assert scheduling.start_due(now=on(2026, 12, 5)) == 1


@pytest.mark.parametrize("change", [{"role": "front_desk"}, {"is_active": False}])
def test_mc_p10_whoever_began_it_must_still_be_allowed_to(centre, by, change):
    repetition = a_repetition(centre, by)
    staff("owner", centre)
    a_payer(centre, "Nouvelle Roy", cents=500)
    StaffMembership.objects.filter(user=by).update(**change)
    monthly.plan_due(now=on(2026, 12, 2))
    run = the_run_of(repetition, dt.date(2026, 12, 1))
    assert (run.state, run.held_back) == ("waiting", "not_allowed")


def test_mc_p10_after_a_long_outage_one_month_is_made_and_a_person_looks(centre, by):
    repetition = a_repetition(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)
    assert [monthly.plan_due(now=on(2027, 4, 20, n)) for n in (15, 16, 17)] == [1, 0, 0]
    run = the_run_of(repetition, dt.date(2027, 4, 1))
    assert (run.state, run.held_back, run.starts_at) == ("waiting", "missed", None)
    assert repetition.runs.count() == 2
    repetition.refresh_from_db()
    assert repetition.starts_on == dt.date(2027, 5, 5)
    assert scheduling.start_due(now=on(2027, 4, 30)) == 0


def test_mc_p10_at_the_end_of_the_year_the_next_is_in_january(centre, by):
    repetition = a_repetition(centre, by, day=1)
    repeating.skip(repetition=repetition, month=dt.date(2026, 12, 1), by=by, now=NOW)
    a_payer(centre, "Nouvelle Roy", cents=500)
    assert monthly.plan_due(now=on(2026, 12, 29)) == 1
    assert the_run_of(repetition, dt.date(2027, 1, 1)).starts_at == on(2027, 1, 1, 14)


def test_mc_p10_one_month_left_out_is_left_out_once(centre, by):
    repetition = a_repetition(centre, by)
    december = dt.date(2026, 12, 5)
    assert [repeating.skip(repetition=repetition, month=december, by=by, now=NOW) for _ in range(2)] == [True, False]
    assert monthly.plan_due(now=on(2026, 12, 4)) == 0
    repetition.refresh_from_db()
    assert repetition.starts_on == dt.date(2027, 1, 5)


def test_mc_p10_ended_it_makes_no_further_run(centre, by):
    repetition = a_repetition(centre, by)
    assert [repeating.end(repetition=repetition, by=by, now=NOW) for _ in range(2)] == [True, False]
    assert monthly.plan_due(now=on(2026, 12, 4)) == 0
    assert repetition.runs.count() == 1


def test_mc_p10_sent_back_for_review_it_is_not_made_every_month_until_confirmed_so_again(by, centre):
    centre.approve_above = 100
    centre.save()
    repetition = a_repetition(centre, by)
    run = repetition.runs.get()
    assert run.state == "waiting"
    approving.send_back(run=run, by=staff("owner", centre), now=NOW)
    a_payer(centre, "Nouvelle Roy", cents=500)
    assert monthly.plan_due(now=on(2026, 12, 4)) == 0
    run.refresh_from_db()
    assert (run.repetition, repeating.may_repeat(run)) == (None, True)
    again = confirmed_for(run, by, monthly=Monthly(day=5)).repetition
    assert again != repetition
    assert monthly.plan_due(now=on(2026, 12, 4)) == 1


def test_mc_p10_called_off_before_anybody_agreed_to_it_no_later_month_is_made(by, centre):
    centre.approve_above = 100
    centre.save()
    repetition = a_repetition(centre, by)
    scheduling.call_off(run=repetition.runs.get(), by=by, now=NOW)
    a_payer(centre, "Nouvelle Roy", cents=500)
    assert monthly.plan_due(now=on(2026, 12, 4)) == 0


def test_mc_p10_a_later_month_sent_back_leaves_the_others_as_planned(by, centre):
    repetition = a_repetition(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)
    monthly.plan_due(now=on(2026, 12, 2))
    approving.send_back(run=the_run_of(repetition, dt.date(2026, 12, 1)), by=by, now=on(2026, 12, 3))
    repetition.refresh_from_db()
    assert (repetition.ended_at, repetition.starts_on) == (None, dt.date(2027, 1, 5))


def test_mc_p10_a_month_called_off_is_not_made_again(centre, by):
    repetition = a_repetition(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)
    monthly.plan_due(now=on(2026, 12, 2))
    scheduling.call_off(run=the_run_of(repetition, dt.date(2026, 12, 1)), by=by, now=on(2026, 12, 3))
    repetition.refresh_from_db()
    repetition.starts_on = dt.date(2026, 12, 5)
    repetition.save()
    assert [monthly.plan_due(now=on(2026, 12, 4, n)) for n in (15, 16)] == [0, 0]
    assert scheduling.start_due(now=on(2026, 12, 5)) == 0


def test_mc_p10_a_month_that_cannot_be_made_is_told_and_stops_no_other(centre, by, monkeypatch):
    broken = a_repetition(centre, by)
    a_payer(centre, "Autre Roy", cents=700)
    fine = a_monthly_charge(centre, by, day=5)
    a_payer(centre, "Nouvelle Roy", cents=500)
    make = monthly.DRAFTS["charge"]

    def crashes(repetition, whom, now):
        if repetition.pk == broken.pk:
            raise RuntimeError
        return make(repetition, whom, now)

    monkeypatch.setitem(monthly.DRAFTS, "charge", crashes)
    assert monthly.plan_due(now=on(2026, 12, 2)) == 1
    assert monthly.plan_due(now=on(2026, 12, 3)) == 0
    assert (broken.runs.count(), fine.runs.count()) == (1, 2)
    assert letters("run_held_back") == [by.email]


def test_mc_p10_invoices_of_a_month_are_dated_on_its_day(centre, by):
    people = [client.account.owner_id for client in payers(centre, 2)]
    options = invoice_options(centre, 2_000)
    run = invoice_runs.draft(organization=centre, noun="people", ids=people, options=options, by=by, now=NOW)
    repetition = confirmed_for(run, by, monthly=Monthly(day=5)).repetition
    while invoice_runs.write_next(run=run, now=NOW):
        pass
    assert monthly.plan_due(now=on(2026, 12, 2)) == 1
    made = the_run_of(repetition, dt.date(2026, 12, 1))
    issued, due = (dt.date.fromisoformat(made.options[name]) for name in ("issued_on", "due_on"))
    first = [dt.date.fromisoformat(run.options[name]) for name in ("issued_on", "due_on")]
    assert (issued, due - issued) == (dt.date(2026, 12, 5), first[1] - first[0])
    assert (made.state, made.shown_count) == ("scheduled", 2)
    assert MassRun.objects.filter(kind="invoice").count() == 2
