"""Every request of the adapter against the sandbox, which refuses what Stripe's description does not allow."""

import datetime as dt

import pytest

from tests.wallet.processor.acts import NOW, RAILS, agreement, customer, prepared, saved
from tests.wallet.steps import ADDRESS, a_centre
from wallet.processor import Charge, ProcessorUnavailable, Verdict

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rail", "verdict"),
    [("card", Verdict.SUCCEEDED), ("acss_debit", Verdict.PENDING), ("us_bank_account", Verdict.PENDING)],
)
def test_charging_a_clone_in_the_organizations_own_account(stripe, sandbox, rail, verdict):
    account = a_centre(sandbox, currency=RAILS[rail][1]).processor_account
    method = saved(stripe, rail)
    theirs = customer(stripe, account)
    clone = stripe.clone_method(
        key="au:1",
        method=method.method,
        customer=customer(stripe),
        agreement=agreement(rail, ip="203.0.113.7"),
        processor_account=account,
        to_customer=theirs,
    )
    payment, charge = prepared(stripe, rail, account, customer=theirs, method=clone.method, mandate=clone.mandate)
    assert stripe.confirm_payment(charge).verdict is verdict
    assert stripe.confirm_payment(charge).verdict is verdict
    assert stripe.read_payment(payment=payment, processor_account=account).verdict is verdict
    assert len(sandbox.movements(kind="charge_succeeded", account=account)) == (verdict is Verdict.SUCCEEDED)


def test_second_confirmation_under_another_key_finds_the_payment_already_made(stripe, sandbox):
    method = saved(stripe)
    payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    stripe.confirm_payment(charge)
    again = stripe.confirm_payment(Charge(**{**vars(charge), "key": "cf:2"}))
    assert again.verdict is Verdict.SUCCEEDED
    assert sandbox.counts(payment)["charge_succeeded"] == 1


@pytest.mark.parametrize(
    ("token", "verdict", "code"),
    [
        ("pm_card_chargeDeclinedInsufficientFunds", Verdict.DECLINED, "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", Verdict.DECLINED, "expired_card"),
        ("pm_card_authenticationRequired", Verdict.NEEDS_CLIENT, "authentication_required"),
    ],
)
def test_refusals_of_the_bank(stripe, token, verdict, code):
    method = saved(stripe, token=token)
    payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    outcome = stripe.confirm_payment(charge)
    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert stripe.read_payment(payment=payment, processor_account="").verdict is verdict


def test_method_detached_a_moment_ago_concerns_one_payment_alone(stripe):
    method = saved(stripe)
    _payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    stripe.detach_method(method=method.method, processor_account="")
    stripe.detach_method(method=method.method, processor_account="")
    outcome = stripe.confirm_payment(charge)
    assert (outcome.verdict, outcome.fatal) == (Verdict.NOT_SENT, False)


def test_payment_cancelled_before_it_was_confirmed(stripe):
    method = saved(stripe)
    payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    outcome = stripe.cancel_payment(payment=payment, processor_account="")
    assert (outcome.verdict, outcome.code) == (Verdict.NOT_SENT, "canceled")
    assert stripe.confirm_payment(charge).verdict is Verdict.NOT_SENT


def test_payments_of_an_account_are_listed_with_what_became_of_them(stripe):
    method = saved(stripe)
    payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    stripe.confirm_payment(charge)
    [listed] = stripe.list_payments(processor_account="", since=NOW - dt.timedelta(hours=1))
    assert (listed.payment, listed.outcome.verdict) == (payment, Verdict.SUCCEEDED)
    assert (listed.amount, listed.currency, listed.metadata) == (4_200, "CAD", {"payment": "1"})
    assert listed == stripe.find_payment(payment=payment, processor_account="")


def test_a_list_longer_than_a_page_is_read_to_its_end(stripe):
    theirs = customer(stripe)
    made = {prepared(stripe, "card", customer=theirs, method="", mandate="", key=f"pi:{n}")[0] for n in range(103)}
    listed = [one.payment for one in stripe.list_payments(processor_account="", since=NOW - dt.timedelta(hours=1))]
    assert (len(listed), set(listed)) == (103, made)


def test_a_payment_that_is_not_there_is_told_from_one_that_cannot_be_asked_about(stripe, sandbox):
    assert stripe.find_payment(payment="pi_never", processor_account="") is None
    sandbox.fault("error_before", method="GET", count=3)
    with pytest.raises(ProcessorUnavailable):
        stripe.find_payment(payment="pi_never", processor_account="")


@pytest.mark.parametrize("rail", RAILS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_page_opens_for_every_rail_in_both_languages(stripe, rail, language):
    page = stripe.open_setup_page(
        key="ss:1",
        customer=customer(stripe),
        rail=rail,
        currency=RAILS[rail][1],
        language=language,
        schedule="à l’échéance",
        return_url="http://testserver/back/",
        cancel_url="http://testserver/",
    )
    assert page.url
    assert stripe.read_setup_page(session=page.session).state == "open"


def test_agreement_given_on_paper_has_no_address(stripe):
    method = stripe.save_token(
        key="tok:2",
        token="pm_acssDebit_success",
        customer=customer(stripe),
        agreement=agreement("acss_debit"),
        address=ADDRESS,
    )
    assert stripe.is_agreed(mandate=method.mandate, processor_account="")


def test_expiry_and_address_of_a_saved_card_are_renewed(stripe):
    method = saved(stripe)
    stripe.renew_expiry(key="ex:1", method=method.method, month=12, year=2039, processor_account="")
    stripe.save_address(key="ad:1", method=method.method, address=ADDRESS)
    found = stripe.read_method(method=method.method, processor_account="")
    assert (found.exp_month, found.exp_year, found.address) == (12, 2039, ADDRESS)


def test_method_that_belongs_to_nobody_is_read_as_gone(stripe):
    method = saved(stripe)
    stripe.detach_method(method=method.method, processor_account="")
    assert stripe.read_method(method=method.method, processor_account="") is None
    assert stripe.read_method(method="pm_never", processor_account="") is None


def test_same_customer_for_the_same_key(stripe):
    assert customer(stripe) == customer(stripe)


def test_organizations_account_that_does_not_exist_is_told(stripe):
    with pytest.raises(ProcessorUnavailable) as problem:
        customer(stripe, "acct_nowhere")
    assert problem.value.code == "account_invalid"


def test_it_answers(stripe):
    assert stripe.answers()


@pytest.mark.parametrize("rail", ["acss_debit", "us_bank_account"])
def test_a_bank_account_that_is_there_already_is_agreed_to_anew(stripe, rail):
    method, holder = saved(stripe, rail), customer(stripe)
    mandate = stripe.agree(
        key="au:2",
        method=method.method,
        customer=holder,
        agreement=agreement(rail, ip="203.0.113.7"),
        processor_account="",
    )
    assert mandate != method.mandate
    assert stripe.is_agreed(mandate=mandate, processor_account="")
