"""Each way money has been charged twice or lost that a processor can bring about, provoked: F1 to F25 of the rules.

Disputes, balances and absent clients have files of their own (F9, F17, F18, F20); F13 to F15, F21 and F23's notice
are about our own queue and records, which no processor can provoke.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build
from tests.smartrec.sandbox.receiver import Receiver

NEW = {"amount": "2500", "currency": "cad", "confirm": "true", "off_session": "true", "metadata[debt]": "1"}


@pytest.fixture
def ready(api):
    customer, card = build.customer_with(api)
    return build.payment(api, customer, metadata={"debt": "1"}), card


@pytest.fixture
def hook(api):
    with Receiver() as receiver:
        wanted = {"url": receiver.url, "enabled_events": ["payment_intent.succeeded"], "connect": True}
        receiver.endpoint = api.webhook_endpoints.create(wanted)
        yield receiver
        receiver.shutdown()


def keyed(key):
    return build.IN_A | {"idempotency_key": key}


def pay_anew(box, api, key=None):
    customer, card = build.customer_with(api)
    values = NEW | {"customer": customer.id, "payment_method": card.id}
    return [build.post(box, "/v1/payment_intents", values, key=key).status_code for _ in range(3)]


@pytest.mark.parametrize(("key", "charges"), [(None, 3), ("one", 1)])
def test_f1_without_a_key_each_repetition_charges(box, api, key, charges):
    assert pay_anew(box, api, key) == [200] * 3
    assert len(box.movements(kind="charge_succeeded")) == charges


@pytest.mark.parametrize("kind", ["reset_after", "timeout_after", "error_after"])
def test_f2_f6_a_new_payment_after_an_unclear_answer_charges_again(box, api, ready, kind):
    intent, card = ready
    box.fault(kind, path="/confirm$", seconds=0.1)
    with pytest.raises(stripe.StripeError):
        build.confirm(api, intent, card, keyed("cf:1"))
    customer = api.customers.retrieve(intent.customer, {}, build.IN_A)
    build.confirm(api, build.payment(api, customer, metadata={"debt": "1"}), card)
    assert [one["metadata"] for one in box.movements(kind="charge_succeeded")] == [{"debt": "1"}] * 2


@pytest.mark.parametrize("kind", ["reset_after", "error_after"])
def test_f3_f4_f5_f6_another_key_on_the_same_payment_charges_nothing_more(box, api, ready, kind):
    intent, card = ready
    box.fault(kind, path="/confirm$")
    with pytest.raises(stripe.StripeError):
        build.confirm(api, intent, card, keyed("cf:1"))
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        build.confirm(api, intent, card, keyed("cf:2"))
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert box.counts(intent.id)["charge_succeeded"] == 1


def test_f6_the_same_key_gives_the_500_again_and_only_the_object_tells(box, api, ready):
    intent, card = ready
    box.fault("error_after", path="/confirm$")
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as answer:
            build.confirm(api, intent, card, keyed("cf"))
        assert (answer.value.http_status, answer.value.headers.get("Idempotent-Replayed")) == (500, replayed)
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "succeeded"
    assert box.counts(intent.id)["charge_succeeded"] == 1


@pytest.mark.parametrize(("hours", "charges"), [(23, 3), (25, 4)])
def test_f7_a_key_older_than_a_day_is_a_new_charge(box, api, hours, charges):
    customer, card = build.customer_with(api)
    values = NEW | {"customer": customer.id, "payment_method": card.id}
    for number in range(3):
        build.post(box, "/v1/payment_intents", values, key=f"pi:{number}")
    box.advance(hours * 3600)
    build.post(box, "/v1/payment_intents", values, key="pi:0")
    assert len(box.movements(kind="charge_succeeded")) == charges


def test_f8_the_news_may_be_there_before_the_answer(box, api, ready, hook):
    intent, card = ready
    box.fault("late_after", path="/confirm$", seconds=10)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(build.confirm, api, intent, card)
        [(body, _)] = hook.wait(1)
        assert (intent.id in body.decode(), answer.done()) == (True, False)
        assert answer.result().status == "succeeded"


def test_f8_work_rolled_forward_is_told_by_the_news_alone(box, api, ready, hook):
    intent, card = ready
    box.fault("late_work", path="/confirm$", seconds=0.2)
    with pytest.raises(stripe.APIError):
        build.confirm(api, intent, card)
    hook.wait(1)
    [event] = hook.bodies()
    assert event["data"]["object"]["metadata"] == {"debt": "1"}


def test_f10_one_fact_arrives_twice_at_once(box, api, ready, hook):
    box.webhooks(duplicate=1, twin=1, types=["payment_intent.succeeded"])
    build.confirm(api, *ready)
    hook.wait(3)
    assert {body["data"]["object"]["id"] for body in hook.bodies()} == {ready[0].id}
    assert (len(hook.bodies()), len({body["id"] for body in hook.bodies()})) == (3, 2)


def test_f11_f12_news_refused_or_lost_is_found_in_the_list(box, api, ready, hook):
    hook.answers = [500] * 20
    build.confirm(api, *ready)
    assert build.eventually(lambda: hook.got)
    wanted = {"delivery_success": False, "types": ["payment_intent.succeeded"], "created": {"gte": 1}}
    [missed] = api.events.list(wanted, build.IN_A).data
    hook.answers.clear()
    box.resend(missed.id)
    assert build.eventually(lambda: not box.state()["webhooks"]["waiting"])
    assert len(hook.got) >= 2
    assert {body["id"] for body in hook.bodies()} == {missed.id}


def test_f16_a_settled_debit_comes_back(box, api):
    intent, mandate = build.debited(api)
    box.settle(intent.id)
    dispute = box.return_late(intent.id)["dispute"]
    assert api.disputes.retrieve(dispute, {}, build.IN_A).status == "lost"
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "succeeded"
    assert (api.mandates.retrieve(mandate, {}, build.IN_A).status, box.counts(intent.id)["net"]) == ("inactive", 0)


def test_f19_a_returned_debit_says_which_rule_of_the_banks(box, api):
    intent, _ = build.debited(api, "pm_usBankAccount_insufficientFunds", "usd")
    box.advance(3601)
    error = api.payment_intents.retrieve(intent.id, {}, build.IN_A).last_payment_error
    assert (error.code, error.network_decline_code) == ("insufficient_funds", "R01")


def test_f23_another_amount_than_announced_is_refused(box, api, ready):
    intent, card = ready
    api.payment_intents.update(intent.id, {"amount": 9900}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError, match="amount to confirm"):
        build.confirm(api, intent, card, amount_to_confirm=2500)
    assert box.movements() == []


def test_f24_another_accounts_card_and_payment_do_not_exist(box, api, ready):
    intent, card = ready
    elsewhere, _ = build.customer_with(api, options=build.IN_B)
    for call in (
        lambda: build.confirm(api, intent, card, build.IN_B),
        lambda: build.confirm(api, build.payment(api, elsewhere, options=build.IN_B), card, build.IN_B),
        lambda: build.confirm(api, intent, card, {}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call()
        assert refusal.value.http_status == 404
    assert box.movements() == []


def test_f25_news_may_claim_to_be_live(box, api, ready, hook):
    box.webhooks(live=1, types=["payment_intent.succeeded"])
    build.confirm(api, *ready)
    hook.wait(1)
    assert [body["livemode"] for body in hook.bodies()] == [True]
