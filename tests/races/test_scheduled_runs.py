"""Several sweeps and people at the same instant around a run that has not started; beside each rule its control."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, transaction

from billing.models import Attempt, MassRun, Payment, Repetition
from billing.services import approving, charge_runs, invoice_runs, monthly, scheduling, starting, taxing
from billing.services.repeating import Monthly
from billing.services.runs import NotADraft, ShownDiffers
from tests.billing.views.ways import a_draft, a_payer, payers
from tests.billing.waiting import NEXT_WEEK, a_filtered_draft, a_monthly_charge, confirmed_for
from tests.billing.ways import invoice_options
from tests.builders import NOW, TODAY, a_tax, staff
from tests.races.racing import PATIENCE, in_a_thread, race, slow, uncommitted, until_somebody_waits, winners

pytestmark = pytest.mark.django_db(transaction=True)
PLANNED = dt.datetime(2026, 12, 2, 15, tzinfo=dt.UTC)


def test_eight_sweeps_start_a_scheduled_run_once(centre, by):
    confirmed_for(a_draft(centre, by, payers(centre, 2)), by, NEXT_WEEK)
    assert sorted(race(lambda: scheduling.start_due(now=NEXT_WEEK))) == [0] * 7 + [1]
    assert (Payment.objects.count(), Attempt.objects.count()) == (2, 2)


def test_control_a_start_that_only_looks_takes_the_money_of_others_too(centre, by, monkeypatch):
    """Without the conditional move every sweep writes its payments; only a unique line holds the last seven back."""
    confirmed_for(a_draft(centre, by, payers(centre, 2)), by, NEXT_WEEK)
    look = slow(lambda run: MassRun.objects.select_related("organization").get(pk=run.pk))

    def looks_first(*, run: MassRun, now: dt.datetime) -> bool:
        found = look(run)
        if found.state != "scheduled":
            return False
        with transaction.atomic():
            MassRun.objects.filter(pk=run.pk).update(state="running")
            charge_runs.begin(found, now)
        return True

    monkeypatch.setattr(starting, "start", looks_first)
    started = race(lambda: scheduling.start_due(now=NEXT_WEEK))
    assert sum(1 for one in started if one == 1) > 1
    assert Payment.objects.count() > 2


def outcome(run: MassRun, second, by) -> tuple[list[str], str, int]:
    """Four approve, four call off: who got it, where the run stands, how many payments there are."""
    turns = iter([True, False] * 4)

    def act() -> str:
        if next(turns):
            approving.approve(run=run, seen=run.fingerprint, by=second, now=NOW)
            return "approved"
        scheduling.call_off(run=run, by=by, now=NOW)
        return "called off"

    got = race(act)
    assert all(isinstance(one, NotADraft) for one in got if isinstance(one, Exception))
    return winners(got), MassRun.objects.get(pk=run.pk).state, Payment.objects.count()


@pytest.mark.parametrize("_time", range(3))
def test_approved_and_called_off_at_once_one_of_them_holds(centre, by, _time):
    centre.approve_above = 0
    centre.save()
    run = confirmed_for(a_draft(centre, by, payers(centre, 2)), by)
    found = outcome(run, staff("owner", centre), by)
    assert found in ((["approved"], "running", 2), (["called off"], "cancelled", 0))


def test_control_a_call_off_that_only_looked_says_so_of_a_charge_that_runs(centre, by):
    centre.approve_above = 0
    centre.save()
    run, second = confirmed_for(a_draft(centre, by, payers(centre, 2)), by), staff("owner", centre)
    looked_at = MassRun.objects.get(pk=run.pk)
    approving.approve(run=run, seen=run.fingerprint, by=second, now=NOW)
    if looked_at.state == "waiting":
        MassRun.objects.filter(pk=run.pk).update(state="cancelled", ended_at=NOW)
    assert (MassRun.objects.get().state, Payment.objects.count()) == ("cancelled", 2)


def test_eight_approvals_start_a_run_once(centre, by):
    centre.approve_above = 0
    centre.save()
    run = confirmed_for(a_draft(centre, by, payers(centre, 2)), by)
    second = staff("owner", centre)
    got = race(lambda: approving.approve(run=run, seen=run.fingerprint, by=second, now=NOW))
    assert (len(winners(got)), Payment.objects.count()) == (1, 2)


def test_moved_while_the_sweep_looks_it_does_not_start(centre, by, monkeypatch):
    run = confirmed_for(a_draft(centre, by, payers(centre, 2)), by, NEXT_WEEK)
    look = scheduling._for_a_person

    def moved_meanwhile(mine: MassRun, now: dt.datetime) -> str:
        found = look(mine, now)
        scheduling.move(run=run, starts_at=NEXT_WEEK + dt.timedelta(days=1), by=by, now=now)
        return found

    monkeypatch.setattr(scheduling, "_for_a_person", moved_meanwhile)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    assert (MassRun.objects.get().state, Payment.objects.count()) == ("scheduled", 0)


def test_eight_sweeps_plan_one_run_for_a_month(centre, by):
    payers(centre, 1)
    repetition = a_monthly_charge(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)
    assert sorted(race(lambda: monthly.plan_due(now=PLANNED))) == [0] * 7 + [1]
    assert repetition.runs.count() == 2


def test_control_without_its_lock_a_month_is_planned_by_all_and_only_the_database_keeps_one(centre, by, monkeypatch):
    payers(centre, 1)
    repetition = a_monthly_charge(centre, by)
    a_payer(centre, "Nouvelle Roy", cents=500)

    def unlocked(pk: int):
        related = ("organization", "selection", "created_by")
        return type(repetition).objects.select_related(*related).get(pk=pk)

    monkeypatch.setattr(monthly, "_locked", slow(unlocked))
    got = race(lambda: monthly.plan_next(pk=repetition.pk, now=PLANNED))
    refused = [one for one in got if isinstance(one, IntegrityError)]
    assert (winners(got), len(refused), repetition.runs.count()) == ([True], 7, 2)


def test_a_month_that_two_sweeps_cannot_make_is_left_out_once(centre, by, monkeypatch):
    """Guard: the month in `_give_up`. Without it the second sweep leaves out the month after as well."""
    payers(centre, 1)
    repetition = a_monthly_charge(centre, by)

    def broken(**_facts):
        raise ValueError("its filter is gone")

    def broken_for_both(**facts):
        monkeypatch.setattr(monthly, "plan_next", broken)
        assert monthly.plan_due(now=PLANNED) == 0
        return broken(**facts)

    monkeypatch.setattr(monthly, "plan_next", broken_for_both)
    assert monthly.plan_due(now=PLANNED) == 0
    repetition.refresh_from_db()
    assert repetition.starts_on == dt.date(2027, 1, 5)


def test_what_another_sweep_has_held_back_meanwhile_does_not_start(centre, by, monkeypatch):
    """Guard: `held_back` in `starting.start`. Without it a run starts of which staff were told that it did not."""
    run = confirmed_for(a_draft(centre, by, payers(centre, 1)), by, NEXT_WEEK)
    look = scheduling._for_a_person

    def held_back_meanwhile(mine: MassRun, now: dt.datetime) -> str:
        found = look(mine, now)
        scheduling.hold_back(run=run, why="error", now=now)
        return found

    monkeypatch.setattr(scheduling, "_for_a_person", held_back_meanwhile)
    assert scheduling.start_due(now=NEXT_WEEK) == 0
    assert (MassRun.objects.get().state, Payment.objects.count()) == ("scheduled", 0)


def test_called_off_right_after_its_approval_a_run_goes_on_every_month(centre, by):
    """Guard: the run is held in `call_off`. Who only looks takes it for one that nobody has agreed to."""
    centre.approve_above = 0
    centre.save()
    payers(centre, 1)
    run = confirmed_for(a_filtered_draft(centre, by), by, NEXT_WEEK, monthly=Monthly(day=28))
    second = staff("owner", centre)
    with ThreadPoolExecutor(1) as somebody:
        with uncommitted(lambda: approving.approve(run=run, seen=run.fingerprint, by=second, now=NOW)):
            work = somebody.submit(in_a_thread, lambda: scheduling.call_off(run=run, by=by, now=NOW))
            until_somebody_waits()
        work.result(PATIENCE)
    assert (MassRun.objects.get().state, Repetition.objects.get().ended_at) == ("cancelled", None)


def test_taxes_that_change_while_it_is_confirmed_start_nothing(centre, by, monkeypatch):
    """Guard: `_begin` compares. Without it the invoices come to more than was shown."""
    tax = a_tax(centre)
    ids = [payer.account.owner_id for payer in payers(centre, 1)]
    about = {"noun": "people", "ids": ids, "options": invoice_options(centre)}
    run = invoice_runs.draft(organization=centre, by=by, now=NOW, **about)
    reprice = invoice_runs.reprice

    def changed_right_after(*, run: MassRun) -> bool:
        changed = reprice(run=run)
        taxing.add_rate(tax=tax, rate=60_000, starts_on=TODAY, by=by, now=NOW)
        return changed

    monkeypatch.setattr(invoice_runs, "reprice", changed_right_after)
    with pytest.raises(ShownDiffers):
        confirmed_for(run, by)
    assert MassRun.objects.get().state == "draft"
