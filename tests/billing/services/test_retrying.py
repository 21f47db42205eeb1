import pytest
from django.utils import timezone

from billing.models import Attempt, Invoice, Payment
from billing.services.retrying import CannotRetry, retry, retry_many
from billing.services.settling import settle
from tests.billing.money import a_real_payer, another_card, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, an_organization
from wallet.models import Authorization
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_failed_payment(centre, by, token: str = "pm_card_chargeDeclinedInsufficientFunds") -> Payment:
    payer = a_real_payer(centre, token)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Payment.objects.get(client=payer)


def test_a_retry_with_another_card_pays_the_same_payment(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    retry(payment=payment, by=by, now=timezone.now(), authorization=another_card(payment))
    charge_everything()
    assert list(payment.attempts.order_by("number").values_list("state", flat=True)) == ["declined", "succeeded"]
    assert Invoice.objects.get().balance == 0
    assert list(successes(sandbox)) == [Payment.objects.get().processor_payment]


def test_a_retry_that_fails_again_counts_a_try(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    retry(payment=payment, by=by, now=timezone.now())
    charge_everything()
    assert list(payment.attempts.values_list("state", flat=True)) == ["declined", "declined"]


def test_two_people_retrying_make_one_attempt(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    retry(payment=payment, by=by, now=timezone.now())
    with pytest.raises(CannotRetry, match="under_way"):
        retry(payment=payment, by=by, now=timezone.now())
    assert payment.attempts.count() == 2


@pytest.mark.parametrize(
    ("token", "reason"),
    [("pm_card_chargeDeclinedStolenCard", "lost_or_stolen"), ("pm_card_chargeDeclinedExpiredCard", "card_expired")],
)
def test_what_the_bank_forbids_is_not_retried_with_the_same_card(centre, by, sandbox, token, reason):
    payment = a_failed_payment(centre, by, token)
    with pytest.raises(CannotRetry, match=reason):
        retry(payment=payment, by=by, now=timezone.now())
    assert payment.attempts.count() == 1


def test_a_paid_or_voided_debt_is_not_retried(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    Invoice.objects.update(state="void", voided_at=timezone.now())
    with pytest.raises(CannotRetry, match="already_paid"):
        retry(payment=payment, by=by, now=timezone.now())
    Invoice.objects.update(state="issued", voided_at=None)


def test_without_authorization_nothing_is_retried(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    Authorization.objects.move("revoked", revoked_at=timezone.now())
    with pytest.raises(CannotRetry, match="authorization_withdrawn"):
        retry(payment=payment, by=by, now=timezone.now())


def test_many_at_once_start_what_can_be_and_say_what_cannot(centre, by, sandbox):
    good = a_failed_payment(centre, by)
    bad = a_failed_payment(centre, by, "pm_card_chargeDeclinedStolenCard")
    stranger = an_organization(processor_account="acct_other")
    started, refused = retry_many(organization=centre, payment_ids=[good.pk, bad.pk], by=by, now=timezone.now())
    assert ([a.payment_id for a in started], [r.payment.pk for r in refused]) == ([good.pk], [bad.pk])
    assert retry_many(organization=stranger, payment_ids=[good.pk], by=by, now=timezone.now()) == ([], [])
    assert Attempt.objects.count() == 3


def test_a_failed_e_check_may_be_paid_by_card(centre, by, sandbox):
    payer = a_real_payer(centre, "pm_acssDebit_success")
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    payment = Payment.objects.get()
    sandbox.fail(payment.processor_payment, "insufficient_funds")
    [attempt] = payment.attempts.all()
    settle({attempt.pk: get_processor().read_payment(payment=payment.processor_payment, processor_account="")}, now=NOW)
    retry(payment=payment, by=by, now=timezone.now(), authorization=another_card(payment))
    charge_everything()
    assert list(payment.attempts.order_by("number").values_list("state", flat=True)) == ["declined", "succeeded"]


def test_the_issuers_advice_forbids_the_same_card(centre, by, sandbox):
    payment = a_failed_payment(centre, by)
    payment.attempts.update(advice="do_not_try_again")
    with pytest.raises(CannotRetry, match="insufficient_funds"):
        retry(payment=payment, by=by, now=timezone.now())
    assert payment.attempts.count() == 1
