"""Webhooks: signed, at least once, in any order, to whoever subscribed."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build
from tests.smartrec.sandbox.receiver import Receiver


@pytest.fixture
def hook():
    with Receiver() as receiver:
        yield receiver
        receiver.shutdown()


def subscribe(api, hook, events=("*",), *, connect=True):
    wanted = {"url": hook.url, "enabled_events": list(events), "connect": connect}
    return api.webhook_endpoints.create(wanted)


def test_the_signature_holds_and_names_the_account(api, hook):
    endpoint = subscribe(api, hook, ["customer.created"])
    customer = api.customers.create({"name": "Zoé"}, build.IN_A)
    body, header = hook.wait(1)[0]
    event = stripe.Webhook.construct_event(body, header, endpoint.secret)
    assert (event.type, event.account, event.data.object.id) == ("customer.created", build.A, customer.id)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")


def test_subscribers_hear_what_they_asked_for(api, hook):
    subscribe(api, hook, ["payment_intent.succeeded"])
    customer, card = build.customer_with(api)
    build.confirm(api, build.payment(api, customer), card)
    api.customers.create({}, {})
    hook.wait(1)
    hook.wait(2, seconds=0.5)
    assert hook.types() == ["payment_intent.succeeded"]


def test_the_platforms_own_endpoint_hears_the_platform_alone(api, hook):
    subscribe(api, hook, ["customer.created"], connect=False)
    api.customers.create({}, build.IN_A)
    own = api.customers.create({}, {})
    hook.wait(1)
    hook.wait(2, seconds=0.5)
    assert [body["data"]["object"]["id"] for body in hook.bodies()] == [own.id]


def test_a_deleted_endpoint_hears_nothing(api, hook):
    endpoint = subscribe(api, hook)
    api.webhook_endpoints.delete(endpoint.id)
    api.customers.create({}, build.IN_A)
    assert hook.wait(1, seconds=0.3) == []
    assert api.webhook_endpoints.list({}).data == []


def test_a_refused_delivery_is_tried_again(box, api, hook):
    hook.answers = [500, 302]
    endpoint = subscribe(api, hook, ["customer.created"])
    api.customers.create({}, build.IN_A)
    assert build.eventually(lambda: box.advance(60) or len(hook.got) == 3)
    got = hook.got
    assert len({body for body, _ in got}) == 1
    assert len(got) == 3
    assert all(stripe.Webhook.construct_event(*one, endpoint.secret) for one in got)


def test_delivered_and_undelivered_events_can_be_told_apart(box, api, hook):
    subscribe(api, hook, ["customer.created"])
    box.webhooks(drop=1)
    lost = api.customers.create({}, build.IN_A)
    api.customers.create({}, build.IN_A)
    hook.wait(1)
    assert build.eventually(lambda: not box.state()["webhooks"]["waiting"])
    undelivered = api.events.list({"delivery_success": False}, build.IN_A).data
    assert [one.data.object.id for one in undelivered] == [lost.id]
    assert len(api.events.list({"delivery_success": True}, build.IN_A).data) == 1
    box.resend(undelivered[0].id)
    assert len(hook.wait(2)) == 2


@pytest.mark.parametrize(("kind", "ids"), [("duplicate", 1), ("twin", 2)])
def test_one_fact_may_be_told_twice(box, api, hook, kind, ids):
    subscribe(api, hook, ["customer.created"])
    box.webhooks(**{kind: 1})
    api.customers.create({}, build.IN_A)
    hook.wait(2)
    bodies = hook.bodies()
    assert len({body["id"] for body in bodies}) == ids
    assert len({body["data"]["object"]["id"] for body in bodies}) == 1
    assert len(bodies) == 2


def test_news_may_be_late_and_out_of_order(box, api, hook):
    subscribe(api, hook, ["customer.created"])
    box.webhooks(delay=1, delay_seconds=3600)
    first, second = (api.customers.create({}, build.IN_A).id for _ in range(2))
    hook.wait(1)
    box.advance(3600)
    hook.wait(2)
    assert [body["data"]["object"]["id"] for body in hook.bodies()] == [second, first]


def test_news_can_be_held_back(box, api, hook):
    subscribe(api, hook, ["customer.created"])
    box.webhooks(paused=True)
    api.customers.create({}, build.IN_A)
    assert hook.wait(1, seconds=0.5) == []
    box.webhooks(paused=False)
    assert len(hook.wait(1)) == 1
