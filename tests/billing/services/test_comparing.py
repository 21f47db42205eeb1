"""Everything the processor lists, compared both ways with ours: nothing is taken without our knowing."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing import tasks
from billing.models import Attempt, Comparison, Discrepancy, Entry, Payment
from billing.services import comparing
from billing.services.settling import settle
from tests.billing.differing import believed_taken, charged, charged_there, kinds, look
from tests.billing.given_back import BANK, owed
from tests.billing.money import successes
from tests.builders import an_organization
from wallet.processor import Intent, Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db
MONEY = {"amount": 4_500, "currency": "CAD", "customer": "", "rails": ("card",), "description": "x", "metadata": {}}
INTENT = Intent(key="pi:idle", processor_account="", **MONEY)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def test_what_agrees_is_left_alone(centre, sandbox):
    charged(centre)
    charged(centre, "pm_card_chargeDeclined", "Luc Côté")
    charged(centre, BANK, "Zoé Bo")
    row = look()
    assert (row.payments, row.problem, row.ended_at is not None) == (3, "", True)
    assert kinds() == []


def test_a_charge_made_at_the_processor_itself_is_told_once(centre, sandbox):
    charge = charged_there()
    look()
    found = Discrepancy.objects.get()
    assert (found.kind, found.object_id, found.amount, found.currency) == ("unknown_charge", charge, 4_500, "CAD")
    assert (found.organization, found.payment, found.shared) == (centre, None, False)
    assert (found.theirs["state"], found.ours) == ("succeeded", {})
    look(after=dt.timedelta(days=1))
    again = Discrepancy.objects.get()
    assert again.last_seen_at > again.found_at


def test_a_card_number_written_on_a_charge_is_not_kept(centre, sandbox):
    charged_there()
    look()
    said = Discrepancy.objects.get().theirs["description"]
    assert ("4242" in said, said.startswith("Typed at the processor")) == (False, True)


def test_a_charge_refunded_there_leaves_by_itself(centre, sandbox):
    charge = charged_there()
    look()
    stripe = get_processor()
    stripe.client.v1.refunds.create(params={"payment_intent": charge})
    look()
    found = Discrepancy.objects.get()
    assert (found.how, found.resolved_by, kinds()) == ("gone", None, [])
    look()
    assert Discrepancy.objects.count() == 1


def test_of_a_charge_refunded_in_part_the_rest_is_told(centre, sandbox):
    charge = charged_there()
    get_processor().client.v1.refunds.create(params={"payment_intent": charge, "amount": 1_500})
    look()
    found = Discrepancy.objects.get()
    assert (found.amount, found.theirs["amount"], found.theirs["refunded"]) == (3_000, 4_500, 1_500)


def test_a_charge_that_took_nothing_is_nobodys_business(centre, sandbox):
    with pytest.raises(AssertionError):
        charged_there(token="pm_card_chargeDeclined")
    row = look()
    assert (row.payments, kinds()) == (1, [])


def test_where_other_software_charges_too_only_what_bears_our_marks_is_told(centre, sandbox, settings):
    settings.PROCESSOR_ACCOUNTS_USED_ELSEWHERE = [""]
    charged_there()
    marked = charged_there(key="lost", organization=str(centre.pk), payment="999999")
    assert (look().payments, kinds(object_id=marked), kinds()) == (2, ["unknown_charge"], ["unknown_charge"])


def test_f8_money_taken_under_a_number_we_never_stored_is_adopted(centre, sandbox):
    """Guard: `routing.payment_of` finds the payment by the key it was prepared with."""
    attempt = charged(centre, BANK)
    intent = attempt.payment.processor_payment
    sandbox.settle(intent)
    Payment.objects.update(processor_payment="")
    look()
    assert (Payment.objects.get().processor_payment, owed(attempt)) == (intent, (0, 2_000))
    assert (kinds(), list(successes(sandbox).values())) == ([], [1])


def test_f6_money_that_we_believed_refused_is_booked(centre, sandbox):
    """Guard: a success is believed from every state, and the one ear hears it."""
    sandbox.fault("reset_after", path="/confirm", count=1)
    attempt = charged(centre)
    settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code="processing_error")}, now=timezone.now())
    assert owed(attempt) == (2_000, 0)
    look()
    attempt.refresh_from_db()
    assert (attempt.state, owed(attempt), kinds()) == ("succeeded", (0, 2_000), [])


def test_f12_an_e_check_that_cleared_without_news_is_booked_once(centre, sandbox):
    attempt = charged(centre, BANK)
    sandbox.settle(attempt.payment.processor_payment)
    look()
    look()
    assert (owed(attempt), Entry.objects.filter(kind="payment").count()) == ((0, 2_000), 1)


def test_f16_an_e_check_that_failed_without_news_leaves_the_debt(centre, sandbox):
    attempt = charged(centre, BANK)
    sandbox.fail(attempt.payment.processor_payment, "account_closed")
    look()
    attempt.refresh_from_db()
    assert (attempt.state, owed(attempt), kinds()) == ("declined", (2_000, 0), [])


def test_a_second_charge_under_our_key_is_told_as_such(centre, sandbox):
    attempt = charged(centre)
    twice = charged_there(key=f"twin:{attempt.payment.key}", mark=str(attempt.payment.key))
    look()
    found = Discrepancy.objects.get()
    assert (found.kind, found.object_id) == ("second_charge", twice)
    assert (found.payment, found.client) == (attempt.payment, attempt.payment.client)
    assert found.ours["payment"] == attempt.payment.processor_payment


def test_money_we_hold_for_taken_and_they_never_took_is_told(centre, sandbox):
    intent = get_processor().create_payment(INTENT).payment
    payment = believed_taken(centre, intent, cents=INTENT.amount)
    look()
    found = Discrepancy.objects.get()
    assert (found.kind, found.payment) == ("other_state", payment)
    assert (found.theirs["state"], found.ours["state"]) == ("not_sent", "pending")


def test_another_amount_is_told(centre, sandbox):
    charge = charged_there()
    payment = believed_taken(centre, charge, cents=2_000)
    settle({payment.attempts.get().pk: Outcome(verdict=Verdict.SUCCEEDED)}, now=timezone.now())
    look()
    found = Discrepancy.objects.get()
    assert (found.kind, found.theirs["amount"], found.ours["amount"]) == ("other_amount", 4_500, 2_000)


def test_a_payment_they_do_not_have_is_told_and_leaves_when_it_is_ended(centre, sandbox):
    payment = believed_taken(centre, "pi_never")
    look()
    assert kinds(payment=payment) == ["missing_payment"]
    payment.attempts.all().move("cancelled", settled_at=timezone.now())
    look()
    assert (kinds(), Discrepancy.objects.get().how) == ([], "gone")


def test_a_payment_older_than_the_list_is_looked_at_by_itself(centre, sandbox):
    """Its charge was prepared long ago and tried again yesterday: not even the longest list holds it."""
    attempt = charged(centre)
    row = look(after=dt.timedelta(days=60), days=1)
    assert (row.payments, kinds()) == (0, [])
    Attempt.objects.filter(pk=attempt.pk).update(sent_at=timezone.now() + dt.timedelta(days=59, hours=12))
    Payment.objects.filter(pk=attempt.payment_id).update(processor_payment="pi_never")
    look(after=dt.timedelta(days=60), days=1)
    assert kinds() == ["missing_payment"]


def test_the_list_reaches_back_to_what_was_tried_again(centre, sandbox):
    """A charge tried again is as old as its payment: the list of a day holds it, and nothing is asked one by one."""
    attempt = charged(centre)
    Attempt.objects.filter(pk=attempt.pk).update(sent_at=timezone.now() + dt.timedelta(days=1, hours=12))
    Payment.objects.update(created_at=timezone.now() - dt.timedelta(minutes=1))
    row = look(after=dt.timedelta(days=2), days=1)
    assert (row.payments, row.began_at - row.since) == (1, dt.timedelta(days=1))


def test_a_debit_on_its_way_for_longer_than_any_bank_takes_is_asked_about(centre, sandbox):
    attempt = charged(centre, BANK)
    sandbox.settle(attempt.payment.processor_payment)
    Attempt.objects.filter(pk=attempt.pk).update(sent_at=timezone.now() - comparing.SLOW)
    look(after=dt.timedelta(days=1, minutes=10), days=1)
    assert owed(attempt) == (0, 2_000)


def test_what_disagrees_otherwise_than_before_is_told_anew(centre, sandbox):
    payment = believed_taken(centre, "pi_never")
    look()
    Payment.objects.filter(pk=payment.pk).update(processor_payment=charged_there())
    settle({payment.attempts.get().pk: Outcome(verdict=Verdict.SUCCEEDED)}, now=timezone.now())
    look()
    assert kinds() == ["other_amount"]
    assert Discrepancy.objects.get(kind="missing_payment").how == "gone"


def test_an_account_is_compared_once_a_day_and_far_back_once_a_week(centre, sandbox):
    now = timezone.now()
    assert comparing.due(now=now) == [("", comparing.WIDELY)]
    tasks.compare_with_processor()
    tasks.compare_with_processor()
    assert Comparison.objects.count() == 1
    assert comparing.due(now=now + dt.timedelta(hours=1)) == []
    assert comparing.due(now=now + dt.timedelta(days=1)) == [("", comparing.LATELY)]
    assert comparing.due(now=now + dt.timedelta(days=7)) == [("", comparing.WIDELY)]


def test_the_command_looks_as_far_back_as_it_is_told(centre, sandbox, capsys):
    charge = charged_there()
    call_command("compare_payments", "--days", "90")
    said = capsys.readouterr().out
    assert "platform: 1 payments and 0 refunds compared" in said
    assert f"unknown_charge {charge} 4500 CAD" in said
    assert Comparison.objects.get().since < timezone.now() - dt.timedelta(days=89)
