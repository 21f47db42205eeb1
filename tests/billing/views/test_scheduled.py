"""The pages around a run that has not started: choosing when, the page that waits, approving, the limits."""

import datetime as dt
import re

import pytest

from accounts.models import StaffMembership
from billing.models import MassRun, Payment, Repetition
from billing.services import scheduling
from tests.billing.views.ways import a_draft, a_payer, at, payers, run_at, signed_in, token_of
from tests.billing.waiting import NEXT_WEEK, a_filtered_draft, a_monthly_charge, confirmed_for
from tests.builders import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
LATER = {"when": "later", "day": "2026-11-28", "time": "09:30"}


@pytest.fixture
def second(centre):
    return signed_in("owner", centre)


def confirm(desk, run, **sent):
    return desk.post(run_at(run, "confirmation"), {"token": token_of(run), **sent})


def a_scheduled(centre, desk):
    return confirmed_for(a_draft(centre, desk.user, payers(centre, 2)), desk.user, NEXT_WEEK)


def a_waiting(centre, desk):
    centre.approve_above = 100
    centre.save()
    return confirmed_for(a_draft(centre, desk.user, payers(centre, 2)), desk.user)


def text(desk, address):
    return " ".join(desk.get(address).content.decode().split())


def do(desk, run, name, **sent):
    return desk.post(at(run.organization, name, run.pk), {"seen": run.fingerprint, **sent}, follow=True)


def test_mc_p10_a_date_and_time_chosen_at_the_question_schedule_the_run(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2))
    assert confirm(desk, run, **LATER).url == run_at(run)
    run.refresh_from_db()
    assert (run.state, run.starts_at, Payment.objects.count()) == ("scheduled", NEXT_WEEK, 0)
    page = text(desk, run_at(run))
    assert "Starts on November 28, 2026 at 9:30" in page
    assert f"Confirmed by {desk.user}" in page
    for label in ("Start now", "Change the day", "Review again", "Call off"):
        assert label in page


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"day": ""}, "Enter the date on which it starts."),
        ({"day": "2026-11-20"}, "still to come"),
        ({"day": "2027-03-14", "time": "02:30"}, "clocks go forward"),
        ({"when": "now"}, "You chose to start now"),
        ({"monthly": "on", "month_day": ""}, "Enter the day of the month."),
        ({"monthly": "on", "month_day": "32"}, "31"),
    ],
)
def test_mc_p10_a_choice_that_cannot_be_starts_nothing(centre, desk, sent, said):
    run = a_draft(centre, desk.user, payers(centre, 2))
    answer = confirm(desk, run, **{**LATER, **sent})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert '<details class="when" open>' in answer.content.decode()
    assert (MassRun.objects.get().state, Payment.objects.count()) == ("draft", 0)


def test_mc_p10_every_month_is_chosen_there_too(centre, desk):
    payers(centre, 2)
    run = a_filtered_draft(centre, desk.user, "balance=owes")
    assert "everyone who then matches the same filters" in text(desk, run_at(run, "confirmation"))
    confirm(desk, run, monthly="on", month_day="5", margin="10")
    repetition = Repetition.objects.get()
    assert (repetition.day_of_month, repetition.limit, repetition.starts_on) == (5, 4_400, dt.date(2026, 12, 5))
    assert MassRun.objects.get().state == "running"
    page = text(desk, at(centre, "scheduled-runs"))
    assert "Everyone the same filters match then" in page
    assert "$44.00" in page


def test_mc_p10_sent_twice_it_is_scheduled_once(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2))
    sent = {"token": token_of(run), **LATER, "monthly": "on", "month_day": "5", "margin": "10"}
    assert [desk.post(run_at(run, "confirmation"), sent).status_code for _ in range(2)] == [303, 303]
    assert (MassRun.objects.get().state, Repetition.objects.count()) == ("scheduled", 1)


