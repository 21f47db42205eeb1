"""What an account has, what that means for refunds, and how it is paid out."""

import pytest

from tests.smartrec.sandbox import sandboxing as build

A_DAY = 24 * 3600


def paid(api, amount=10_000):
    customer, card = build.customer_with(api)
    return build.confirm(api, build.payment(api, customer, amount), card)


def debit_settled(box, api):
    intent, _ = build.debited(api)
    box.settle(intent.id)
    return intent


def refund(api, intent, **values):
    return api.refunds.create({"payment_intent": intent.id, **values}, build.IN_A)


def told(api, name):
    return [one.data.object.id for one in api.events.list({"type": name}, build.IN_A).data]


def test_the_balance_is_told_by_currency(box, api):
    box.balance(build.A, available=5_000)
    paid(api)
    now = api.balance.retrieve({}, build.IN_A)
    assert [(one.currency, one.amount) for one in now.available] == [("cad", 5_000)]
    assert [(one.currency, one.amount) for one in now.pending] == [("cad", 9_680)]
    box.advance(3 * A_DAY - 60)
    assert box.balance(build.A)["cad"] == {"available": 14_680, "pending": 0}


def test_another_accounts_balance_is_its_own(box, api):
    box.balance(build.A, available=1)
    assert box.balance(build.B)["cad"]["available"] > 1


def test_f18_a_card_refund_waits_for_the_balance_and_goes_out_with_it(box, api):
    intent = paid(api)
    box.balance(build.A, available=0)
    made = refund(api, intent)
    assert (made.status, made.pending_reason, made.balance_transaction) == ("pending", "insufficient_funds", None)
    assert box.counts(intent.id)["net"] == 10_000
    box.balance(build.A, available=10_000)
    assert api.refunds.retrieve(made.id, {}, build.IN_A).status == "succeeded"
    assert box.counts(intent.id)["net"] == 0


def test_f18_any_other_refund_fails_on_a_short_balance(box, api):
    intent = debit_settled(box, api)
    box.balance(build.A, available=2_499)
    made = refund(api, intent, metadata={"refund": "7"})
    assert (made.status, made.failure_reason) == ("failed", "insufficient_funds")
    assert told(api, "refund.failed") == [made.id]
    listed = api.refunds.list({"payment_intent": intent.id}, build.IN_A).data
    assert [one.metadata.refund for one in listed] == ["7"]
    assert api.charges.retrieve(intent.latest_charge, {}, build.IN_A).amount_refunded == 0
    assert box.counts(intent.id)["net"] == 2_500


def test_a_waiting_refund_finds_what_came_in_overnight(box, api):
    intent = paid(api)
    box.balance(build.A, available=0)
    made = refund(api, intent)
    box.advance(4 * A_DAY)
    assert api.refunds.retrieve(made.id, {}, build.IN_A).status == "pending"
    paid(api, 20_000)
    box.advance(4 * A_DAY)
    assert api.refunds.retrieve(made.id, {}, build.IN_A).status == "succeeded"


def test_f17_a_dispute_overtakes_a_waiting_refund(box, api):
    intent = paid(api)
    box.balance(build.A, available=0)
    made = refund(api, intent)
    box.dispute(intent.id)
    now = api.refunds.retrieve(made.id, {}, build.IN_A)
    assert (now.status, now.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    assert box.counts(intent.id)["net"] == 0


def test_every_part_of_a_payout_is_listed(box, api):
    first = paid(api)
    refund(api, first, amount=1_000)
    box.advance(3 * A_DAY + 2)
    payout = api.payouts.list({}, build.IN_A).data[0]
    parts = api.balance_transactions.list({"payout": payout.id}, build.IN_A).data
    assert payout.amount == sum(one.net for one in parts if one.type != "payout") == 9_680 - 1_000
    assert sorted(one.type for one in parts) == ["charge", "payout", "refund"]
    assert all(one.net == one.amount - one.fee for one in parts)
    assert (payout.status, payout.automatic, payout.reconciliation_status) == ("in_transit", True, "in_progress")
    box.advance(A_DAY)
    payout = api.payouts.retrieve(payout.id, {"expand": ["balance_transaction"]}, build.IN_A)
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    assert payout.balance_transaction.amount == -payout.amount
    assert told(api, "payout.reconciliation_completed") == told(api, "payout.paid") == [payout.id]


def test_nothing_is_paid_out_twice(box, api):
    paid(api)
    (payout,) = box.pay_out(build.A)
    assert box.pay_out(build.A) == []
    paid(api, 500)
    (second,) = box.pay_out(build.A)
    assert api.payouts.retrieve(second, {}, build.IN_A).amount == 455
    assert payout != second


def test_a_payout_may_come_back(box, api):
    paid(api)
    (payout,) = box.pay_out(build.A)
    before = box.balance(build.A)["cad"]["available"]
    assert box.fail_payout(payout)["status"] == "failed"
    assert box.balance(build.A)["cad"]["available"] == before + 9_680
    assert told(api, "payout.failed") == [payout]


@pytest.mark.parametrize(
    ("token", "currency", "types"),
    [
        ("pm_acssDebit_accountClosed", "cad", ["payment_failure_refund", "payment"]),
        ("pm_usBankAccount_insufficientFunds", "usd", ["stripe_fee", "payment_failure_refund", "payment"]),
    ],
)
def test_a_failed_debit_leaves_its_trace_in_the_balance(box, api, token, currency, types):
    build.debited(api, token, currency)
    box.advance(3601)
    listed = api.balance_transactions.list({}, build.IN_A).data
    assert [one.type for one in listed] == types
    assert sum(one.net for one in listed) == -400 * types.count("stripe_fee")


def test_disputes_and_refund_failures_are_booked_by_their_names(box, api):
    intent = debit_settled(box, api)
    made = refund(api, intent, amount=100)
    box.fail_refund(made.id)
    box.return_late(intent.id)
    types = [one.type for one in api.balance_transactions.list({}, build.IN_A).data]
    assert types == ["adjustment", "refund_failure", "payment_refund", "payment"]
