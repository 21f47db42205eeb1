"""Whose method is it: customers, accounts, clones, set-ups."""

import pytest
import requests
import stripe

from tests.smartrec.sandbox import sandboxing as build


def test_another_customers_card_cannot_be_charged(box, api):
    _, card = build.customer_with(api)
    other = api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        build.confirm(api, build.payment(api, other), card)
    assert box.movements() == []


def test_a_customers_card_needs_its_customer(api):
    _, card = build.customer_with(api)
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        api.payment_intents.create(
            {"amount": 500, "currency": "cad", "payment_method": card.id, "confirm": True, "off_session": True},
            build.IN_A,
        )


def test_a_detached_card_is_dead(box, api):
    customer, card = build.customer_with(api)
    api.payment_methods.detach(card.id, {}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        build.confirm(api, build.payment(api, customer), card)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        api.payment_methods.attach(card.id, {"customer": customer.id}, build.IN_A)
    assert box.movements() == []


def test_a_card_cannot_change_hands(api):
    _, card = build.customer_with(api)
    other = api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        api.payment_methods.attach(card.id, {"customer": other.id}, build.IN_A)


def test_the_platforms_card_is_cloned_into_an_account(api):
    customer, card = build.customer_with(api, "pm_card_mastercard", {})
    clone = api.payment_methods.create({"customer": customer.id, "payment_method": card.id}, build.IN_A)
    assert (clone.card.fingerprint, clone.customer) == (card.card.fingerprint, None)
    assert clone.id != card.id
    with pytest.raises(stripe.InvalidRequestError):
        api.payment_methods.retrieve(clone.id, {}, build.IN_B)


def test_a_clone_is_charged_once_it_has_a_customer(api):
    customer, card = build.customer_with(api, options={})
    clone = api.payment_methods.create({"customer": customer.id, "payment_method": card.id}, build.IN_A)
    here = api.customers.create({}, build.IN_A)
    intent = build.payment(api, here)
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        build.confirm(api, intent, clone)
    api.payment_methods.attach(clone.id, {"customer": here.id}, build.IN_A)
    assert build.confirm(api, intent, clone).status == "succeeded"


def test_only_the_owner_can_have_a_card_cloned(api):
    _, card = build.customer_with(api, options={})
    other = api.customers.create({}, {})
    for values in ({"customer": other.id, "payment_method": card.id}, {"payment_method": card.id}):
        with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
            api.payment_methods.create(values, build.IN_A)


def test_a_cloned_us_bank_account_brings_its_mandate(api):
    customer, method, _ = build.saved_bank(api, "pm_usBankAccount_success", {})
    clone = api.payment_methods.create({"customer": customer.id, "payment_method": method}, build.IN_A)
    here = api.customers.create({}, build.IN_A)
    api.payment_methods.attach(clone.id, {"customer": here.id}, build.IN_A)
    assert build.confirm(api, build.payment(api, here, currency="usd"), clone).status == "processing"


def test_a_cloned_canadian_account_needs_a_new_agreement(api):
    customer, method, _ = build.saved_bank(api, options={})
    clone = api.payment_methods.create({"customer": customer.id, "payment_method": method}, build.IN_A)
    here = api.customers.create({}, build.IN_A)
    wanted = {
        "customer": here.id,
        "payment_method": clone.id,
        "confirm": True,
        "mandate_data": build.CONSENT,
        "payment_method_options": build.PAD,
    }
    setup = api.setup_intents.create(wanted, build.IN_A)
    paid = build.confirm(api, build.payment(api, here), clone, mandate=setup.mandate)
    assert (setup.status, paid.status) == ("succeeded", "processing")


def test_a_card_authenticated_on_saving_is_charged_later(box, api):
    customer = api.customers.create({}, build.IN_A)
    wanted = {
        "customer": customer.id,
        "payment_method": "pm_card_authenticationRequiredOnSetup",
        "confirm": True,
        "return_url": "https://centre.test/back?x=1",
    }
    setup = api.setup_intents.create(wanted, build.IN_A)
    assert setup.status == "requires_action"
    answer = requests.post(setup.next_action.redirect_to_url.url, {"answer": "yes"}, allow_redirects=False, timeout=120)
    assert answer.headers["Location"].startswith("https://centre.test/back?x=1&setup_intent=seti_")
    card = api.setup_intents.retrieve(setup.id, {}, build.IN_A).payment_method
    assert build.confirm(api, build.payment(api, customer), card).status == "succeeded"


def test_whole_card_numbers_are_refused_by_the_api(box):
    values = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "1", "card[exp_year]": "2034"}
    refusal = build.post(box, "/v1/payment_methods", values | {"card[cvc]": "123"})
    assert (refusal.status_code, "generally unsafe" in refusal.text) == (402, True)


def test_a_new_account_takes_money_at_once(api):
    account = api.accounts.create({"country": "CA", "capabilities": {"card_payments": {"requested": True}}})
    assert account.charges_enabled
    assert api.accounts.retrieve_current({}, {"stripe_account": account.id}).id == account.id


def test_a_card_nobody_owns_is_cloned_once(api):
    card = api.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    api.payment_methods.create({"payment_method": card.id}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        api.payment_methods.create({"payment_method": card.id}, build.IN_B)
