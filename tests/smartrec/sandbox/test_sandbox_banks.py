"""Bank debits: they settle or fail later, and may come back."""

import pytest
import stripe

from smartrec.devstack.sandbox.instruments import BANKS
from tests.smartrec.sandbox import sandboxing as build

FAILING = {bank.token: bank.code for bank in BANKS if bank.outcome == "fails"}


@pytest.mark.parametrize(("token", "currency"), [("pm_acssDebit_success", "cad"), ("pm_usBankAccount_success", "usd")])
def test_a_debit_settles_in_its_time(box, api, token, currency):
    intent, _ = build.debited(api, token, currency)
    assert (intent.status, box.movements()) == ("processing", [])
    box.advance(3601)
    now = api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}, build.IN_A)
    assert (now.status, now.latest_charge.status) == ("succeeded", "succeeded")
    assert box.counts(intent.id)["charge_succeeded"] == 1


@pytest.mark.parametrize("token", FAILING)
def test_a_debit_fails_as_its_account_has_it(box, api, token):
    intent, _ = build.debited(api, token, "cad" if "acss" in token else "usd")
    box.advance(3601 + 180)
    now = api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}, build.IN_A)
    assert (now.status, now.last_payment_error.code) == ("requires_payment_method", FAILING[token])
    assert now.latest_charge.failure_code == FAILING[token]
    assert box.counts(intent.id) == {"net": 0, "metadata": {}, "charge_failed": 1}


def test_the_slow_accounts_take_three_minutes_more(box, api):
    intent, _ = build.debited(api, "pm_acssDebit_successDelayed")
    box.advance(3700)
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "processing"
    box.advance(100)
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "succeeded"


def test_a_canadian_debit_needs_its_mandate(box, api):
    customer, method, _ = build.saved_bank(api)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        build.confirm(api, build.payment(api, customer), method)
    assert (refusal.value.http_status, refusal.value.param) == (400, "mandate")
    assert box.movements() == []


def test_another_methods_mandate_is_refused(api):
    customer, method, _ = build.saved_bank(api)
    _, _, foreign = build.saved_bank(api)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        build.confirm(api, build.payment(api, customer), method, mandate=foreign)
    assert refusal.value.code == "payment_intent_mandate_invalid"


@pytest.mark.parametrize("missing", ["payment_schedule", "transaction_type", "interval_description"])
def test_the_agreement_must_be_complete(api, missing):
    options = build.PAD["acss_debit"]
    terms = {name: value for name, value in options["mandate_options"].items() if name != missing}
    wanted = {
        "payment_method": "pm_acssDebit_success",
        "confirm": True,
        "mandate_data": build.CONSENT,
        "payment_method_options": {"acss_debit": options | {"mandate_options": terms}},
    }
    with pytest.raises(stripe.InvalidRequestError, match=missing):
        api.setup_intents.create(wanted, build.IN_A)


def test_the_mandate_keeps_what_was_agreed(api):
    _, method, ident = build.saved_bank(api)
    mandate = api.mandates.retrieve(ident, {}, build.IN_A)
    assert (mandate.status, mandate.payment_method) == ("active", method)
    assert mandate.customer_acceptance.online.ip_address == "203.0.113.9"
    assert mandate.payment_method_details.acss_debit.payment_schedule == "combined"


def test_a_settled_debit_comes_back_and_ends_the_mandate(box, api):
    intent, mandate = build.debited(api)
    box.settle(intent.id)
    box.return_late(intent.id)
    dispute = api.disputes.list({"payment_intent": intent.id}, build.IN_A).data[0]
    assert (dispute.status, dispute.reason) == ("lost", "insufficient_funds")
    assert api.mandates.retrieve(mandate, {}, build.IN_A).status == "inactive"
    assert box.counts(intent.id) == {"net": 0, "metadata": {}, "charge_succeeded": 1, "return": 1}
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "succeeded"


def test_a_dispute_account_returns_by_itself(box, api):
    intent, _ = build.debited(api, "pm_usBankAccount_dispute", "usd")
    box.advance(3601)
    box.advance(3601)
    assert box.counts(intent.id)["return"] == 1


def test_a_tester_decides_a_pending_debit(box, api):
    intent, _ = build.debited(api)
    box.fail(intent.id, "account_closed", "R02")
    now = api.payment_intents.retrieve(intent.id, {}, build.IN_A)
    assert (now.last_payment_error.code, now.last_payment_error.network_decline_code) == ("account_closed", "R02")
    with pytest.raises(ValueError, match="not processing"):
        box.settle(intent.id)


def test_a_debit_that_waits_can_be_called_back_and_others_cannot(box, api):
    waiting, _ = build.debited(api, "pm_usBankAccount_processing", "usd")
    assert api.payment_intents.cancel(waiting.id, {}, build.IN_A).status == "canceled"
    under_way, _ = build.debited(api)
    with pytest.raises(stripe.InvalidRequestError, match="processing"):
        api.payment_intents.cancel(under_way.id, {}, build.IN_A)
    box.advance(3601)
    assert box.summary()["totals"]["charge_succeeded"]["count"] == 1


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        ({"amounts": [32, 45]}, "succeeded"),
        ({"descriptor_code": "SM11AA"}, "succeeded"),
        ({"amounts": [10, 11]}, "payment_method_microdeposit_verification_attempts_exceeded"),
        ({"descriptor_code": "SM44DD"}, "payment_method_microdeposit_verification_timeout"),
        ({"amounts": [1, 2]}, "payment_method_microdeposit_verification_amounts_mismatch"),
    ],
)
def test_microdeposits_prove_an_account(api, seen, outcome):
    options = {"acss_debit": build.PAD["acss_debit"] | {"verification_method": "microdeposits"}}
    wanted = {"payment_method": "pm_acssDebit_success", "confirm": True, "mandate_data": build.CONSENT}
    setup = api.setup_intents.create(wanted | {"payment_method_options": options}, build.IN_A)
    assert setup.next_action.type == "verify_with_microdeposits"
    try:
        found = api.setup_intents.verify_microdeposits(setup.id, seen, build.IN_A).status
    except stripe.StripeError as refusal:
        found = refusal.code
    assert found == outcome


def test_an_account_in_the_wrong_currency_is_refused(api):
    customer, method, mandate = build.saved_bank(api, "pm_usBankAccount_success")
    with pytest.raises(stripe.InvalidRequestError, match="not allowed"):
        build.confirm(api, build.payment(api, customer, currency="cad"), method, mandate=mandate)
