"""A second person over the limit: who is asked, who may, what the run does meanwhile."""

import datetime as dt

import pytest

from accounts.models import StaffMembership, Trail
from billing.models import Payment
from billing.services import approving, charge_runs, scheduling, starting
from billing.services.runs import NotADraft, ShownDiffers
from billing.services.starting import NotASecondPerson
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.views.ways import a_draft, payers
from tests.billing.waiting import NEXT_WEEK, confirmed_for, letters
from tests.builders import NOW, an_account_at_the_processor, an_organization, staff

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=2)


@pytest.fixture
def centre():
    return an_organization(approve_above=5_999)


@pytest.fixture
def second(centre):
    return staff("owner", centre)


@pytest.fixture
def run(centre, by, second):
    return confirmed_for(a_draft(centre, by, payers(centre, 3)), by)


def approve(run, who, now=LATER):
    return approving.approve(run=run, seen=run.fingerprint, by=who, now=now)


def test_mc_p5_above_the_limit_nothing_starts_before_a_second_person(run):
    assert (run.state, run.starts_at, Payment.objects.count()) == ("waiting", None, 0)
    assert scheduling.start_due(now=LATER) == 0
    assert starting.start(run=run, now=LATER) is False


def test_mc_p5_at_the_limit_and_below_nobody_is_asked(centre, by, second):
    centre.approve_above = 6_000
    centre.save()
    assert confirmed_for(a_draft(centre, by, payers(centre, 3)), by).state == "running"
    assert letters("run_to_approve") == []


def test_mc_p5_those_who_may_approve_are_asked_but_not_who_confirmed(run, second, centre):
    assert letters("run_to_approve") == [second.email]
    facts = Message.objects.get(kind="run_to_approve").facts
    assert (facts["count"], facts["total"], facts["run"]) == (3, 6_000, run.display_number)


def test_mc_p5_the_second_person_starts_it_once(run, by, second):
    approve(run, second)
    with pytest.raises(NotADraft):
        approve(run, second)
    run.refresh_from_db()
    assert (run.state, run.approved_by, run.approved_at, Payment.objects.count()) == ("running", second, LATER, 3)
    assert Trail.objects.get(verb="charge_approved").actor == second
    assert letters("run_approved") == [by.email]


def test_mc_p5_whoever_confirmed_it_cannot_approve_it(run, by):
    with pytest.raises(NotASecondPerson):
        approve(run, by)
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) == ("waiting", 0)


@pytest.mark.parametrize("role", ["front_desk", "coordinator", "auditor"])
def test_mc_p5_a_role_that_may_not_approve_is_refused(run, centre, role):
    with pytest.raises(Refused):
        approve(run, staff(role, centre))
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("change", [{"role": "auditor"}, {"is_active": False}])
def test_mc_p5_roles_that_changed_meanwhile_count(run, second, change):
    StaffMembership.objects.filter(user=second).update(**change)
    with pytest.raises(Refused):
        approve(run, second)


def test_mc_p5_somebody_of_another_organization_is_refused(run):
    with pytest.raises(Refused):
        approve(run, staff("owner", an_organization()))


def test_mc_p5_sent_back_it_is_reviewed_and_confirmed_anew(run, by, second):
    approving.send_back(run=run, by=second, now=LATER, why="Trop tôt")
    run.refresh_from_db()
    assert (run.state, run.confirmed_at, run.shown_total) == ("draft", None, 0)
    facts = Message.objects.get(kind="run_sent_back").facts
    assert (letters("run_sent_back"), facts["why"]) == ([by.email], "Trop tôt")
    charge_runs.exclude(run=run, line_id=run.lines.first().pk)
    assert confirmed_for(run, by).state == "running"


def test_mc_p5_what_was_changed_since_it_was_shown_is_not_approved(run, by, second):
    seen = run.fingerprint
    approving.send_back(run=run, by=by, now=LATER)
    run.refresh_from_db()
    run.lines.update(amount=2_001)
    run = confirmed_for(run, by, now=LATER)
    with pytest.raises(ShownDiffers):
        approving.approve(run=run, seen=seen, by=second, now=LATER)
    assert Payment.objects.count() == 0


def test_mc_p5_whoever_confirmed_it_may_take_it_back_or_call_it_off(run, by):
    approving.send_back(run=run, by=by, now=LATER)
    assert letters("run_sent_back") == []
    run.refresh_from_db()
    again = confirmed_for(run, by, now=LATER)
    scheduling.call_off(run=again, by=by, now=LATER)
    with pytest.raises(NotADraft):
        approve(again, staff("owner", run.organization))


def test_mc_p5_approved_for_a_later_day_it_waits_for_it(centre, by, second):
    run = confirmed_for(a_draft(centre, by, payers(centre, 3)), by, NEXT_WEEK)
    assert run.state == "waiting"
    assert approve(run, second).state == "scheduled"
    assert scheduling.start_due(now=NEXT_WEEK) == 1


def test_mc_p5_approved_after_its_day_it_starts_at_once(centre, by, second):
    run = confirmed_for(a_draft(centre, by, payers(centre, 3)), by, NEXT_WEEK)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    assert approve(run, second, NEXT_WEEK + dt.timedelta(hours=1)).state == "running"


def test_mc_p5_an_approval_that_cannot_start_the_run_approves_nothing(run, centre, second):
    an_account_at_the_processor(centre, charges_enabled=False)
    with pytest.raises(Refused):
        approve(run, second)
    run.refresh_from_db()
    assert (run.state, run.approved_by, letters("run_approved")) == ("waiting", None, [])
