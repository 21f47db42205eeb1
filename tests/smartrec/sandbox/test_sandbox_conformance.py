"""Every request is held against Stripe's description, and what does not follow it is remembered."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build
from wallet.processor import ProcessorUnavailable
from wallet.processor.stripe_adapter import StripeAdapter

WANTED = {"key": "cu:1", "processor_account": build.A, "name": "Zoé Roy", "email": "", "metadata": {}}


@pytest.fixture
def adapter(box):
    return StripeAdapter(key="sk_test_sandbox", base=box.base_url)


def test_the_products_requests_follow_the_description(box, adapter):
    adapter.ensure_customer(**WANTED)
    box.check_conforming()


def test_a_parameter_stripe_does_not_know_fails_the_check(box, adapter, monkeypatch):
    """What the suite asserts after each test: were the adapter to send nonsense, it would be told."""
    customers = adapter.client.v1.customers
    create = customers.create
    monkeypatch.setattr(customers, "create", lambda params, options: create({**params, "colour": "red"}, options))
    monkeypatch.setattr(adapter.client.v1, "customers", customers, raising=False)
    with pytest.raises(ProcessorUnavailable, match="colour"):
        adapter.ensure_customer(**WANTED)
    with pytest.raises(AssertionError, match="colour"):
        box.check_conforming()


@pytest.mark.parametrize(
    ("path", "values", "param"),
    [
        ("/v1/payment_intents", {"currency": "cad"}, "amount"),
        ("/v1/payment_intents", {"amount": "ten", "currency": "cad"}, "amount"),
        ("/v1/payment_intents", {"amount": "100", "currency": "cad", "payment_method_types[0]": "card"}, None),
        ("/v1/refunds", {"payment_intent": "pi_1", "reason": "because"}, "reason"),
        ("/v1/unicorns", {}, None),
    ],
)
def test_each_kind_of_departure_is_remembered(box, path, values, param):
    build.post(box, path, values)
    [found] = box.nonconforming()
    assert (found["path"], found["param"] if param else None) == (path, param)


def test_it_is_remembered_although_trouble_struck_first(box):
    box.fault("rate_limit")
    assert build.post(box, "/v1/customers", {"colour": "red"}).status_code == 429
    assert [one["param"] for one in box.nonconforming()] == ["colour"]


def test_a_refusal_for_another_reason_is_no_departure(box, api):
    for call in (
        lambda: api.payment_intents.retrieve("pi_missing", {}, build.IN_A),
        lambda: api.payment_intents.create({"amount": 10, "currency": "cad"}, build.IN_A),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            call()
    box.check_conforming()


def test_reset_forgets_it(box):
    build.post(box, "/v1/customers", {"colour": "red"})
    box.reset()
    box.check_conforming()
