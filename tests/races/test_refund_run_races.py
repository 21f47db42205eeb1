"""Mass refunds confirmed, written and sent by many hands at once: each payment goes back once, by the processor's log.

Beside each guard its control: without it somebody else has to hold them back, and does.
"""

import datetime as dt
from collections import Counter

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Organization
from billing.models import Attempt, MassRun, Payment, Refund
from billing.services import giving_back, refund_lines, refund_runs, starting
from billing.services.starting import SameRun
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.undone import a_charged_run, a_refund_draft, a_refund_run, agreed, carried_out, send_all, written
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import a_person, an_organization, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox) -> Organization:
    return an_organization(processor_account="")


def gave_back(sandbox) -> Counter:
    """How much of each payment went back, by the sandbox's own log."""
    found: Counter = Counter()
    for movement in sandbox.movements():
        if movement["kind"] == "refund":
            found[movement["payment_intent"]] -= movement["amount"]
    return found


def each_once(source: MassRun) -> dict[str, int]:
    taken = Payment.objects.filter(run=source, attempts__state="succeeded")
    return dict(taken.values_list("processor_payment", "amount"))


def test_mc_p11_two_refunds_of_the_same_payments_written_at_once(centre, sandbox):
    source = a_charged_run(centre)
    both = two_runs(source)
    race(lambda: written(both.pop()), contenders=2)
    race(send_all)
    assert gave_back(sandbox) == each_once(source)


def two_runs(source: MassRun) -> list[MassRun]:
    """One of every payment, one of the first two: neither is the other."""
    first_two = list(Payment.objects.filter(run=source).order_by("number")[:2])
    every, some = a_refund_draft(source), a_refund_draft(source, first_two)
    return [agreed(every), agreed(some)]


def test_mc_p11_control_without_the_payments_locks_the_database_holds_the_second_back(centre, monkeypatch):
    both = two_runs(a_charged_run(centre))
    monkeypatch.setattr(refund_runs.locking, "hold", lambda **wanted: None)
    monkeypatch.setattr(refund_lines, "leave_out", slow(refund_lines.leave_out, contenders=2))
    results = race(lambda: refund_runs.write_next(run=both.pop(), now=timezone.now()), contenders=2)
    assert sorted(isinstance(result, IntegrityError) for result in results) == [False, True]


def test_mc_p11_eight_workers_write_one_run_once(centre, sandbox):
    source = a_charged_run(centre)
    run = a_refund_run(source)
    race(lambda: refund_runs.write_next(run=run, now=timezone.now()))
    assert Refund.objects.count() == 3
    race(send_all)
    assert gave_back(sandbox) == each_once(source)


def test_mc_p11_control_two_hands_on_one_run_are_held_back_by_the_database(centre, monkeypatch):
    run = a_refund_run(a_charged_run(centre))
    related = MassRun.objects.select_related("organization", "confirmed_by")
    monkeypatch.setattr(refund_runs, "_held", lambda run: related.get(pk=run.pk))
    monkeypatch.setattr(refund_runs.locking, "hold", lambda **wanted: None)
    monkeypatch.setattr(refund_lines, "leave_out", slow(refund_lines.leave_out))
    results = race(lambda: refund_runs.write_next(run=run, now=timezone.now()))
    # Whoever comes when the first has committed finds nothing left to write; the others are refused.
    assert all(result == 3 or isinstance(result, IntegrityError) for result in results)
    assert Refund.objects.count() == 3


def test_mc_p11_the_same_refund_confirmed_eight_times_at_once_starts_once(centre):
    source = a_charged_run(centre)
    drafts = [a_refund_draft(source) for _ in range(8)]
    waiting = list(drafts)
    results = race(lambda: agreed(waiting.pop()))
    assert len(winners(results)) == 1
    assert all(isinstance(result, SameRun | IntegrityError) for result in results if isinstance(result, Exception))


def test_mc_p11_control_without_the_look_back_only_the_constraint_refuses(centre, monkeypatch):
    source = a_charged_run(centre)
    waiting = [a_refund_draft(source) for _ in range(8)]
    monkeypatch.setattr(starting, "started_before", lambda *about: MassRun.objects.none())
    results = race(lambda: agreed(waiting.pop()))
    assert (len(winners(results)), MassRun.objects.filter(kind="refund", state="running").count()) == (1, 1)


def test_mc_p11_a_worker_that_dies_while_it_writes_leaves_nothing_half_done(centre, sandbox, monkeypatch):
    source = a_charged_run(centre)
    run = a_refund_run(source)
    with monkeypatch.context() as dying:
        dying.setattr(refund_runs, "_write_down", lambda *about: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refund_runs.write_next(run=run, now=timezone.now())
    assert (Refund.objects.count(), run.lines.filter(refund=None).count()) == (0, 3)
    carried_out(run)
    assert gave_back(sandbox) == each_once(source)


def test_mc_p11_a_worker_that_dies_after_sending_is_asked_about_not_repeated(centre, sandbox, monkeypatch):
    source = a_charged_run(centre)
    run = a_refund_run(source)
    written(run)
    with monkeypatch.context() as dying:
        dying.setattr(giving_back.refunding, "settle", lambda **about: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send_all()
    carried_out(run, clock=lambda: timezone.now() + dt.timedelta(minutes=6))
    assert (gave_back(sandbox), run.state) == (each_once(source), "finished")


FAULTS = ("reset_before", "reset_after", "error_after", "html_after", "rate_limit", "unavailable", "timeout_after")


def test_mc_p11_sixty_refunds_under_fire_each_go_back_once(centre, sandbox):
    """The oracle is the processor's own log."""
    source = sixty_charged(centre)
    run = a_refund_run(source)
    written(run)
    for serial, kind in enumerate(FAULTS * 2):
        sandbox.fault(kind, path="/v1/refunds", skip=serial * 4, should_retry="false", seconds=1)
    minutes = 0
    while run.state == "running" and minutes < 600:
        clock = later(minutes)
        race(lambda clock=clock: send_all(clock=clock), contenders=4)
        carried_out(run, clock=clock)
        minutes += 6
    assert (gave_back(sandbox), run.state) == (each_once(source), "finished")
    source.refresh_from_db()
    assert (source.state, Refund.objects.filter(state="succeeded").count()) == ("reversed", 60)


def later(minutes: int):
    return lambda: timezone.now() + dt.timedelta(minutes=minutes)


def people_who_owe(centre: Organization, accounts: int, each: int) -> list:
    found = []
    for number in range(accounts):
        payer = a_real_payer(centre, name=f"Payeur N{number}")
        people = [a_person(payer.account, f"Enfant N{number}-{n}") for n in range(each - 1)]
        for person in people:
            an_invoice(payer, 2_000, person=person)
        found += [payer.account.owner, *people]
    return found


def sixty_charged(centre: Organization) -> MassRun:
    by = staff("finance", centre)
    run = confirmed(a_charge_draft(centre, people_who_owe(centre, 6, 10), by), by)
    charge_everything()
    assert Attempt.objects.filter(payment__run=run, state="succeeded").count() == 60
    MassRun.objects.filter(pk=run.pk).move("finished", ended_at=timezone.now())
    run.refresh_from_db()
    return run
