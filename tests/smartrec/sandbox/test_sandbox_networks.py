"""What networks and banks tell on their own, on the platform's method and on every copy of it."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build

UPDATED = "payment_method.automatically_updated"


def cloned(api, customer, method, options):
    """The platform's method, usable in one account."""
    clone = api.payment_methods.create({"customer": customer.id, "payment_method": method}, options)
    here = api.customers.create({}, options)
    api.payment_methods.attach(clone.id, {"customer": here.id}, options)
    return here, clone


def told(api, options):
    return [one.data.object.id for one in api.events.list({"type": UPDATED}, options).data]


def test_a_renewed_card_is_renewed_everywhere(box, api):
    customer, card = build.customer_with(api, options={})
    clones = [(options, cloned(api, customer, card.id, options)[1]) for options in (build.IN_A, build.IN_B)]
    box.renew_card(card.id, exp_month=3, exp_year=2040)
    for options, ident in [({}, card.id), *((options, clone.id) for options, clone in clones)]:
        now = api.payment_methods.retrieve(ident, {}, options).card
        assert (now.exp_month, now.exp_year, now.last4) == (3, 2040, "4242")
        assert now.fingerprint == card.card.fingerprint
        assert told(api, options) == [ident]


def test_a_new_number_is_another_card(box, api):
    customer, card = build.customer_with(api, options={})
    _, clone = cloned(api, customer, card.id, build.IN_A)
    box.renew_card(clone.id, last4="1881")
    now = [api.payment_methods.retrieve(card.id).card, api.payment_methods.retrieve(clone.id, {}, build.IN_A).card]
    assert [one.last4 for one in now] == ["1881", "1881"]
    assert now[0].fingerprint == now[1].fingerprint != card.card.fingerprint


def test_a_card_renewed_after_it_expired_pays_again(box, api):
    customer, card = build.customer_with(api, "pm_card_chargeDeclinedExpiredCard")
    intent = build.payment(api, customer)
    with pytest.raises(stripe.CardError):
        build.confirm(api, intent, card)
    box.renew_card(card.id)
    assert build.confirm(api, intent, card).status == "succeeded"


def test_a_blocked_account_takes_no_debit_anywhere(box, api):
    customer, method, _ = build.saved_bank(api, "pm_usBankAccount_success", {})
    here, clone = cloned(api, customer, method, build.IN_A)
    box.block_account(method, "R16")
    blocked = api.payment_methods.retrieve(clone.id, {}, build.IN_A).us_bank_account.status_details.blocked
    assert (blocked.network_code, blocked.reason) == ("R16", "bank_account_frozen")
    assert (told(api, {}), told(api, build.IN_A)) == ([method], [clone.id])
    intent = build.payment(api, here, currency="usd")
    with pytest.raises(stripe.CardError) as refusal:
        build.confirm(api, intent, clone)
    assert refusal.value.code == "payment_method_bank_account_blocked"
    charge = api.charges.list({"payment_intent": intent.id}, build.IN_A).data[0]
    assert charge.outcome.network_status == "not_sent_to_network"


def test_a_canadian_account_ends_with_its_agreements(box, api):
    _, method, mandate = build.saved_bank(api)
    box.block_account(method)
    assert api.mandates.retrieve(mandate, {}, build.IN_A).status == "inactive"
    assert [one.data.object.id for one in api.events.list({"type": "mandate.updated"}, build.IN_A).data] == [mandate]


def test_a_return_for_want_of_an_account_blocks_it(box, api):
    intent, _ = build.debited(api, "pm_usBankAccount_accountClosed", "usd")
    method = intent.payment_method
    box.advance(3601)
    blocked = api.payment_methods.retrieve(method, {}, build.IN_A).us_bank_account.status_details.blocked
    assert (blocked.network_code, blocked.reason) == ("R02", "bank_account_closed")


def test_want_of_funds_blocks_nothing(box, api):
    intent, _ = build.debited(api, "pm_usBankAccount_insufficientFunds", "usd")
    method = intent.payment_method
    box.advance(3601)
    assert not api.payment_methods.retrieve(method, {}, build.IN_A).us_bank_account.status_details.to_dict()


def test_an_unknown_code_is_refused(box, api):
    _, method, _ = build.saved_bank(api, "pm_usBankAccount_success")
    with pytest.raises(ValueError, match="R01"):
        box.block_account(method, "R01")
