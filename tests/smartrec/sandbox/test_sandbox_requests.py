"""Who may ask, and what is refused before anything happens."""

import pytest
import requests
import stripe

from tests.smartrec.sandbox import sandboxing as build


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (None, 401),
        ("sk_live_abc", 401),
        ("rk_live_abc", 401),
        ("pk_test_abc", 401),
        ("nonsense", 401),
        ("sk_test_x", 200),
    ],
)
def test_only_test_keys_open_the_door(box, token, status):
    assert build.post(box, "/v1/customers", token=token).status_code == status


@pytest.mark.parametrize("token", ["sk_live_a", "rk_live_a"])
def test_a_live_key_is_told_apart(box, token):
    assert "refuses live keys" in build.post(box, "/v1/customers", token=token).text


def test_a_refused_request_leaves_nothing_behind(box, api):
    customer, method, _ = build.saved_bank(api)
    events = len(api.events.list({"limit": 100}, build.IN_A).data)
    with pytest.raises(stripe.InvalidRequestError, match="mandate"):
        build.payment(api, customer, payment_method=method, confirm=True, off_session=True)
    assert api.payment_intents.list({}, build.IN_A).data == []
    assert len(api.events.list({"limit": 100}, build.IN_A).data) == events
    assert box.movements() == []


def test_an_unknown_account_is_forbidden(box):
    refusal = build.post(box, "/v1/customers", account="acct_unknown")
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (403, "account_invalid")


def test_another_version_is_refused(box):
    with pytest.raises(stripe.InvalidRequestError, match="dahlia"):
        build.client(box, stripe_version="2026-08-26.dahlia").customers.list()


def test_another_accounts_object_does_not_exist(api):
    customer = api.customers.create({}, build.IN_A)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.customers.retrieve(customer.id, {}, build.IN_B)
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("values", "code", "param"),
    [
        ({"currency": "cad"}, "parameter_missing", "amount"),
        ({"amount": "100"}, "parameter_missing", "currency"),
        ({"amount": "1.5", "currency": "cad"}, "parameter_invalid_integer", "amount"),
        ({"amount": "100", "currency": "cad", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": "100", "currency": "cad", "shipping[x]": "1"}, "parameter_unknown", "shipping[x]"),
        ({"amount": "100", "currency": "cad", "confirm": "yes"}, None, "confirm"),
        ({"amount": "100", "currency": "cad", "capture_method": "later"}, None, "capture_method"),
        ({"amount": "100", "currency": "cad", "metadata[k]": "x" * 501}, None, "metadata[k]"),
        ({"amount": "10", "currency": "cad"}, "amount_too_small", "amount"),
        ({"amount": "100", "currency": "zzz"}, None, "currency"),
        ({"amount": "100", "currency": "cad", "customer": "cus_no"}, "resource_missing", "customer"),
        (
            {"amount": "100", "currency": "cad", "payment_method_options[card][setup_credential_usage]": "never"},
            None,
            "payment_method_options[card][setup_credential_usage]",
        ),
    ],
)
def test_parameters_are_held_against_the_description(box, values, code, param):
    refusal = build.post(box, "/v1/payment_intents", values)
    error = refusal.json()["error"]
    assert refusal.status_code in (400, 404)
    assert (error.get("code"), error["param"], error["type"]) == (code, param, "invalid_request_error")
    assert box.movements() == []


@pytest.mark.parametrize("path", ["payment_intents", "setup_intents", "checkout/sessions"])
def test_the_retired_list_of_types_is_refused(box, path):
    values = {"payment_method_types[0]": "card", "amount": "100", "currency": "cad", "mode": "payment"}
    wanted = {key: values[key] for key in values if path == "payment_intents" or key.startswith("payment")}
    error = build.post(box, f"/v1/{path}", wanted).json()["error"]
    assert error["code"] == "payment_method_types_no_longer_supported"


def test_allowed_types_that_do_not_fit_are_dropped_without_a_word(api):
    wanted = {"amount": 100, "currency": "cad", "allowed_payment_method_types": ["card", "us_bank_account", "klarna"]}
    assert api.payment_intents.create(wanted, build.IN_A).payment_method_types == ["card"]


def test_there_is_one_way_to_say_which_types(api):
    wanted = {
        "amount": 100,
        "currency": "cad",
        "allowed_payment_method_types": ["card"],
        "automatic_payment_methods": {"enabled": True},
    }
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        api.payment_intents.create(wanted, build.IN_A)


def test_what_the_sandbox_cannot_do_it_says(api):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        api.payment_intents.create({"amount": 100, "currency": "cad", "capture_method": "manual"}, build.IN_A)
    assert refusal.value.code == "sandbox_not_implemented"


def test_an_unknown_address_is_404(box):
    refusal = requests.get(f"{box.base_url}/v1/unicorns", headers={"Authorization": "Bearer sk_test_x"}, timeout=120)
    assert refusal.status_code == 404


def test_every_answer_names_its_request(box):
    answer = build.post(box, "/v1/customers", key="k")
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Idempotency-Key"] == "k"
    assert answer.json()["livemode"] is False
