"""One real charge at a time, over HTTP, with everything that may go wrong on the way."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Attempt, Entry, Invoice, MassRun, Payment
from billing.services import leaving, runs, sending, unanswered
from billing.services.settling import ASK_AGAIN_AFTER, settle
from messaging.models import Message
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import an_organization, staff
from wallet.models import Authorization
from wallet.processor import Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_confirmed_charge(centre, *tokens: str) -> MassRun:
    payers = [a_real_payer(centre, token, f"Payeur N{n}") for n, token in enumerate(tokens)]
    by = staff("finance", centre)
    return confirmed(a_charge_draft(centre, [payer.account.owner for payer in payers], by), by)


def ask_again(*, after: dt.timedelta = ASK_AGAIN_AFTER) -> int:
    """The janitor's round, once enough time has passed."""
    later = timezone.now() + after + dt.timedelta(seconds=1)
    return unanswered.resolve(processor=get_processor(), clock=lambda: later)


def states() -> list[str]:
    return list(Attempt.objects.order_by("pk").values_list("state", flat=True))


def test_mc_p7_a_card_that_works_pays_the_invoice_and_the_client_is_told(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    charge_everything()
    assert states() == ["succeeded"]
    assert Invoice.objects.get().status(dt.date(2026, 11, 21)) == "paid"
    assert Payment.objects.get().client.balance == 0
    assert list(successes(sandbox).values()) == [1]
    assert Message.objects.get().kind == "receipt"


def test_mc_4_s35_left_unreconciled_the_receipt_pays_no_invoice(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by, reconcile=False), by)
    charge_everything()
    payer.refresh_from_db()
    assert (Payment.objects.get().allocated, Invoice.objects.get().allocated, payer.balance) == (0, 0, 0)


def test_a_decline_takes_nothing_and_says_why(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_chargeDeclinedInsufficientFunds")
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason) == ("declined", "insufficient_funds")
    assert (Invoice.objects.get().allocated, successes(sandbox)) == (0, {})
    assert not Entry.objects.filter(kind="payment").exists()
    assert Message.objects.get().kind == "payment_failed"


def test_mc_6_s36_an_e_check_is_processing_until_the_bank_answers(centre, sandbox):
    a_confirmed_charge(centre, "pm_acssDebit_success")
    charge_everything()
    assert (states(), Invoice.objects.get().allocated) == (["pending"], 0)


@pytest.mark.parametrize(
    "kind", ["reset_before", "reset_after", "error_before", "error_after", "html_after", "conflict"]
)
def test_w1_mc_p6_a_lost_answer_is_asked_again_and_charges_once(centre, sandbox, kind):
    a_confirmed_charge(centre, "pm_card_visa")
    sandbox.fault(kind, path="/confirm", count=1)
    charge_everything()
    assert states() == ["sent"]
    ask_again()
    ask_again(after=unanswered.RESEND_WITHIN * 2)
    assert list(successes(sandbox).values()) in ([1], [])
    assert states() == (["succeeded"] if successes(sandbox) else ["not_sent"])