def test_the_same_run_is_refused_and_the_earlier_one_is_shown(centre, desk):
    clients = payers(centre, 2)
    earlier = confirmed_for(a_draft(centre, desk.user, clients), desk.user, NEXT_WEEK)
    again = a_draft(centre, desk.user, clients)
    answer = desk.post(run_at(again, "confirmation"), {"token": token_of(again)})
    assert answer.status_code == 422
    assert f"The same run ({earlier.display_number}) was confirmed" in answer.content.decode()
    assert f'<a href="{run_at(earlier)}">See it</a>' in answer.content.decode()


def test_mc_p10_a_scheduled_run_is_started_from_its_page_once(centre, desk):
    run = a_scheduled(centre, desk)
    assert "exactly as it was confirmed: 2 lines · $40.00" in text(desk, at(centre, "run-start", run.pk))
    do(desk, run, "run-start")
    assert "moved on meanwhile" in do(desk, run, "run-start").content.decode()
    assert (MassRun.objects.get().state, Payment.objects.count()) == ("running", 2)


def test_mc_p10_its_day_is_changed(centre, desk):
    run = a_scheduled(centre, desk)
    assert 'value="2026-11-28"' in text(desk, at(centre, "run-day", run.pk))
    answer = do(desk, run, "run-day", day="2026-12-01", time="08:00").content.decode()
    assert "It starts on December 1, 2026" in answer
    assert desk.post(at(centre, "run-day", run.pk), {"day": "2026-11-01", "time": "08:00"}).status_code == 422


def test_mc_p10_called_off_it_keeps_its_page(centre, desk):
    run = a_scheduled(centre, desk)
    page = do(desk, run, "run-call-off").content.decode()
    assert f"Called off by {desk.user}" in page
    assert "Start now" not in page
    assert scheduling.start_due(now=NEXT_WEEK) == 0


def test_w4_what_was_called_off_stays_in_the_history(centre, desk):
    run = a_scheduled(centre, desk)
    assert "Scheduled" in text(desk, at(centre, "mass-charges"))
    do(desk, run, "run-call-off")
    page = text(desk, at(centre, "mass-charges"))
    assert run.display_number in page
    assert "Cancelled" in page


def test_mc_p5_the_top_bar_tells_who_must_approve(centre, desk, second):
    run = a_waiting(centre, desk)
    assert "1 run to approve" in text(second, at(centre, "people"))
    assert "Run to approve" in text(second, at(centre, "dashboard"))
    for page in ("people", "dashboard"):
        assert "to approve" not in text(desk, at(centre, page))
    do(second, run, "run-approval")
    assert "to approve" not in text(second, at(centre, "people"))


def test_mc_p10_why_it_did_not_start_is_on_its_page(centre, desk):
    run = a_scheduled(centre, desk)
    MassRun.objects.update(held_back="account_not_ready")
    page = text(desk, run_at(run))
    assert "Did not start on November 28, 2026" in page
    assert "takes no payments at present" in page


def test_mc_p5_the_page_says_who_must_approve(centre, desk, second):
    run = a_waiting(centre, desk)
    page = text(desk, run_at(run))
    assert "You confirmed this run: somebody else has to approve it." in page
    assert f"Asked by email: {second.user}." in page
    assert at(centre, "run-approval", run.pk) not in page
    assert at(centre, "run-approval", run.pk) in text(second, run_at(run))


def test_mc_p5_the_second_person_approves_the_first_cannot(centre, desk, second):
    run = a_waiting(centre, desk)
    refused = desk.get(at(centre, "run-approval", run.pk), follow=True).content.decode()
    assert "somebody else has to approve it" in refused
    assert "somebody else has to approve it" in do(desk, run, "run-approval").content.decode()
    assert Payment.objects.count() == 0
    assert "Approved and started." in do(second, run, "run-approval").content.decode()
    assert Payment.objects.count() == 2


def test_mc_p5_sent_back_with_its_reason(centre, desk, second):
    run = a_waiting(centre, desk)
    assert second.post(at(centre, "run-send-back", run.pk), {"why": ""}).status_code == 422
    do(second, run, "run-send-back", why="Trop tôt")
    run.refresh_from_db()
    assert run.state == "draft"
    assert "Review the mass charge" in text(desk, run_at(run))


