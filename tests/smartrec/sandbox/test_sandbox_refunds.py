"""Refunds: back to where the money came from, and never more than was paid."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build


def paid(api, token="pm_card_visa", amount=2500):
    customer, card = build.customer_with(api, token)
    return build.confirm(api, build.payment(api, customer, amount), card)


def refund(api, intent, **values):
    return api.refunds.create({"payment_intent": intent.id, **values}, build.IN_A)


def test_parts_may_be_refunded_up_to_the_whole(box, api):
    intent = paid(api)
    assert refund(api, intent, amount=1000).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        refund(api, intent, amount=1501)
    refund(api, intent)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(api, intent, amount=1)
    assert refusal.value.code == "charge_already_refunded"
    assert box.counts(intent.id) == {"net": 0, "metadata": {}, "charge_succeeded": 1, "refund": 2}
    charge = api.charges.retrieve(intent.latest_charge, {}, build.IN_A)
    assert (charge.amount_refunded, charge.refunded) == (2500, True)


@pytest.mark.parametrize("amount", [0, -5])
def test_a_refund_is_positive(api, amount):
    with pytest.raises(stripe.InvalidRequestError):
        refund(api, paid(api), amount=amount)


def test_what_was_not_paid_cannot_be_refunded(box, api):
    intent, _ = build.debited(api)
    with pytest.raises(stripe.InvalidRequestError, match="has not succeeded"):
        refund(api, intent)
    assert box.movements() == []


def test_a_disputed_charge_cannot_be_refunded(box, api):
    intent = paid(api, "pm_card_createDispute")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refund(api, intent)
    assert refusal.value.code == "charge_disputed"
    assert box.counts(intent.id)["net"] == 0


def test_a_bank_refund_takes_its_time(box, api):
    intent, _ = build.debited(api)
    box.settle(intent.id)
    made = refund(api, intent)
    assert (made.status, made.pending_reason, box.counts(intent.id)["net"]) == ("pending", "processing", 2500)
    box.advance(3601)
    assert api.refunds.retrieve(made.id, {}, build.IN_A).status == "succeeded"
    assert box.counts(intent.id)["net"] == 0


def test_a_refund_may_fail_after_it_succeeded(box, api):
    intent = paid(api, "pm_card_refundFail")
    made = refund(api, intent)
    assert made.status == "succeeded"
    box.advance(3601)
    failed = api.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]}, build.IN_A)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.type == "refund_failure"
    assert box.counts(intent.id)["net"] == 2500
    assert refund(api, intent).status == "succeeded"


def test_a_dispute_may_cross_a_pending_refund(box, api):
    intent = paid(api, "pm_card_pendingRefund")
    made = refund(api, intent)
    box.dispute(intent.id)
    box.fail_refund(made.id, "charge_for_pending_refund_disputed")
    assert api.refunds.retrieve(made.id, {}, build.IN_A).status == "failed"
    assert box.counts(intent.id)["net"] == 0
    box.dispute(intent.id, status="won")
    assert box.counts(intent.id)["net"] == 2500


def test_the_balance_tells_every_movement(api):
    intent = paid(api, amount=10_000)
    refund(api, intent, amount=4_000)
    listed = api.balance_transactions.list({}, build.IN_A).data
    assert [(one.type, one.amount, one.fee, one.net) for one in listed] == [
        ("refund", -4_000, 0, -4_000),
        ("charge", 10_000, 320, 9_680),
    ]
