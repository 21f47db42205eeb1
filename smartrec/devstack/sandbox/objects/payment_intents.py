"""Payment intents: one payment, from the wish to the money; it can succeed once."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import bad_parameter, invalid
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import charging, method_types, payment_methods
from smartrec.devstack.sandbox.objects.common import client_secret, merge_metadata, refuse_unbuilt, unexpected_state
from smartrec.devstack.sandbox.objects.setup_intents import check_owner

Obj = dict[str, Any]
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
CURRENCIES = ("cad", "usd", "eur", "gbp")
SMALLEST, LARGEST = 50, 99_999_999
NOT_BUILT = ("confirmation_token", "on_behalf_of", "payment_method_configuration", "transfer_data")
COPIED = (
    "allowed_payment_method_types",
    "application_fee_amount",
    "customer",
    "description",
    "excluded_payment_method_types",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
EMPTY = (
    "application",
    "canceled_at",
    "cancellation_reason",
    "client_secret",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "processing",
    "review",
    "transfer_data",
)
CHANGEABLE = tuple(name for name in COPIED if name not in ("customer", "allowed_payment_method_types"))


def create(desk: Desk, call: Call) -> Obj:
    params = call.params
    if not params.get("confirm"):
        for name in ("mandate", "mandate_data", "off_session", "error_on_requires_action"):
            if name in params:
                message = f"`{name}` is only for a PaymentIntent confirmed at once."
                raise bad_parameter(message, param=name)
    intent = open_intent(desk, params)
    return confirm_with(desk, intent, params) if params.get("confirm") else intent


def open_intent(desk: Desk, params: Obj) -> Obj:
    """A new intent, not yet confirmed: no money can move."""
    refuse_unbuilt(params, *NOT_BUILT)
    _check_capture(params)
    method_types.check_exclusive(params)
    amount, currency = _check_money(params)
    if params.get("customer"):
        desk.get("customer", params["customer"], param="customer")
    method = _method(desk, params)
    fields = dict.fromkeys(EMPTY) | _wanted(params) | {"amount": amount, "currency": currency}
    fields |= {
        "payment_method": method["id"] if method else None,
        "payment_method_types": method_types.compatible(params, currency),
        "status": "requires_confirmation" if method else "requires_payment_method",
    }
    intent = desk.add("payment_intent", "pi_", fields, owner=fields["customer"])
    intent["client_secret"] = client_secret(intent["id"])
    if method:
        check_owner(intent, method, "PaymentIntent")
    desk.emit("payment_intent.created", intent)
    return intent


def _wanted(params: Obj) -> Obj:
    """What the caller asked for, and what Stripe assumes otherwise."""
    automatic = None if "allowed_payment_method_types" in params else _automatic(params)
    return {name: params.get(name) or None for name in COPIED} | {
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": automatic,
        "capture_method": params.get("capture_method", "automatic_async"),
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "metadata": params.get("metadata") or {},
        "payment_method_options": params.get("payment_method_options") or {},
    }


def _automatic(params: Obj) -> Obj:
    return {"allow_redirects": "always", "enabled": True} | (params.get("automatic_payment_methods") or {})


def _check_capture(params: Obj) -> None:
    if params.get("capture_method") == "manual":
        refuse_unbuilt({"capture_method": "manual"}, "capture_method")


def _check_money(params: Obj) -> tuple[int, str]:
    amount, currency = params["amount"], params["currency"].lower()
    if amount < SMALLEST:
        raise bad_parameter("Amount must be at least $0.50.", param="amount", code="amount_too_small")
    if amount > LARGEST:
        raise bad_parameter("Amount must be no more than $999,999.99", param="amount", code="amount_too_large")
    if currency not in CURRENCIES:
        raise bad_parameter(f"Invalid currency: {currency}.", param="currency")
    return amount, currency


def _method(desk: Desk, params: Obj) -> Obj | None:
    if params.get("payment_method_data"):
        return payment_methods.from_data(desk, params["payment_method_data"])
    if not params.get("payment_method"):
        return None
    return payment_methods.resolve(desk, params["payment_method"])


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("payment_intent", call.path["intent"])


def find_many(desk: Desk, call: Call) -> Obj:
    return page(desk, "payment_intent", call.params, url="/v1/payment_intents", owner=call.params.get("customer"))


def update(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, *NOT_BUILT)
    intent = desk.get("payment_intent", call.path["intent"])
    if set(params) - {"metadata", "expand", "description"}:
        _check_open(intent, "updated")
    money = {name: params.get(name, intent[name]) for name in ("amount", "currency")}
    intent["amount"], intent["currency"] = _check_money(money)
    if params.get("customer"):
        desk.get("customer", params["customer"], param="customer")
        intent |= {"customer": params["customer"], "_owner": params["customer"]}
    method = _method(desk, params)
    if method:
        check_owner(intent, method, "PaymentIntent")
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent |= {name: params[name] or None for name in CHANGEABLE if name in params}
    intent["payment_method_options"] |= params.get("payment_method_options") or {}
    merge_metadata(intent, params)
    return desk.save(intent)


def confirm(desk: Desk, call: Call) -> Obj:
    refuse_unbuilt(call.params, "confirmation_token")
    _check_capture(call.params)
    intent = desk.get("payment_intent", call.path["intent"])
    return confirm_with(desk, intent, call.params)


def confirm_with(desk: Desk, intent: Obj, params: Obj) -> Obj:
    """Try to charge: it succeeds, is processing, is refused, or the payer must authenticate."""
    _check_open(intent, "confirmed")
    _check_account(desk)
    _check_amount(intent, params)
    method = _method(desk, params)
    if method is None and intent["payment_method"]:
        method = desk.get("payment_method", intent["payment_method"])
    if method is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            code="payment_intent_unexpected_state",
        )
    check_owner(intent, method, "PaymentIntent")
    method_types.check_type("PaymentIntent", intent, method)
    _check_presence(intent, params, method)
    intent["payment_method_options"] |= params.get("payment_method_options") or {}
    for name in ("setup_future_usage", "receipt_email", "shipping"):
        if name in params:
            intent[name] = params[name] or None
    return charging.charge(desk, intent, method, params)


def _check_account(desk: Desk) -> None:
    account = desk.world.store.read(desk.account)
    if not (account and account["charges_enabled"]):
        raise invalid("Your account cannot currently make charges: it must be set up first.", code="account_invalid")


def _check_amount(intent: Obj, params: Obj) -> None:
    expected = params.get("amount_to_confirm", intent["amount"])
    if expected != intent["amount"]:
        raise invalid(
            f"The amount to confirm ({expected}) is not the amount of the PaymentIntent ({intent['amount']}).",
            param="amount_to_confirm",
        )


def _check_presence(intent: Obj, params: Obj, method: Obj) -> None:
    """Without the payer, a saved method of that payer; with the payer, a way back to our page."""
    if params.get("off_session"):
        owned = method["customer"] == intent["customer"] or method.get("_test_token")
        if intent["customer"] and not owned:
            raise invalid(
                f"The PaymentMethod {method['id']} is not attached to the customer {intent['customer']}.",
                param="payment_method",
            )
        return
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] == "always" and not params.get("return_url"):
        raise bad_parameter(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )


def _check_open(intent: Obj, verb: str) -> None:
    if intent["status"] not in OPEN:
        message = (
            f"This PaymentIntent's status is {intent['status']}, so it cannot be {verb}: it must be one of "
            f"{', '.join(OPEN)}."
        )
        raise unexpected_state("payment_intent", intent, message)


def cancel(desk: Desk, call: Call) -> Obj:
    """No more attempts; a debit on its way can be called back only while its bank has not begun."""
    intent = desk.get("payment_intent", call.path["intent"])
    if not (intent["status"] == "processing" and intent.get("_waits")):
        _check_open(intent, "canceled")
    return close(desk, intent, call.params.get("cancellation_reason"))


def close(desk: Desk, intent: Obj, reason: str | None) -> Obj:
    if intent["status"] == "processing":
        charge = desk.get("charge", intent["latest_charge"])
        charge |= {"status": "failed", "failure_code": "canceled", "failure_message": "The payment was canceled."}
        desk.save(charge)
    intent |= {
        "canceled_at": desk.now,
        "cancellation_reason": reason,
        "next_action": None,
        "processing": None,
        "status": "canceled",
    }
    desk.save(intent)
    desk.emit("payment_intent.canceled", intent)
    return intent
