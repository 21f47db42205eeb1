"""A payer who is there: the bank's page asks, and leads back to the merchant."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe

from tests.smartrec.sandbox import sandboxing as build

BACK = "https://centre.test/back?x=1"
ASKING = ("pm_card_authenticationRequired", "pm_card_threeDSecure2Required", "pm_card_authenticationRequiredOnSetup")


def asked(api, token=ASKING[0]):
    customer, card = build.customer_with(api, token)
    intent = build.payment(api, customer, allowed_payment_method_types=["card"])
    wanted = {"payment_method": card.id, "return_url": BACK}
    return api.payment_intents.confirm(intent.id, wanted, build.IN_A), card


def answer(intent, said):
    url = intent.next_action.redirect_to_url.url
    assert "Your bank wants to know" in requests.get(url, timeout=120).text
    return requests.post(url, {"answer": said}, allow_redirects=False, timeout=120)


@pytest.mark.parametrize("token", ASKING)
def test_a_bank_asks_its_client_and_the_payment_succeeds(box, api, token):
    intent, _ = asked(api, token)
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    assert intent.next_action.redirect_to_url.return_url == BACK
    assert box.movements() == []
    back = urlsplit(answer(intent, "yes").headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "https://centre.test/back"
    told = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert told["x"] == "1"
    assert (told["payment_intent"], told["redirect_status"]) == (intent.id, "succeeded")
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_a_client_who_refuses_pays_nothing_and_may_try_again(box, api):
    intent, card = asked(api)
    assert "redirect_status=failed" in answer(intent, "no").headers["Location"]
    now = api.payment_intents.retrieve(intent.id, {}, build.IN_A)
    assert (now.status, now.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )
    wanted = {"payment_method": card.id, "return_url": BACK}
    answer(api.payment_intents.confirm(intent.id, wanted, build.IN_A), "yes")
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_an_answer_given_twice_pays_once(box, api):
    intent, _ = asked(api)
    answer(intent, "yes")
    again = requests.post(intent.next_action.redirect_to_url.url, {"answer": "yes"}, allow_redirects=False, timeout=120)
    assert "redirect_status=succeeded" in again.headers["Location"]
    assert box.counts(intent.id)["charge_succeeded"] == 1


@pytest.mark.parametrize("token", ASKING)
def test_f20_an_absent_client_is_told_apart_from_a_refusal(box, api, token):
    customer, card = build.customer_with(api, token)
    intent = build.payment(api, customer)
    with pytest.raises(stripe.CardError) as refusal:
        build.confirm(api, intent, card)
    assert (refusal.value.http_status, refusal.value.code) == (402, "authentication_required")
    assert refusal.value.error.payment_intent.id == intent.id
    assert "charge_succeeded" not in box.counts(intent.id)


def test_a_declined_card_is_declined_after_the_question(box, api):
    intent, _ = asked(api, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    assert "redirect_status=failed" in answer(intent, "yes").headers["Location"]
    now = api.payment_intents.retrieve(intent.id, {}, build.IN_A)
    assert now.last_payment_error.decline_code == "insufficient_funds"
