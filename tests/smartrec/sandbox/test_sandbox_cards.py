"""Cards answer at once: each test card as Stripe describes it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from smartrec.devstack.sandbox.instruments import CARDS
from tests.smartrec.sandbox import sandboxing as build

DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline", "try_again_later"),
    "pm_card_chargeCustomerFail": ("card_declined", "generic_decline", "try_again_later"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds", "try_again_later"),
    "pm_card_chargeDeclinedLostCard": ("card_declined", "lost_card", "do_not_try_again"),
    "pm_card_chargeDeclinedStolenCard": ("card_declined", "stolen_card", "do_not_try_again"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card", "confirm_card_data"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", "processing_error", "try_again_later"),
    "pm_card_chargeDeclinedVelocityLimitExceeded": ("card_declined", "card_velocity_exceeded", "try_again_later"),
    "pm_card_radarBlock": ("card_declined", "fraudulent", "do_not_try_again"),
    "pm_card_authenticationRequired": ("authentication_required", "authentication_required", "try_again_later"),
    "pm_card_authenticationRequiredOnSetup": ("authentication_required", "authentication_required", "try_again_later"),
    "pm_card_threeDSecure2Required": ("authentication_required", "authentication_required", "try_again_later"),
}


def test_a_good_card_is_charged_once(box, api):
    customer, card = build.customer_with(api)
    intent = build.payment(api, customer, metadata={"attempt": "812"})
    paid = build.confirm(api, intent, card, amount_to_confirm=2500, expand=["latest_charge.balance_transaction"])
    charge = paid.latest_charge
    assert (paid.status, paid.amount_received, charge.paid, charge.outcome.type) == (
        "succeeded",
        2500,
        True,
        "authorized",
    )
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (103, 2397)
    moved = box.movements(payment_intent=intent.id)
    assert [(one["kind"], one["amount"], one["metadata"]) for one in moved] == [
        ("charge_succeeded", 2500, {"attempt": "812"})
    ]


@pytest.mark.parametrize("token", DECLINES)
def test_a_declined_card_says_why_and_moves_nothing(box, api, token):
    customer, card = build.customer_with(api, token)
    intent = build.payment(api, customer)
    with pytest.raises(stripe.CardError) as refusal:
        build.confirm(api, intent, card)
    error = refusal.value.error
    assert (refusal.value.http_status, error.code, error.decline_code, error.advice_code) == (402, *DECLINES[token])
    assert (error.payment_intent.id, error.payment_intent.status) == (intent.id, "requires_payment_method")
    now = api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]}, build.IN_A)
    assert (now.last_payment_error.decline_code, now.latest_charge.status) == (DECLINES[token][1], "failed")
    assert box.counts(intent.id)["net"] == 0
    assert "charge_succeeded" not in box.counts(intent.id)


def test_every_declining_card_is_covered():
    wayward = {card.token for card in CARDS if card.decline or card.authenticate in ("always", "unless_set_up")}
    elsewhere = {"pm_card_chargeDeclinedIncorrectCvc", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"}
    assert wayward - elsewhere == set(DECLINES)


def test_a_blocked_card_never_reached_the_network(api):
    customer, card = build.customer_with(api, "pm_card_radarBlock")
    intent = build.payment(api, customer)
    with pytest.raises(stripe.CardError):
        build.confirm(api, intent, card)
    charge = api.charges.list({"payment_intent": intent.id}, build.IN_A).data[0]
    assert (charge.outcome.type, charge.outcome.network_status) == ("blocked", "not_sent_to_network")


def test_a_wrong_security_code_is_refused_on_saving(api):
    customer = api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.CardError) as refusal:
        api.payment_methods.attach("pm_card_chargeDeclinedIncorrectCvc", {"customer": customer.id}, build.IN_A)
    assert refusal.value.code == "incorrect_cvc"
    assert api.payment_methods.list({"customer": customer.id}, build.IN_A).data == []


def test_a_succeeded_payment_cannot_succeed_again(box, api):
    customer, card = build.customer_with(api)
    intent = build.payment(api, customer)
    build.confirm(api, intent, card)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        build.confirm(api, intent, card)
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert refusal.value.error.payment_intent.status == "succeeded"
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_sixteen_callers_with_sixteen_keys_charge_once(box, api):
    customer, card = build.customer_with(api)
    intent = build.payment(api, customer)
    values = {"payment_method": card.id, "off_session": "true"}
    box.latency(30)
    with ThreadPoolExecutor(16) as pool:
        asked = [
            pool.submit(build.post, box, f"/v1/payment_intents/{intent.id}/confirm", values, key=f"k{n}")
            for n in range(16)
        ]
    assert sorted(one.result().status_code for one in asked) == [200] + [400] * 15
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_after_a_decline_another_card_pays_the_same_intent(box, api):
    customer, bad = build.customer_with(api, "pm_card_chargeDeclinedInsufficientFunds")
    good = api.payment_methods.attach("pm_card_mastercard", {"customer": customer.id}, build.IN_A)
    intent = build.payment(api, customer)
    with pytest.raises(stripe.CardError):
        build.confirm(api, intent, bad)
    assert build.confirm(api, intent, good).status == "succeeded"
    assert box.counts(intent.id) == {"net": 2500, "metadata": {}, "charge_failed": 1, "charge_succeeded": 1}


def test_the_amount_to_confirm_must_match(box, api):
    customer, card = build.customer_with(api)
    with pytest.raises(stripe.InvalidRequestError, match="amount to confirm"):
        build.confirm(api, build.payment(api, customer), card, amount_to_confirm=2600)
    assert box.movements() == []


def test_a_test_token_can_be_charged_directly(api):
    customer = api.customers.create({}, build.IN_A)
    assert build.confirm(api, build.payment(api, customer), "pm_card_visa").status == "succeeded"


def test_present_payers_need_a_way_back(api):
    customer, card = build.customer_with(api)
    intent = build.payment(api, customer)
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        api.payment_intents.confirm(intent.id, {"payment_method": card.id}, build.IN_A)
    wanted = {"payment_method": card.id, "return_url": "https://centre.test/back"}
    assert api.payment_intents.confirm(intent.id, wanted, build.IN_A).status == "succeeded"


def test_a_canceled_payment_cannot_be_confirmed(box, api):
    customer, card = build.customer_with(api)
    intent = build.payment(api, customer)
    assert api.payment_intents.cancel(intent.id, {}, build.IN_A).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="status is canceled"):
        build.confirm(api, intent, card)
    assert box.movements() == []


def test_the_money_log_answers_by_payment_account_and_kind(box, api):
    customer, card = build.customer_with(api)
    first, second = (build.confirm(api, build.payment(api, customer, amount), card) for amount in (500, 700))
    api.refunds.create({"payment_intent": first.id}, build.IN_A)
    elsewhere = build.customer_with(api, options=build.IN_B)
    build.confirm(api, build.payment(api, elsewhere[0], options=build.IN_B), elsewhere[1], build.IN_B)
    assert [one["amount"] for one in box.movements(payment_intent=first.id)] == [500, -500]
    assert [one["payment_intent"] for one in box.movements(kind="charge_succeeded", account=build.A)] == [
        first.id,
        second.id,
    ]
    totals = box.summary(account=build.A)["totals"]
    assert totals == {"charge_succeeded": {"count": 2, "amount": 1200}, "refund": {"count": 1, "amount": -500}}
    with pytest.raises(ValueError, match="unknown filters"):
        box.movements(colour="red")
