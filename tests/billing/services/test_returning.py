"""Bank debits that come back after they had succeeded: the debt is open again, once, and nobody debits on."""

import pytest
from django.utils import timezone

from billing.models import Attempt, Entry, Invoice, Refund
from billing.services import returning
from billing.services.refunding import settle as settle_refund
from billing.services.retrying import CannotRetry, retry
from billing.services.settling import settle
from messaging.models import Message
from tests.billing.given_back import (
    BANK,
    CARD,
    a_paid_invoice,
    a_refund,
    hear_everything,
    owed,
    send_refunds,
    tell,
)
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import an_organization, staff
from tests.wallet.steps import a_holder, save, the_method
from wallet.models import Authorization, PaymentMethod
from wallet.processor import Outcome, RefundOutcome, Verdict
from wallet.services import authorizing

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def came_back(attempt: Attempt, sandbox, reason: str = "insufficient_funds") -> Attempt:
    """The bank returns it, and the processor tells."""
    sandbox.return_late(attempt.payment.processor_payment, reason)
    hear_everything()
    attempt.refresh_from_db()
    return attempt


def test_f16_a_debit_returned_after_it_was_accepted_opens_the_debt_again(centre, sandbox):
    """Guard: a dispute of a bank debit is its return (`disputing._follow` → `returning.take_back`)."""
    attempt = a_paid_invoice(centre, sandbox, BANK)
    assert owed(attempt) == (0, 2_000)
    came_back(attempt, sandbox)
    assert (attempt.state, owed(attempt), Invoice.objects.get().balance) == ("returned", (2_000, 0), 2_000)
    assert [e.reference for e in Entry.objects.filter(kind="return")] == [f"attempt/{attempt.pk}/returned"]
    assert Authorization.objects.get().state == "revoked"
    assert Message.objects.filter(kind="payment_returned").count() == 1


def test_a_single_centre_debits_again_what_was_agreed_to_again(centre, sandbox):
    """The processor ends the mandate of a debit that came back: a new permission comes with a new one."""
    household, by = a_holder(centre), staff("finance", centre)
    save(household.account, "bank", organization=centre)
    an_invoice(household)

    def charged() -> Attempt:
        confirmed(a_charge_draft(centre, [household.account.owner], by), by)
        charge_everything()
        return Attempt.objects.select_related("payment", "authorization").latest("pk")

    first = charged()
    sandbox.settle(first.payment.processor_payment)
    hear_everything()
    came_back(first, sandbox)
    again = authorizing.authorize(
        method=the_method(household.account),
        organization=centre,
        channel="phone",
        by=by,
        now=timezone.now(),
        language="fr",
    )
    assert (again.state, again.processor_mandate != first.authorization.processor_mandate) == ("granted", True)
    assert charged().state == "pending"


def test_f16_a_return_told_in_every_way_is_booked_once(centre, sandbox):
    """Guard: only the caller that moves the attempt to *returned* books it."""
    attempt = came_back(a_paid_invoice(centre, sandbox, BANK), sandbox)
    hear_everything()
    tell("payment_intent.payment_failed", attempt.payment.processor_payment)
    assert returning.take_back(attempt=attempt, code="insufficient_funds", now=timezone.now()) is False
    assert (Entry.objects.filter(kind="return").count(), owed(attempt)) == (1, (2_000, 0))


def test_a_debit_that_fails_after_it_succeeded_is_returned_without_a_dispute(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    assert returning.take_back(attempt=attempt, code="account_closed", now=timezone.now()) is True
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reason, owed(attempt)) == ("returned", "account_closed", (2_000, 0))


def test_a_refund_that_fails_after_the_return_pays_no_invoice(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    refund = a_refund(attempt, 500)
    send_refunds()
    sandbox.settle_refund(Refund.objects.get().processor_refund)
    hear_everything()
    assert returning.take_back(attempt=attempt, code="account_closed", now=timezone.now()) is True
    assert owed(attempt) == (2_500, 0)
    settle_refund(refund=refund, outcome=RefundOutcome(verdict=Verdict.DECLINED), now=timezone.now())
    assert owed(attempt) == (2_000, 0)


def test_the_late_news_of_a_first_refusal_returns_no_card_payment(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, CARD)
    tell("payment_intent.payment_failed", attempt.payment.processor_payment)
    tell("charge.failed", "ch_old", payment_intent=attempt.payment.processor_payment)
    attempt.refresh_from_db()
    assert (attempt.state, owed(attempt)) == ("succeeded", (0, 2_000))


def test_a_returned_payment_is_not_retried(centre, sandbox):
    attempt = came_back(a_paid_invoice(centre, sandbox, BANK), sandbox)
    with pytest.raises(CannotRetry, match="returned"):
        retry(payment=attempt.payment, by=staff("finance", centre), now=timezone.now())
    assert attempt.payment.attempts.count() == 1


def test_the_balance_of_a_returned_payment_can_be_charged_again(centre, sandbox):
    attempt = came_back(a_paid_invoice(centre, sandbox, BANK), sandbox)
    Authorization.objects.update(state="granted", revoked_at=None, revoked_by=None)
    by = staff("finance", centre)
    again = confirmed(a_charge_draft(centre, [attempt.payment.client.account.owner], by), by)
    charge_everything()
    assert [payment.amount for payment in again.payments.all()] == [2_000]


@pytest.mark.parametrize(
    ("reason", "status"), [("insufficient_funds", "active"), ("incorrect_account_details", "invalid")]
)
def test_a_dead_account_is_taken_out_of_use_at_its_first_return(centre, sandbox, reason, status):
    came_back(a_paid_invoice(centre, sandbox, BANK), sandbox, reason)
    assert PaymentMethod.objects.get().status == status


def test_a_second_return_takes_the_account_out_of_use(centre, sandbox):
    first = came_back(a_paid_invoice(centre, sandbox, BANK), sandbox)
    second = a_paid_invoice(centre, sandbox, BANK, "Luc Côté")
    Attempt.objects.filter(pk=first.pk).update(method=second.method)
    came_back(second, sandbox)
    second.method.refresh_from_db()
    assert (second.method.status, second.method.invalid_reason) == ("invalid", "insufficient_funds")
    assert Message.objects.filter(kind="method_unusable").count() == 1


@pytest.mark.parametrize("code", ["account_closed", "no_account"])
def test_an_account_that_is_closed_is_not_debited_again(centre, sandbox, code):
    payer = a_real_payer(centre, BANK)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    attempt = Attempt.objects.get()
    sandbox.fail(attempt.payment.processor_payment, code)
    tell("payment_intent.payment_failed", attempt.payment.processor_payment)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.method.status) == ("declined", "invalid")


def test_a_forbidden_debit_ends_the_permission_and_not_the_account(centre, sandbox):
    payer = a_real_payer(centre, BANK)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    attempt = Attempt.objects.get()
    settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code="debit_not_authorized")}, now=timezone.now())
    assert (Authorization.objects.get().state, PaymentMethod.objects.get().status) == ("revoked", "active")
