"""Idempotency keys, as Stripe documents them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.smartrec.sandbox import sandboxing as build

INTENT = {"amount": "2500", "currency": "cad"}


def test_the_first_answer_is_given_again(box):
    first = build.post(box, "/v1/payment_intents", INTENT, key="k")
    again = build.post(box, "/v1/payment_intents", INTENT, key="k")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.headers


def test_without_a_key_every_request_is_new(box):
    first, again = (build.post(box, "/v1/payment_intents", INTENT).json()["id"] for _ in range(2))
    assert first != again


def test_a_decline_is_given_again_and_tried_once(box, api):
    customer, bad = build.customer_with(api, "pm_card_chargeDeclinedLostCard")
    intent = build.payment(api, customer)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            build.confirm(api, intent, bad, build.IN_A | {"idempotency_key": "cf"})
    assert [one["kind"] for one in box.movements()] == ["charge_failed"]


def test_a_500_is_given_again(box):
    box.fault("error_before", path="/payment_intents")
    assert [build.post(box, "/v1/payment_intents", INTENT, key="k").status_code for _ in range(2)] == [500, 500]


def test_other_parameters_are_refused(box):
    build.post(box, "/v1/payment_intents", INTENT, key="k")
    refusal = build.post(box, "/v1/payment_intents", INTENT | {"amount": "2600"}, key="k")
    assert (refusal.status_code, refusal.json()["error"]["type"]) == (400, "idempotency_error")


def test_the_order_of_parameters_does_not_matter(box):
    build.post(box, "/v1/payment_intents", INTENT, key="k")
    again = build.post(box, "/v1/payment_intents", dict(reversed(INTENT.items())), key="k")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_one_account(box):
    first = build.post(box, "/v1/payment_intents", INTENT, key="k").json()["id"]
    other = build.post(box, "/v1/payment_intents", INTENT, key="k", account=build.B).json()["id"]
    assert first != other


def test_a_request_that_never_began_leaves_nothing(box):
    assert build.post(box, "/v1/payment_intents", {"amount": "2500"}, key="k").status_code == 400
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").status_code == 200


def test_a_second_request_in_flight_is_409(box):
    box.latency(3_600_000)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(build.post, box, "/v1/payment_intents", INTENT, key="k")
        assert build.eventually(lambda: box.state()["kept_waiting"] == 1)
        refused = build.post(box, "/v1/payment_intents", INTENT, key="k")
        box.latency(0)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert first.result().status_code == 200
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").content == first.result().content


def test_a_key_is_forgotten_after_a_day_and_no_sooner(box):
    first = build.post(box, "/v1/payment_intents", INTENT, key="k").json()["id"]
    box.advance(23 * 3600)
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").json()["id"] == first
    box.advance(2 * 3600)
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").json()["id"] != first


def test_a_decline_and_a_500_are_marked_as_replayed(box, api):
    customer, bad = build.customer_with(api, "pm_card_chargeDeclinedLostCard")
    intent = build.payment(api, customer)
    values = {"payment_method": bad.id, "off_session": "true"}
    path = f"/v1/payment_intents/{intent.id}/confirm"
    box.fault("error_before", path="/customers$")
    for status, where, sent in ((402, path, values), (500, "/v1/customers", {})):
        first, again = (build.post(box, where, sent, key=f"k{status}") for _ in range(2))
        assert (first.status_code, again.status_code) == (status, status)
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.content == first.content


def test_a_conflict_is_not_kept(box):
    box.fault("conflict")
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").status_code == 409
    assert build.post(box, "/v1/payment_intents", INTENT, key="k").status_code == 200
