"""Lists: newest first, filtered, a page at a time; related objects on demand."""

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build


def test_pages_follow_each_other_without_gap_or_repeat(api):
    customer = api.customers.create({}, build.IN_A)
    made = [build.payment(api, customer, 100 + number).id for number in range(25)]
    build.payment(api, api.customers.create({}, build.IN_A))
    wanted = {"customer": customer.id, "limit": 10}
    first = api.payment_intents.list(wanted, build.IN_A)
    assert (len(first.data), first.has_more) == (10, True)
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]


def test_a_page_can_be_turned_back(api):
    customer = api.customers.create({}, build.IN_A)
    made = [build.payment(api, customer).id for _ in range(5)]
    before = api.payment_intents.list({"ending_before": made[0], "limit": 2}, build.IN_A)
    assert [one.id for one in before.data] == [made[2], made[1]]
    assert before.has_more


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_one_to_a_hundred(api, limit):
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        api.payment_intents.list({"limit": limit}, build.IN_A)


def test_created_is_a_window(box, api):
    customer = api.customers.create({}, build.IN_A)
    old = build.payment(api, customer)
    box.advance(1000)
    new = build.payment(api, customer)
    recent = api.payment_intents.list({"created": {"gt": old.created}}, build.IN_A)
    assert [one.id for one in recent.data] == [new.id]
    past = api.payment_intents.list({"created": {"gte": old.created, "lt": new.created}}, build.IN_A)
    assert [one.id for one in past.data] == [old.id]


def test_a_list_shows_one_account_alone(api):
    build.payment(api, api.customers.create({}, build.IN_A))
    assert api.payment_intents.list({}, build.IN_B).data == []
    assert api.payment_intents.list({}).data == []


def test_methods_are_listed_by_customer_and_type(api):
    customer, card = build.customer_with(api)
    api.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_usBankAccount_success",
            "confirm": True,
            "mandate_data": build.CONSENT,
        },
        build.IN_A,
    )
    assert len(api.payment_methods.list({"customer": customer.id}, build.IN_A).data) == 2
    cards = api.payment_methods.list({"customer": customer.id, "type": "card"}, build.IN_A).data
    assert [one.id for one in cards] == [card.id]
    assert len(api.customers.payment_methods.list(customer.id, {}, build.IN_A).data) == 2


def test_related_objects_come_along_when_asked(api):
    customer, card = build.customer_with(api)
    build.confirm(api, build.payment(api, customer), card)
    wanted = {"expand": ["data.latest_charge.balance_transaction", "data.customer", "data.payment_method"]}
    found = api.payment_intents.list(wanted, build.IN_A).data[0]
    assert found.latest_charge.balance_transaction.object == "balance_transaction"
    assert (found.customer.id, found.payment_method.card.brand) == (customer.id, "visa")
    plain = api.payment_intents.retrieve(found.id, {}, build.IN_A)
    assert isinstance(plain.latest_charge, str)


def test_what_cannot_be_expanded_is_refused(api):
    build.payment(api, api.customers.create({}, build.IN_A))
    for path in ("data.nonsense", "data.client_secret", "nonsense"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            api.payment_intents.list({"expand": [path]}, build.IN_A)


def test_events_tell_what_happened_in_order(api):
    customer, card = build.customer_with(api)
    intent = build.confirm(api, build.payment(api, customer), card)
    told = [one.type for one in api.events.list({"limit": 10}, build.IN_A).data]
    assert told[:3] == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]
    wanted = {"types": ["payment_intent.succeeded", "payment_intent.created"]}
    assert len(api.events.list(wanted, build.IN_A).data) == 2
    event = api.events.list({"type": "payment_intent.succeeded"}, build.IN_A).data[0]
    assert (event.account, event.livemode, event.api_version) == (build.A, False, stripe.api_version)
    assert event.data.object.id == intent.id
    assert api.events.retrieve(event.id, {}, build.IN_A).id == event.id


def test_an_event_keeps_the_object_as_it_was(api):
    customer, card = build.customer_with(api)
    build.confirm(api, build.payment(api, customer), card)
    created = api.events.list({"type": "payment_intent.created"}, build.IN_A).data[0]
    assert created.data.object.status == "requires_payment_method"


def test_metadata_is_merged_key_by_key(api):
    customer = api.customers.create({"metadata": {"a": "1", "b": "2"}}, build.IN_A)
    now = api.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}}, build.IN_A)
    assert now.metadata.to_dict() == {"a": "1", "c": "3"}