@pytest.mark.parametrize("name", ["run-approval", "run-start"])
def test_mc_p5_above_the_limit_one_signs_in_again(centre, desk, second, name):
    run = a_waiting(centre, desk) if name == "run-approval" else a_scheduled(centre, desk)
    centre.confirm_above = 3_000
    centre.save()
    page = at(centre, name, run.pk)
    for answer in (second.get(page), second.post(page, {"seen": run.fingerprint})):
        assert answer.url.startswith("/reauthenticate/?next=")
    assert Payment.objects.count() == 0
    second.post("/reauthenticate/", {"password": PASSWORD, "next": page})
    second.post(page, {"seen": run.fingerprint})
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("role", ["front_desk", "auditor"])
@pytest.mark.parametrize("name", ["run-start", "run-day", "run-call-off", "run-send-back", "run-approval"])
def test_mc_p10_who_may_only_look_changes_nothing(centre, desk, role, name):
    run = a_scheduled(centre, desk)
    assert do(signed_in(role, centre), run, name, day="2026-12-01", why="x").status_code == 403
    run.refresh_from_db()
    assert (run.state, run.starts_at) == ("scheduled", NEXT_WEEK)


def test_mc_p10_a_month_is_left_out_and_the_repetition_ended(centre, desk):
    a_payer(centre)
    repetition = a_monthly_charge(centre, desk.user)
    skip = at(centre, "repetition-skip", repetition.pk)
    asked = desk.get(skip)
    assert "is not made for December 5, 2026" in asked.content.decode()
    sent = dict(HIDDEN.findall(asked.content.decode()))
    for _twice in range(2):
        desk.post(skip, sent)
    repetition.refresh_from_db()
    assert repetition.starts_on == dt.date(2027, 1, 5)
    desk.post(at(centre, "repetition-end", repetition.pk))
    assert "Nothing is repeated." in text(desk, at(centre, "scheduled-runs"))


def test_mc_p10_the_list_shows_what_is_to_come(centre, desk):
    scheduled, waiting = a_scheduled(centre, desk), None
    centre.approve_above = 100
    centre.save()
    waiting = confirmed_for(a_draft(centre, desk.user, [a_payer(centre, "Anne Roy", cents=900)]), desk.user)
    page = text(desk, at(centre, "scheduled-runs"))
    for run in (scheduled, waiting):
        assert run.display_number in page


def test_an_owner_sets_the_limits(centre, desk, second):
    assert "Nobody is asked" in text(desk, at(centre, "settings-runs"))
    edit = at(centre, "settings-runs-edit")
    limits = {"confirm_above": "10000", "approve_above": "20000", "recent_days": "3", "planned_days": "7"}
    assert desk.post(edit, limits).status_code == 403
    assert second.post(edit, {**limits, "recent_days": "0"}).status_code == 422
    second.post(edit, limits)
    centre.refresh_from_db()
    found = (centre.confirm_above, centre.approve_above, centre.recent_days, centre.planned_days)
    assert found == (1_000_000, 2_000_000, 3, 7)
    second.post(edit, {**limits, "approve_above": ""})
    centre.refresh_from_db()
    assert centre.approve_above is None


def test_mc_p10_a_page_asks_for_the_permission_of_the_runs_own_kind(centre, desk):
    run = a_scheduled(centre, desk)
    clerk = signed_in("front_desk", centre)
    assert clerk.get(at(centre, "run-call-off", run.pk)).status_code == 403
    MassRun.objects.update(kind="message")
    assert do(clerk, run, "run-call-off").status_code == 200
    assert MassRun.objects.get().state == "cancelled"


def test_a_role_lost_meanwhile_no_longer_approves(centre, desk, second):
    run = a_waiting(centre, desk)
    StaffMembership.objects.filter(user=second.user).update(role="auditor")
    assert do(second, run, "run-approval").status_code == 403
    assert Payment.objects.count() == 0
