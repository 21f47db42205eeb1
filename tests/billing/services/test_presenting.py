"""F19: a bank debit that came back is presented again by the rule of its rail, never by the rules of cards."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Trail
from billing import words
from billing.models import Attempt, DebitNotice, Payment
from billing.services.retrying import CannotRetry, retry, retry_many
from billing.services.settling import settle
from messaging.models import Message
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import a_saved_method, an_authorization, an_organization
from wallet.models import Authorization
from wallet.processor import Outcome, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def payment(centre, by) -> Payment:
    payer = a_real_payer(centre, "pm_acssDebit_success")
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Payment.objects.select_related("client__account", "organization").get()


def came_back(payment: Payment, code: str = "insufficient_funds") -> None:
    """The bank's answer to the debit that is on its way."""
    attempt = payment.attempts.latest("number")
    settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code=code)}, now=timezone.now())


def again(payment: Payment, by, *, days: int = 0, **more) -> Attempt:
    return retry(payment=payment, by=by, now=timezone.now() + dt.timedelta(days=days), **more)


def test_a_debit_that_met_no_funds_is_presented_once_more_and_the_trail_names_the_rule(payment, by):
    came_back(payment)
    again(payment, by)
    charge_everything()
    assert list(payment.attempts.order_by("number").values_list("state", flat=True)) == ["declined", "pending"]
    assert Trail.objects.get(verb="payment_retried").facts["rule"] == "pad-represent-2023"


def test_f19_a_bank_debit_is_never_presented_a_third_time_guard_bank_rule_in_retrying(payment, by):
    """A card with the same answer may be tried again: the rail decides, counted over every click."""
    for _turn in range(2):
        came_back(payment)
        if payment.attempts.count() < 2:
            again(payment, by)
            charge_everything()
    with pytest.raises(CannotRetry, match="presented_too_often"):
        again(payment, by)
    started, refused = retry_many(
        organization=payment.organization, payment_ids=[payment.pk], by=by, now=timezone.now()
    )
    assert (started, [one.reason for one in refused]) == ([], ["presented_too_often"])
    assert payment.attempts.count() == 2


def test_f19_a_card_in_between_does_not_start_the_count_anew(payment, by):
    bank = payment.attempts.get().authorization
    came_back(payment)
    again(payment, by)
    charge_everything()
    came_back(payment)
    card = an_authorization(payment.organization, method=a_saved_method(payment.client.account), processor_account="")
    again(payment, by, authorization=card)
    Attempt.objects.filter(number=3).update(state="declined", sent_at=timezone.now(), settled_at=timezone.now())
    with pytest.raises(CannotRetry, match="presented_too_often"):
        again(payment, by, authorization=bank)


def test_f19_a_debit_is_not_presented_again_after_thirty_days(payment, by):
    came_back(payment)
    with pytest.raises(CannotRetry, match="presented_too_long_ago"):
        again(payment, by, days=31)
    assert payment.attempts.count() == 1


@pytest.mark.parametrize("code", ["account_closed", "debit_not_authorized", "processing_error", "try_again_later"])
def test_f19_only_missing_funds_allow_it_whatever_cards_may_do(payment, by, code):
    came_back(payment, code)
    with pytest.raises(CannotRetry, match="bank_refused"):
        again(payment, by)
    assert payment.attempts.count() == 1


@pytest.mark.parametrize("reason", ["bank_refused", "presented_too_often", "presented_too_long_ago", "asks_each_time"])
def test_staff_read_why_it_was_not_started(reason):
    assert words.refusal(reason) != words.REFUSED


def test_what_was_never_presented_does_not_count(payment, by):
    Attempt.objects.update(state="not_sent", reason="processor_error", settled_at=timezone.now())
    assert again(payment, by).number == 2


def test_an_account_that_asks_each_time_is_not_retried_by_staff(payment, by):
    came_back(payment)
    Authorization.objects.update(debit_schedule="sporadic", notice_days=10)
    with pytest.raises(CannotRetry, match="asks_each_time"):
        again(payment, by)


def test_turning_to_an_account_with_notice_announces_the_debit_first(payment, by):
    came_back(payment)
    method = a_saved_method(payment.client.account, "bank")
    other = an_authorization(payment.organization, method=method, processor_account="", notice_days=10)
    attempt = again(payment, by, authorization=other)
    attempt.refresh_from_db()
    assert DebitNotice.objects.get().amount == payment.amount
    assert (attempt.not_before - timezone.now()).days >= 8
    assert Message.objects.get(kind="debit_notice").facts["method"].endswith("6789")