def test_a_payment_unanswered_for_a_day_is_read_never_sent_again(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    sandbox.fault("reset_before", path="/confirm", count=1)
    charge_everything()
    sandbox.advance(25 * 3600)
    ask_again(after=dt.timedelta(hours=25))
    assert (states(), successes(sandbox)) == (["not_sent"], {})


def test_too_many_requests_go_back_to_the_queue(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    sandbox.fault("rate_limit", path="/confirm", count=1)
    charge_everything()
    assert states() == ["created"]
    charge_everything(now=timezone.now() + dt.timedelta(seconds=3))
    assert (states(), list(successes(sandbox).values())) == (["succeeded"], [1])


def test_a_request_the_processor_calls_wrong_pauses_the_run(centre, sandbox):
    run = a_confirmed_charge(centre, "pm_card_visa")
    sandbox.fault("unauthorized", path="/confirm", count=1)
    charge_everything()
    run.refresh_from_db()
    assert (run.state, states(), successes(sandbox)) == ("paused", ["not_sent"], {})


def test_mc_p3_an_authorization_withdrawn_after_confirming_excludes_the_line(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    Authorization.objects.move("revoked", revoked_at=timezone.now())
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "authorization_withdrawn", {})


def test_mc_p3_a_debt_paid_some_other_way_meanwhile_is_not_charged(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    Invoice.objects.update(state="void", voided_at=timezone.now())
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "already_paid", {})
    Invoice.objects.update(state="issued", voided_at=None)


def test_a_paused_run_sends_nothing(centre, sandbox):
    run = a_confirmed_charge(centre, "pm_card_visa")
    lease, attempts = sending.claim(limit=8, now=timezone.now())
    runs.pause(run=run, by=run.created_by, now=timezone.now())
    sent = leaving.mark_sent(attempts, lease, timezone.now())
    assert (sent, states()) == (set(), ["created"])


def test_mc_p8_what_comes_back_unsent_after_the_stop_ends_and_leaves_its_debt_free(centre, sandbox):
    run = a_confirmed_charge(centre, "pm_card_visa")
    Attempt.objects.move("sent", sent_at=timezone.now())
    runs.stop(run=run, by=run.created_by, now=timezone.now())
    [attempt] = Attempt.objects.all()
    settle({attempt.pk: Outcome(verdict=Verdict.NOT_SENT, code="rate_limit", retry=True)}, now=timezone.now())
    assert states() == ["created"]
    runs.finish_charges(now=timezone.now())
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("cancelled", "stopped", {})
    charge_everything(now=timezone.now() + dt.timedelta(hours=1))
    assert successes(sandbox) == {}


def test_a_finished_run_ends_by_itself(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa", "pm_card_chargeDeclined")
    charge_everything()
    [run] = runs.finish_charges(now=timezone.now())
    assert MassRun.objects.get(pk=run.pk).state == "finished"


def test_the_same_claim_is_given_once(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa", "pm_card_visa")
    _, first = sending.claim(limit=1, now=timezone.now())
    _, second = sending.claim(limit=8, now=timezone.now())
    _, third = sending.claim(limit=8, now=timezone.now())
    assert (len(first), len(second), third) == (1, 1, [])
    _, expired = sending.claim(limit=8, now=timezone.now() + sending.LEASE * 2)
    assert len(expired) == 2


def test_a_second_invoice_of_the_same_client_is_untouched(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    later = an_invoice(payer, 500, person=payer.account.owner)
    charge_everything()
    later.refresh_from_db()
    assert (later.allocated, run.payments.get().allocated) == (0, 2_000)


def test_a_refused_preparation_ends_the_line_and_is_not_tried_for_ever(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    Authorization.objects.update(processor_customer="cus_nobody")
    charge_everything()
    assert (states(), successes(sandbox)) == (["not_sent"], {})


def test_a_request_never_carried_out_is_left_to_a_person_after_ten_claims(centre, sandbox):
    a_confirmed_charge(centre, "pm_card_visa")
    sandbox.fault("rate_limit", path="/confirm", count=100)
    now = timezone.now()
    for _ in range(sending.MOST_CLAIMS):
        charge_everything(now=now)
        now += dt.timedelta(hours=1)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.claims, successes(sandbox)) == ("not_sent", sending.MOST_CLAIMS, {})


def test_whoever_started_the_run_is_told_once_how_it_ended(centre, sandbox):
    run = a_confirmed_charge(centre, "pm_card_visa", "pm_card_chargeDeclined", "pm_acssDebit_success")
    charge_everything()
    runs.finish_charges(now=timezone.now())
    runs.finish_charges(now=timezone.now())
    letter = Message.objects.get(kind="run_finished")
    told = {name: letter.facts[name] for name in ("accepted", "processing", "failed", "not_taken", "accepted_amount")}
    assert told == {"accepted": 2, "processing": 1, "failed": 1, "not_taken": 0, "accepted_amount": 4_000}
    assert letter.to == run.confirmed_by.email


def test_an_e_check_refused_before_we_asked_again_does_not_stay_processing(centre, sandbox):
    a_confirmed_charge(centre, "pm_acssDebit_success")
    sandbox.fault("reset_after", path="/confirm")
    charge_everything()
    payment = Payment.objects.get()
    assert states() == ["sent"]
    sandbox.fail(payment.processor_payment)
    ask_again()
    assert states() == ["declined"]
