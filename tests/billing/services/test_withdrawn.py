"""MC-P3: whose authorization ended after the draft was made is left out of it at once, and of nothing else."""

import pytest

from accounts.models import Trail
from accounts.trail_words import say
from billing.models import Attempt, Payment, RunLine
from billing.services import charge_runs, runs, starting, withdrawn
from billing.services.runs import NotADraft, ShownDiffers
from tests.billing.views.ways import a_draft, a_payer, payers
from tests.billing.waiting import NEXT_WEEK, confirmed_for
from tests.billing.ways import invoice_options
from tests.builders import NOW, TODAY, a_saved_method, an_authorization
from wallet.services import authorizing

pytestmark = pytest.mark.django_db


def withdraw(line: RunLine, by) -> None:
    authorizing.withdraw(authorization=line.authorization, by=by, now=NOW)


def leave_out(run, by) -> int:
    return withdrawn.leave_out(run=run, by=by, now=NOW)


def reasons(run) -> list[str]:
    return list(run.lines.order_by("position").values_list("reason", flat=True))


@pytest.fixture
def run(centre, by):
    """Three payments were to be taken; the second holder has withdrawn since, the third was removed by hand before."""
    run = a_draft(centre, by, payers(centre, 3))
    second, third = run.lines.order_by("position")[1:]
    charge_runs.exclude(run=run, line_id=third.pk)
    for line in (second, third):
        withdraw(line, by)
    return run


def test_mc_p3_exactly_the_payments_no_longer_authorized_are_left_out(run, by):
    assert withdrawn.lines_of(run).count() == 1
    assert leave_out(run, by) == 1
    assert reasons(run) == ["", "no_authorization", "removed"]
    assert withdrawn.lines_of(run).count() == 0
    assert confirmed_for(run, by).shown_total == 2_000


def test_mc_p3_a_removed_method_counts_as_well_as_a_withdrawn_authorization(centre, by):
    run = a_draft(centre, by, payers(centre, 2))
    method = run.lines.first().method
    type(method).objects.filter(pk=method.pk).update(status="removed")
    assert leave_out(run, by) == 1


def test_mc_p3_twice_leaves_nothing_more_out_and_is_told_once(run, by):
    assert [leave_out(run, by) for _ in range(3)] == [1, 0, 0]
    told = Trail.objects.get(verb="charge_withdrawn_left_out")
    assert (told.actor, told.facts) == (by, {"run": run.display_number, "count": 1})
    assert say(told, "CAD") == f"Mass charge {run.display_number}: payments left out, no longer authorized: 1"


def test_mc_p3_where_everybody_allows_it_nobody_is_left_out(centre, by):
    run = a_draft(centre, by, payers(centre, 2))
    assert leave_out(run, by) == 0
    assert (reasons(run), Trail.objects.filter(verb="charge_withdrawn_left_out").count()) == (["", ""], 0)


def test_mc_p3_another_draft_with_the_same_holder_stays_as_it_is(centre, by):
    clients = payers(centre, 1)
    run, other = a_draft(centre, by, clients), a_draft(centre, by, clients)
    withdraw(run.lines.get(), by)
    leave_out(run, by)
    assert (reasons(run), reasons(other)) == (["no_authorization"], [""])


def test_mc_p3_what_was_shown_before_is_not_confirmed_after(run, by):
    leave_out(run, by)
    with pytest.raises(ShownDiffers):
        starting.confirm(run=run, count=2, total=4_000, by=by, now=NOW)
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("limit", [None, 0], ids=["running", "waiting for a second person"])
def test_mc_p3_a_confirmed_charge_is_not_changed(run, by, limit):
    run.organization.approve_above = limit
    run.organization.save()
    confirmed_for(run, by)
    with pytest.raises(NotADraft):
        leave_out(run, by)
    assert reasons(run) == ["", "", "removed"]


def test_mc_p3_a_scheduled_charge_or_one_thrown_away_is_not_changed(run, by):
    confirmed_for(run, by, NEXT_WEEK)
    with pytest.raises(NotADraft):
        leave_out(run, by)
    thrown_away = a_draft(run.organization, by, [])
    runs.cancel_draft(run=thrown_away, by=by, now=NOW)
    with pytest.raises(NotADraft):
        leave_out(thrown_away, by)


def test_mc_p3_planned_again_whoever_authorizes_another_method_is_charged(run, by):
    """They were left out for want of a method, not by hand: the list prepared anew looks for one."""
    leave_out(run, by)
    another = a_saved_method(run.lines.get(position=2).client.account, "bank")
    an_authorization(run.organization, method=another)
    assert reasons(charge_runs.choose(run=run, now=NOW, on=TODAY, order="card_only"))[1] == "no_authorization"
    assert reasons(charge_runs.choose(run=run, now=NOW, on=TODAY, order="card_first"))[1] == ""


def test_mc_p3_charged_first_it_is_the_same(centre, by):
    people = [payer.account.owner_id for payer in (a_payer(centre), a_payer(centre, "Luc Roy"))]
    options = {"which": "new", **invoice_options(centre)}
    run = charge_runs.draft(organization=centre, noun="people", ids=people, by=by, now=NOW, on=TODAY, options=options)
    withdraw(run.lines.get(position=2), by)
    assert (leave_out(run, by), reasons(run)) == (1, ["", "no_authorization"])
    confirmed_for(run, by)
    assert Attempt.objects.count() == 1
