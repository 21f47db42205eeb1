"""A worker that lost its lease says nothing about its attempt any more, unless it knows that money moved."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from billing.models import Attempt
from billing.services import leaving, sending, unanswered
from billing.services.settling import settle
from tests.billing.scripted import SILENCE, TAKEN, Scripted
from tests.billing.views.ways import a_running_charge, payers
from tests.builders import an_organization, staff
from tests.races.racing import race, slow
from wallet.processor import Outcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)
TOO_FAST = Outcome(verdict=Verdict.NOT_SENT, code="rate_limit", retry=True, limited=True)
REFUSED = Outcome(verdict=Verdict.NOT_SENT, code="resource_missing")


@pytest.fixture
def frozen():
    """A worker that has marked its only attempt and stands still, until its lease has long run out."""
    centre = an_organization()
    a_running_charge(centre, staff("finance", centre), payers(centre, 1))
    lease, attempts = sending.claim(limit=1, now=timezone.now())
    assert leaving.mark_sent(attempts, lease, timezone.now())
    return lease, attempts[0]


def much_later() -> dt.datetime:
    return timezone.now() + sending.LEASE * 2


def the_janitor_asks(answer: Outcome = SILENCE) -> Scripted:
    processor = Scripted(lambda _: answer)
    unanswered.resolve(processor=processor, clock=much_later)
    return processor


@pytest.mark.parametrize("said", [TOO_FAST, REFUSED], ids=["too fast", "refused"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_nothing_happened_is_heard_only_from_who_holds_the_lease(frozen, said, guarded):
    """Guard: the lease in `settle`. Without it the attempt is free again while the janitor's request is on its way."""
    lease, attempt = frozen
    the_janitor_asks()
    settle({attempt.pk: said}, now=much_later(), lease=lease if guarded else None)
    attempt.refresh_from_db()
    assert (attempt.state == "sent") is guarded


def test_money_that_moved_is_heard_from_anybody(frozen):
    lease, attempt = frozen
    the_janitor_asks()
    assert settle({attempt.pk: TAKEN}, now=much_later(), lease=lease) == {attempt.pk}


def test_two_janitors_ask_once(frozen):
    """Guard: taking an attempt over is one conditional update of its lease."""
    asked = race(lambda: len(the_janitor_asks().confirmed), contenders=2)
    assert sorted(asked) == [0, 1]


def test_what_another_janitor_took_over_before_it_was_loaded_is_left_to_them(frozen, monkeypatch):
    """Guard: `due.filter` in `resolve`. Without it whoever loads after the other's update takes that for its own."""
    others = []

    def after_the_other(ids):
        monkeypatch.undo()
        others.append(len(the_janitor_asks().confirmed))
        return sending.loaded(ids)

    monkeypatch.setattr(unanswered, "loaded", after_the_other)
    assert len(the_janitor_asks().confirmed) == 0
    assert others == [1]


def test_control_two_janitors_that_only_look_both_ask(frozen, monkeypatch):
    class Everybody(type(Attempt.objects.all())):
        def update(self, **values):
            super().update(**values)
            return 1

    monkeypatch.setattr(unanswered, "loaded", slow(unanswered.loaded, contenders=2))
    monkeypatch.setattr(Attempt.objects, "_queryset_class", Everybody)
    asked = race(lambda: len(the_janitor_asks().confirmed), contenders=2)
    assert asked == [1, 1]


def test_what_was_prepared_and_kept_by_another_meanwhile_is_what_is_confirmed():
    """Guard: `KEEP_IDS` answers which is kept. A forgotten key makes a second payment at the processor; confirmed, it
    would be one that our books do not know."""
    centre = an_organization()
    a_running_charge(centre, staff("finance", centre), payers(centre, 1))
    lease, [attempt] = sending.claim(limit=1, now=timezone.now())

    class Forgetful(Scripted):
        def create_payment(self, intent):
            type(attempt.payment).objects.filter(pk=attempt.payment_id).update(processor_payment="pi_of_another")
            return super().create_payment(intent)

    processor = Forgetful(lambda _: TAKEN)
    with ThreadPoolExecutor(1) as pool:
        sending.send([attempt], lease=lease, processor=processor, pool=pool, clock=timezone.now)
    assert [charge.payment for charge in processor.confirmed] == ["pi_of_another"]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_payment_that_is_not_the_one_kept_is_not_marked(monkeypatch, guarded):
    """Guard: `p.processor_payment` in `MARK_SENT`."""
    if not guarded:
        blind = leaving.MARK_SENT.replace("p.processor_payment = ANY(%(pis)s)", "TRUE")
        assert blind != leaving.MARK_SENT
        monkeypatch.setattr(leaving, "MARK_SENT", blind)
    centre = an_organization()
    a_running_charge(centre, staff("finance", centre), payers(centre, 1))
    lease, [attempt] = sending.claim(limit=1, now=timezone.now())
    attempt.payment.processor_payment = "pi_never_kept"
    assert bool(leaving.mark_sent([attempt], lease, timezone.now())) is not guarded
