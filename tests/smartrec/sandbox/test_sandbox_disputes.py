"""Disputes: what the payer's bank takes, what it says, and what comes back."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build


@pytest.fixture
def intent(api):
    customer, card = build.customer_with(api)
    return build.confirm(api, build.payment(api, customer), card)


def dispute_of(api, intent):
    return api.disputes.list({"payment_intent": intent.id}, build.IN_A).data[0]


def told(api):
    names = [one.type for one in api.events.list({"limit": 50}, build.IN_A).data]
    return [name.removeprefix("charge.dispute.") for name in reversed(names) if name.startswith("charge.dispute")]


def test_a_dispute_runs_its_course(box, api, intent):
    box.dispute(intent.id, reason="product_not_received")
    found = dispute_of(api, intent)
    assert (found.status, found.reason, found.payment_intent) == ("needs_response", "product_not_received", intent.id)
    assert found.evidence_details.due_by > found.created
    assert [one.net for one in found.balance_transactions] == [-2500 - 1500]
    box.dispute(intent.id, status="under_review")
    assert dispute_of(api, intent).status == "under_review"
    box.dispute(intent.id, status="won")
    won = dispute_of(api, intent)
    assert (won.status, [one.amount for one in won.balance_transactions]) == ("won", [-2500, 2500])
    assert told(api) == ["created", "funds_withdrawn", "updated", "funds_reinstated", "closed"]
    assert box.counts(intent.id)["net"] == 2500


def test_a_dispute_lost_brings_nothing_back(box, api, intent):
    box.dispute(intent.id)
    box.dispute(intent.id, status="lost")
    assert told(api) == ["created", "funds_withdrawn", "closed"]
    assert box.counts(intent.id)["net"] == 0
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        api.refunds.create({"payment_intent": intent.id}, build.IN_A)


def test_f9_money_may_come_back_in_a_dispute_that_is_lost(box, api, intent):
    box.dispute(intent.id)
    box.dispute(intent.id, status="lost", reinstated=700)
    event = api.events.list({"type": "charge.dispute.funds_reinstated"}, build.IN_A).data[0]
    assert (event.data.object.status, dispute_of(api, intent).status) == ("lost", "lost")
    assert box.counts(intent.id)["net"] == 700


def test_f9_an_old_event_comes_after_the_new_one(box, api, intent):
    box.dispute(intent.id)
    box.dispute(intent.id, status="won")
    old = api.events.list({"type": "charge.dispute.created"}, build.IN_A).data[0]
    assert old.data.object.status == "needs_response"
    assert box.resend(old.id)["id"] == old.id


def test_an_inquiry_takes_nothing_until_it_is_a_dispute(box, api, intent):
    box.dispute(intent.id, status="warning_needs_response")
    inquiry = dispute_of(api, intent)
    assert (inquiry.status, inquiry.balance_transactions) == ("warning_needs_response", [])
    box.balance(build.A, available=0)
    waiting = api.refunds.create({"payment_intent": intent.id, "amount": 100}, build.IN_A)
    assert (waiting.status, box.counts(intent.id)["net"]) == ("pending", 2500)
    box.dispute(intent.id, status="needs_response")
    assert api.refunds.retrieve(waiting.id, {}, build.IN_A).status == "failed"
    assert box.counts(intent.id)["net"] == 0
    assert told(api) == ["created", "funds_withdrawn", "updated"]


def test_the_centre_answers_or_accepts(api, box, intent):
    box.dispute(intent.id)
    found = dispute_of(api, intent)
    assert api.disputes.update(found.id, {"metadata": {"file": "4"}}, build.IN_A).status == "needs_response"
    draft = {"evidence": {"uncategorized_text": "He swam."}, "submit": False}
    assert api.disputes.update(found.id, draft, build.IN_A).status == "needs_response"
    evidence = {"evidence": {"uncategorized_text": "He swam every day."}}
    assert api.disputes.update(found.id, evidence, build.IN_A).status == "under_review"
    assert api.disputes.close(found.id, {}, build.IN_A).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        api.disputes.close(found.id, {}, build.IN_A)


def test_a_bank_dispute_is_lost_from_the_start(box, api):
    intent, mandate = build.debited(api, "pm_usBankAccount_success", "usd")
    box.settle(intent.id)
    box.return_late(intent.id, "debit_not_authorized")
    found = dispute_of(api, intent)
    assert (found.status, found.evidence_details.due_by) == ("lost", None)
    assert told(api) == ["created", "funds_withdrawn", "closed"]
    assert api.mandates.retrieve(mandate, {}, build.IN_A).status == "inactive"


def test_a_second_return_blocks_the_bank_account(box, api):
    customer, method, mandate = build.saved_bank(api, "pm_usBankAccount_success")
    paid = [build.payment(api, customer, currency="usd") for _ in range(2)]
    for intent in paid:
        build.confirm(api, intent, method, mandate=mandate)
        box.settle(intent.id)
    box.return_late(paid[0].id)
    assert not api.payment_methods.retrieve(method, {}, build.IN_A).us_bank_account.status_details.to_dict()
    box.return_late(paid[1].id)
    blocked = api.payment_methods.retrieve(method, {}, build.IN_A).us_bank_account.status_details.blocked
    assert (blocked.network_code, blocked.reason) == ("R10", "debit_not_authorized")
