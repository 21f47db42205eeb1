"""What became of a payment the processor failed over in the middle: read, and closed before its line ends."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from billing.models import Attempt, Payment
from billing.services import leaving, runs, sending, unanswered
from billing.services.retrying import CannotRetry, retry
from billing.services.settling import ASK_AGAIN_AFTER
from tests.billing.credits import a_memo, balance
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from wallet.processor import Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db
SOON, LATER = ASK_AGAIN_AFTER, unanswered.CARRIED_OUT_WITHIN + ASK_AGAIN_AFTER


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def charged(centre, sandbox):
    """A charge whose confirmation meets that trouble; the answer is its only attempt."""

    def charge(kind: str, token: str = "pm_card_visa", count: int = 1) -> Attempt:
        by = staff("finance", centre)
        confirmed(a_charge_draft(centre, [a_real_payer(centre, token).account.owner], by), by)
        sandbox.fault(kind, path="/confirm", count=count)
        charge_everything()
        attempt = Attempt.objects.get()
        assert attempt.state == "sent"
        return attempt

    return charge


def ask(attempt: Attempt, *, after: dt.timedelta) -> str:
    """What the janitor makes of it so long afterwards."""
    later = timezone.now() + after + dt.timedelta(seconds=1)
    unanswered.resolve(processor=get_processor(), clock=lambda: later)
    attempt.refresh_from_db()
    return attempt.state


def carry_out_late(attempt: Attempt) -> Outcome:
    """What the processor says it may do after a failure: the same request once more, on its own account."""
    attempt = sending.loaded([attempt.pk])[0]
    return get_processor().confirm_payment(replace(sending.charge_of(attempt), key="rolled-forward"))


def test_money_that_moved_before_the_failure_is_booked_at_the_first_question(charged, sandbox):
    attempt = charged("error_after")
    assert ask(attempt, after=SOON) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_a_refusal_behind_the_failure_ends_the_line_at_the_first_question(charged, sandbox):
    attempt = charged("error_after", "pm_card_chargeDeclinedInsufficientFunds")
    assert ask(attempt, after=SOON) == "declined"
    assert attempt.reason == "insufficient_funds"


def test_what_was_not_taken_is_asked_about_for_a_while_and_then_closed(charged, sandbox):
    attempt = charged("error_before")
    assert ask(attempt, after=SOON) == "sent"
    assert ask(attempt, after=LATER) == "not_sent"
    assert attempt.reason == "cancelled"
    assert carry_out_late(attempt).verdict is Verdict.NOT_SENT
    assert successes(sandbox) == {}
    with pytest.raises(CannotRetry, match="cancelled"):
        retry(payment=Payment.objects.get(), by=staff("finance", attempt.organization), now=timezone.now())


def test_control_read_alone_the_line_ends_and_its_payment_may_still_take_money(charged, sandbox, monkeypatch):
    """Without closing it, a line that was told *not charged* is charged after all."""
    monkeypatch.setattr(unanswered, "_close", lambda attempt, _: Outcome(verdict=Verdict.NOT_SENT, code="not_sent"))
    attempt = charged("error_before")
    assert ask(attempt, after=LATER) == "not_sent"
    assert carry_out_late(attempt).verdict is Verdict.SUCCEEDED
    assert list(successes(sandbox).values()) == [1]


def test_carried_out_late_but_before_it_was_closed_it_is_booked(charged, sandbox):
    attempt = charged("error_before")
    assert carry_out_late(attempt).verdict is Verdict.SUCCEEDED
    assert ask(attempt, after=LATER) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_the_refusal_of_an_earlier_try_is_not_taken_for_the_answer(charged, sandbox):
    first = charged("error_after", "pm_card_chargeDeclinedInsufficientFunds")
    ask(first, after=SOON)
    again = retry(payment=Payment.objects.get(), by=staff("finance", first.organization), now=timezone.now())
    sandbox.fault("error_before", path="/confirm")
    charge_everything()
    assert ask(again, after=SOON) == "sent"
    assert ask(again, after=LATER) == "not_sent"
    assert (again.reason, successes(sandbox)) == ("cancelled", {})


@pytest.mark.parametrize(("stopped", "taken"), [(True, []), (False, [1])], ids=["stopped", "control"])
def test_mc_p8_what_never_arrived_is_not_sent_once_its_run_is_stopped(charged, sandbox, stopped, taken):
    attempt = charged("reset_before")
    if stopped:
        run = attempt.payment.run
        assert runs.stop(run=run, by=run.created_by, now=timezone.now())
    assert ask(attempt, after=SOON) == ("sent" if stopped else "succeeded")
    assert ask(attempt, after=LATER) == ("not_sent" if stopped else "succeeded")
    assert list(successes(sandbox).values()) == taken


def test_mc_p8_what_never_arrived_waits_while_its_run_is_paused_and_leaves_once_it_goes_on(charged, sandbox):
    attempt = charged("reset_before")
    run = attempt.payment.run
    assert runs.pause(run=run, by=run.created_by, now=timezone.now())
    assert (ask(attempt, after=SOON), successes(sandbox)) == ("sent", {})
    assert runs.resume(run=run, by=run.created_by, now=timezone.now())
    assert ask(attempt, after=LATER) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_what_arrived_before_the_pause_is_booked(charged, sandbox):
    attempt = charged("reset_after")
    run = attempt.payment.run
    assert runs.pause(run=run, by=run.created_by, now=timezone.now())
    assert ask(attempt, after=SOON) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_mc_p8_what_arrived_before_the_stop_is_booked(charged, sandbox):
    attempt = charged("reset_after")
    runs.stop(run=attempt.payment.run, by=attempt.created_by, now=timezone.now())
    assert ask(attempt, after=SOON) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_a_failure_that_is_not_repeated_says_nothing_about_the_first_request(charged, sandbox):
    """Two gateways that were down: nothing was kept under the key, so the third request is carried out, once."""
    attempt = charged("unavailable", count=2)
    assert ask(attempt, after=SOON) == "sent"
    assert ask(attempt, after=SOON * 3) == "succeeded"
    assert list(successes(sandbox).values()) == [1]


@pytest.mark.parametrize("taken", [False, True], ids=["never arrived", "arrived"])
def test_w1_what_was_credited_meanwhile_is_only_read_and_then_closed(charged, sandbox, taken):
    """Guard: `leaving.still_owed` in `_ask`: the same request would take money that is not owed any more."""
    attempt = charged("reset_after" if taken else "reset_before")
    a_memo(attempt.payment.client, 2_000, by=attempt.created_by)
    states = [ask(attempt, after=SOON), ask(attempt, after=LATER)]
    assert states == (["succeeded"] * 2 if taken else ["sent", "not_sent"])
    assert (sum(successes(sandbox).values()), attempt.reason) == (taken, "" if taken else "already_paid")


def test_w1_control_asked_for_again_it_takes_what_was_credited(charged, sandbox, monkeypatch):
    monkeypatch.setattr(leaving, "still_owed", lambda attempts: {attempt.pk for attempt in attempts})
    attempt = charged("reset_before")
    a_memo(attempt.payment.client, 2_000, by=attempt.created_by)
    assert ask(attempt, after=SOON) == "succeeded"
    assert balance(attempt.payment.client) == -2_000
