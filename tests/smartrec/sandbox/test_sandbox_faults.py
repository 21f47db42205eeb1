"""Trouble on demand: what the caller sees, and what really happened."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.smartrec.sandbox import sandboxing as build

# kind, what the SDK raises, its status, how many charges there are, whether the same key then pays or replays.
TROUBLE = [
    ("reset_before", stripe.APIConnectionError, None, 0, "succeeded"),
    ("reset_after", stripe.APIConnectionError, None, 1, "succeeded"),
    ("rate_limit", stripe.RateLimitError, 429, 0, "succeeded"),
    ("lock_timeout", stripe.RateLimitError, 429, 0, "succeeded"),
    ("conflict", stripe.APIError, 409, 0, "succeeded"),
    ("unavailable", stripe.APIError, 503, 0, "succeeded"),
    ("unauthorized", stripe.AuthenticationError, 401, 0, "succeeded"),
    ("error_before", stripe.APIError, 500, 0, 500),
    ("error_after", stripe.APIError, 500, 1, 500),
    ("html_after", stripe.APIError, 502, 1, "succeeded"),
]


@pytest.fixture
def ready(api):
    customer, card = build.customer_with(api)
    return build.payment(api, customer), card


@pytest.mark.parametrize(("kind", "error", "status", "charges", "then"), TROUBLE)
def test_each_kind_of_trouble(box, api, ready, kind, error, status, charges, then):
    intent, card = ready
    box.fault(kind, path="/confirm$")
    keyed = build.IN_A | {"idempotency_key": "cf"}
    with pytest.raises(error) as trouble:
        build.confirm(api, intent, card, keyed)
    assert trouble.value.http_status == status
    assert len(box.movements(payment_intent=intent.id)) == charges
    try:
        found = build.confirm(api, intent, card, keyed).status
    except stripe.APIError as refusal:
        found = refusal.http_status
    assert found == then
    assert box.counts(intent.id).get("charge_succeeded", 0) == max(charges, then == "succeeded")


@pytest.mark.parametrize(("kind", "charges"), [("timeout_before", 0), ("timeout_after", 1)])
def test_an_answer_may_never_come(box, ready, kind, charges):
    intent, card = ready
    box.fault(kind, path="/confirm$", seconds=30)
    values = {"payment_method": card.id, "off_session": "true"}
    with pytest.raises(requests.ReadTimeout):
        build.post(box, f"/v1/payment_intents/{intent.id}/confirm", values, timeout=(60, 0.3))
    assert build.eventually(lambda: len(box.movements(payment_intent=intent.id)) == charges)


def test_an_error_may_be_rolled_forward_later(box, api, ready):
    intent, card = ready
    box.fault("late_work", path="/confirm$", seconds=10)
    with pytest.raises(stripe.APIError):
        build.confirm(api, intent, card)
    assert box.movements() == []
    assert build.eventually(lambda: box.counts(intent.id).get("charge_succeeded") == 1)


@pytest.mark.parametrize("reason", ["global-rate", "endpoint-concurrency"])
def test_a_limiter_says_which_limit(box, ready, reason):
    intent, _ = ready
    box.fault("rate_limit", reason=reason, should_retry="false")
    answer = build.post(box, f"/v1/payment_intents/{intent.id}/confirm")
    assert answer.headers["Stripe-Rate-Limited-Reason"] == reason
    assert answer.headers["Stripe-Should-Retry"] == "false"


def test_a_locked_object_names_no_limiter(box, ready):
    box.fault("lock_timeout")
    answer = build.post(box, f"/v1/payment_intents/{ready[0].id}/confirm")
    assert "Stripe-Rate-Limited-Reason" not in answer.headers
    assert answer.json()["error"]["code"] == "lock_timeout"


def test_trouble_waits_for_its_request(box, api, ready):
    intent, card = ready
    box.fault("error_before", path="/confirm$", account=build.B)
    box.fault("error_before", path="/refunds$", body="amount=77")
    box.fault("rate_limit", path="/customers$", skip=1)
    assert build.confirm(api, intent, card).status == "succeeded"
    api.refunds.create({"payment_intent": intent.id, "amount": 5}, build.IN_A)
    api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.RateLimitError):
        api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.APIError):
        api.refunds.create({"payment_intent": intent.id, "amount": 77}, build.IN_A)
    assert [one["kind"] for one in box.movements()] == ["charge_succeeded", "refund"]


def test_trouble_can_be_taken_back(box, api):
    box.fault("error_before")
    box.clear_faults()
    assert api.customers.create({}, build.IN_A).id


def test_an_answer_may_claim_to_be_live(box, api):
    box.fault("live_after")
    assert api.customers.create({}, build.IN_A).livemode is True


def test_a_hundred_slow_requests_run_at_once(box):
    box.latency(3_600_000)
    with ThreadPoolExecutor(100) as pool:
        answers = [pool.submit(build.post, box, "/v1/customers") for _ in range(100)]
        assert build.eventually(lambda: box.state()["kept_waiting"] == 100)
        box.latency(0)
    assert [answer.result().status_code for answer in answers] == [200] * 100


def test_an_unknown_kind_is_refused(box):
    with pytest.raises(ValueError, match="Bad control command"):
        box.fault("earthquake")
