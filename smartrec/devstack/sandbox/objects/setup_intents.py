"""Setup intents: save a method now, to charge it later without its owner."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import invalid, parameter_missing
from smartrec.devstack.sandbox.instruments import Bank
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import declines, mandates, method_types, payment_methods
from smartrec.devstack.sandbox.objects.authentication import ask_to_authenticate
from smartrec.devstack.sandbox.objects.common import client_secret, merge_metadata, refuse_unbuilt, unexpected_state

Obj = dict[str, Any]
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
TWO_DAYS = 2 * 24 * 3600
COPIED = (
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "customer",
    "description",
    "excluded_payment_method_types",
    "flow_directions",
)
EMPTY = (
    "application",
    "cancellation_reason",
    "client_secret",
    "last_setup_error",
    "latest_attempt",
    "mandate",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "single_use_mandate",
)
NOT_BUILT = ("attach_to_self", "on_behalf_of", "confirmation_token", "payment_method_configuration", "single_use")


def create(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, *NOT_BUILT)
    method_types.check_exclusive(params)
    if "mandate_data" in params and not params.get("confirm"):
        raise invalid("`mandate_data` is only for a SetupIntent confirmed at once.", param="mandate_data")
    intent = open_intent(desk, params)
    return confirm_with(desk, intent, params) if params.get("confirm") else intent


def open_intent(desk: Desk, params: Obj) -> Obj:
    """A new intent, not yet confirmed."""
    if params.get("customer"):
        desk.get("customer", params["customer"], param="customer")
    method = _method(desk, params)
    fields = dict.fromkeys(EMPTY) | {name: params.get(name) for name in COPIED}
    fields |= {
        "metadata": params.get("metadata") or {},
        "payment_method": method["id"] if method else None,
        "payment_method_options": params.get("payment_method_options") or {},
        "payment_method_types": method_types.compatible(params, None),
        "status": "requires_confirmation" if method else "requires_payment_method",
        "usage": params.get("usage", "off_session"),
    }
    intent = desk.add("setup_intent", "seti_", fields, owner=params.get("customer"))
    intent["client_secret"] = client_secret(intent["id"])
    desk.emit("setup_intent.created", intent)
    return intent


def _method(desk: Desk, params: Obj) -> Obj | None:
    if params.get("payment_method_data"):
        return payment_methods.from_data(desk, params["payment_method_data"])
    if not params.get("payment_method"):
        return None
    method = payment_methods.resolve(desk, params["payment_method"])
    payment_methods.check_usable(method)
    return method


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("setup_intent", call.path["intent"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    method = params.get("payment_method")
    also = ("json_extract(body, '$.payment_method') = ?", [method]) if method else None
    return page(desk, "setup_intent", params, url="/v1/setup_intents", owner=params.get("customer"), also=also)


def update(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, "attach_to_self", "payment_method_configuration")
    intent = desk.get("setup_intent", call.path["intent"])
    _check_open(intent, "updated")
    if params.get("customer"):
        desk.get("customer", params["customer"], param="customer")
        intent |= {"customer": params["customer"], "_owner": params["customer"]}
    method = _method(desk, params)
    if method:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent |= {name: params[name] for name in ("description", "payment_method_options") if name in params}
    merge_metadata(intent, params)
    return desk.save(intent)


def confirm(desk: Desk, call: Call) -> Obj:
    refuse_unbuilt(call.params, "confirmation_token")
    intent = desk.get("setup_intent", call.path["intent"])
    return confirm_with(desk, intent, call.params)


def cancel(desk: Desk, call: Call) -> Obj:
    intent = desk.get("setup_intent", call.path["intent"])
    _check_open(intent, "canceled")
    intent |= {
        "status": "canceled",
        "next_action": None,
        "cancellation_reason": call.params.get("cancellation_reason"),
    }
    desk.emit("setup_intent.canceled", intent)
    return desk.save(intent)


def _check_open(intent: Obj, verb: str) -> None:
    if intent["status"] not in OPEN:
        message = f"This SetupIntent cannot be {verb} because it has a status of {intent['status']}."
        raise unexpected_state("setup_intent", intent, message)


def confirm_with(desk: Desk, intent: Obj, params: Obj) -> Obj:
    """Try to save the method: it succeeds, is refused, or its owner must authenticate."""
    _check_open(intent, "confirmed")
    method = _method(desk, params)
    if method is None and intent["payment_method"]:
        method = desk.get("payment_method", intent["payment_method"])
    if method is None:
        raise invalid("You cannot confirm this SetupIntent because it is missing a payment method.")
    check_owner(intent, method, "SetupIntent")
    method_types.check_type("SetupIntent", intent, method)
    options = intent["payment_method_options"] | (params.get("payment_method_options") or {})
    intent |= {"payment_method": method["id"], "payment_method_options": options, "next_action": None}
    instrument = payment_methods.instrument_of(method)
    if isinstance(instrument, Bank):
        return _confirm_bank(desk, intent, method, params.get("mandate_data"))
    decline = declines.refuses_saving(desk, instrument)
    if decline:
        raise refuse(desk, intent, declines.described(decline, method))
    if instrument.authenticate in ("always", "unless_set_up"):
        intent["status"] = "requires_action"
        intent["next_action"] = ask_to_authenticate(desk, intent, params.get("return_url"))
        desk.emit("setup_intent.requires_action", intent)
        return desk.save(intent)
    return complete(desk, intent, method)


def check_owner(intent: Obj, method: Obj, noun: str) -> None:
    """A customer's method is for that customer's intents alone."""
    payment_methods.check_usable(method)
    if method["customer"] in (None, intent["customer"]):
        return
    if intent["customer"] is None:
        raise invalid(
            f"The PaymentMethod {method['id']} belongs to a Customer. Please include the Customer in the `customer` "
            f"parameter on the {noun}.",
            param="payment_method",
        )
    raise invalid(
        f"The provided PaymentMethod {method['id']} does not belong to the customer {intent['customer']}. Please use "
        "this PaymentMethod with the Customer that it belongs to instead.",
        param="payment_method",
    )


def _confirm_bank(desk: Desk, intent: Obj, method: Obj, data: Obj | None) -> Obj:
    if not data:
        raise parameter_missing("mandate_data")
    kind = method["type"]
    where = f"payment_method_options[{kind}]"
    options = intent["payment_method_options"].get(kind) or {}
    if kind == "acss_debit":
        if not options.get("currency"):
            raise parameter_missing(f"{where}[currency]")
        options = mandates.check_options(options, where=where)
    bank = payment_methods.instrument_of(method)
    if isinstance(bank, Bank) and not bank.verifies:
        raise refuse(desk, intent, UNVERIFIED | {"payment_method": dict(method)})
    if (intent["payment_method_options"].get(kind) or {}).get("verification_method") == "microdeposits":
        return _await_deposits(desk, intent, data)
    return complete(desk, intent, method, mandates.create(desk, method, data, options=options))


def _await_deposits(desk: Desk, intent: Obj, consent: Obj) -> Obj:
    """Two small deposits are on their way; the payer will tell what arrived."""
    intent |= {"status": "requires_action", "_consent": consent, "_tries": 0}
    awaited = {
        "arrival_date": desk.now + TWO_DAYS,
        "hosted_verification_url": f"{desk.base_url}/_sandbox/",
        "microdeposit_type": "amounts",
    }
    intent["next_action"] = {"type": "verify_with_microdeposits", "verify_with_microdeposits": awaited}
    desk.emit("setup_intent.requires_action", intent)
    return desk.save(intent)


UNVERIFIED = {
    "code": "payment_method_microdeposit_failed",
    "message": "The bank account could not be verified with microdeposits.",
    "type": "invalid_request_error",
}


def complete(desk: Desk, intent: Obj, method: Obj, mandate: Obj | None = None) -> Obj:
    """The method is saved: it now belongs to the customer, ready for charges without them."""
    method |= {"_set_up": True, "_verified": True}
    desk.save(method)
    if intent["customer"]:
        payment_methods.attach_to(desk, method, intent["customer"])
        if mandate:
            desk.save(mandate | {"_owner": intent["customer"]})
    intent |= {
        "status": "succeeded",
        "mandate": mandate["id"] if mandate else None,
        "next_action": None,
        "last_setup_error": None,
        "payment_method": method["id"],
    }
    desk.emit("setup_intent.succeeded", intent)
    return desk.save(intent)


def refuse(desk: Desk, intent: Obj, error: Obj) -> Exception:
    """Note the refusal on the intent, which then waits for another method."""
    shown = {key: value for key, value in error.items() if not key.startswith("_")}
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_setup_error"] = shown
    desk.save(intent)
    desk.emit("setup_intent.setup_failed", intent)
    return declines.declined(error, setup_intent=intent)
