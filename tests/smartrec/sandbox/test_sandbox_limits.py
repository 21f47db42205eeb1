"""The limiter: so many requests a second, counted as Stripe counts them."""

import time

from tests.smartrec.sandbox import sandboxing as build


def burst(box, count, path="/v1/customers", **more):
    return [build.post(box, path, **more).status_code for _ in range(count)]


def test_what_comes_too_fast_is_refused_with_the_limit_named(box):
    box.limit(5)
    assert burst(box, 8) == [200] * 5 + [429] * 3
    refusal = build.post(box, "/v1/customers")
    assert refusal.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert box.state()["limit"] == {"per_second": 5, "refused": 4}


def test_a_second_later_it_goes_on(box):
    box.limit(5)
    burst(box, 6)
    time.sleep(1.1)
    assert burst(box, 1) == [200]


def test_each_operation_of_each_account_counts_by_itself(box):
    box.limit(2)
    assert burst(box, 2) == burst(box, 2, account=build.B) == burst(box, 2, path="/v1/setup_intents") == [200] * 2


def test_a_refused_request_keeps_its_key_free(box):
    box.limit(1)
    assert [build.post(box, "/v1/customers", key=key).status_code for key in ("a", "b")] == [200, 429]
    box.limit(0)
    assert "Idempotent-Replayed" not in build.post(box, "/v1/customers", key="b").headers


def test_without_a_limit_nothing_is_refused(box):
    assert burst(box, 40) == [200] * 40
