"""Every test card and test account Stripe's documentation names is known, and does what it is known for."""

import pytest
import stripe

from smartrec.devstack.sandbox.instruments import BANK_BY_NUMBER, CARD_BY_NUMBER, INSTRUMENTS
from tests.smartrec.sandbox import sandboxing as build

CARDS = """
4242424242424242 5555555555554444 378282246310005 4000000000000002 4000000000009995 4000000000009987 4000000000009979
4000000000000069 4000000000000127 4000000000000119 4000002500003155 4000002760003184 4000008260003178 4000000000003220
4000000000000259
"""
ACH = """
000123456789 000111111113 000111111116 000222222227 000333333335 000444444440 000555555559 000000000009 000777777771
000666666661
"""
PAD = "000123456789 900123456789 000222222227 900222222227 000666666661 000777777771 000888888881"
TOKENS = """
pm_card_visa pm_card_mastercard pm_card_amex pm_card_chargeDeclined pm_card_chargeDeclinedInsufficientFunds
pm_card_chargeDeclinedLostCard pm_card_chargeDeclinedStolenCard pm_card_chargeDeclinedExpiredCard
pm_card_chargeDeclinedIncorrectCvc pm_card_chargeDeclinedProcessingError pm_card_authenticationRequired
pm_card_authenticationRequiredOnSetup pm_usBankAccount_success pm_usBankAccount_accountClosed
pm_usBankAccount_noAccount pm_usBankAccount_insufficientFunds pm_usBankAccount_debitNotAuthorized
pm_usBankAccount_invalidCurrency pm_usBankAccount_dispute pm_usBankAccount_processing
pm_usBankAccount_weeklyLimitExceeded pm_usBankAccount_failMicrodeposits pm_acssDebit_success pm_acssDebit_noAccount
pm_acssDebit_accountClosed pm_acssDebit_insufficientFunds pm_acssDebit_debitNotAuthorized pm_acssDebit_dispute
"""
SCHEDULES = [
    {"payment_schedule": "interval", "interval_description": "On the first of each month"},
    {"payment_schedule": "sporadic"},
    {"payment_schedule": "combined", "interval_description": "As billed"},
]


def test_all_are_known():
    assert set(CARDS.split()) <= set(CARD_BY_NUMBER)
    wanted = {("us_bank_account", number) for number in ACH.split()} | {
        ("acss_debit", number) for number in PAD.split()
    }
    assert wanted <= set(BANK_BY_NUMBER)
    assert set(TOKENS.split()) <= set(INSTRUMENTS)


def test_a_card_is_disputed_after_it_paid(box, api):
    customer, card = build.customer_with(api, "pm_card_createDispute")
    assert card.card.last4 == "0259"
    paid = build.confirm(api, build.payment(api, customer), card)
    assert paid.status == "succeeded"
    [dispute] = api.disputes.list({"payment_intent": paid.id}, build.IN_A).data
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert box.counts(paid.id)["net"] == 0


def test_an_account_may_never_answer(box, api):
    intent, _ = build.debited(api, "pm_usBankAccount_processing", "usd")
    box.advance(30 * 24 * 3600)
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "processing"


@pytest.mark.parametrize("terms", SCHEDULES)
@pytest.mark.parametrize("kind", ["personal", "business"])
def test_an_agreement_keeps_its_schedule(api, terms, kind):
    agreed = terms | {"transaction_type": kind}
    wanted = {
        "payment_method": "pm_acssDebit_success",
        "confirm": True,
        "mandate_data": build.CONSENT,
        "payment_method_options": {"acss_debit": {"currency": "cad", "mandate_options": agreed}},
    }
    setup = api.setup_intents.create(wanted, build.IN_A)
    kept = api.mandates.retrieve(setup.mandate, {}, build.IN_A).payment_method_details.acss_debit
    assert (kept.payment_schedule, kept.transaction_type) == (terms["payment_schedule"], kind)
    assert kept.interval_description == terms.get("interval_description")


def awaiting(api):
    customer = api.customers.create({}, build.IN_A)
    options = {"acss_debit": {"verification_method": "microdeposits", **build.PAD["acss_debit"]}}
    del options["acss_debit"]["currency"]
    wanted = {"payment_method": "pm_acssDebit_success", "confirm": True, "mandate_data": build.CONSENT}
    more = wanted | {"allowed_payment_method_types": ["acss_debit"], "payment_method_options": options}
    return build.payment(api, customer, **more)


def test_a_payment_waits_until_the_account_is_proved(box, api):
    intent = awaiting(api)
    assert (intent.status, intent.next_action.type) == ("requires_action", "verify_with_microdeposits")
    with pytest.raises(stripe.InvalidRequestError, match="do not match"):
        api.payment_intents.verify_microdeposits(intent.id, {"amounts": [1, 2]}, build.IN_A)
    now = api.payment_intents.verify_microdeposits(intent.id, {"amounts": [32, 45]}, build.IN_A)
    assert now.status == "processing"
    box.advance(3601)
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_an_account_that_is_not_proved_pays_nothing(box, api):
    intent = awaiting(api)
    with pytest.raises(stripe.StripeError):
        api.payment_intents.verify_microdeposits(intent.id, {"descriptor_code": "SM33CC"}, build.IN_A)
    now = api.payment_intents.retrieve(intent.id, {}, build.IN_A)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.code == "payment_method_microdeposit_verification_attempts_exceeded"
    assert box.movements() == []
