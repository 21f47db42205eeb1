"""Checkout sessions: one visit to the hosted page, to save a method or to pay."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import bad_parameter, invalid, not_built, parameter_missing
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import mandates, method_types, setup_intents
from smartrec.devstack.sandbox.objects.common import merge_metadata, refuse_unbuilt
from smartrec.devstack.sandbox.objects.payment_intents import CURRENCIES
from smartrec.devstack.sandbox.timers import timed

Obj = dict[str, Any]
ONE_DAY, HALF_AN_HOUR = 24 * 3600, 30 * 60
NOT_BUILT = (
    "automatic_tax",
    "discounts",
    "invoice_creation",
    "optional_items",
    "payment_method_configuration",
    "permissions",
    "shipping_address_collection",
    "shipping_options",
    "subscription_data",
    "tax_id_collection",
)
COPIED = ("client_reference_id", "cancel_url", "customer", "customer_email", "locale", "submit_type", "success_url")


def create(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, *NOT_BUILT)
    _check(params)
    if params.get("customer"):
        desk.get("customer", params["customer"], param="customer")
    setup = params["mode"] == "setup"
    amount, currency = (None, params.get("currency")) if setup else _total(params)
    types = _types(params, currency)
    fields = _blank(desk, params) | {
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": currency,
        "payment_method_types": types,
        "payment_status": "no_payment_required" if setup else "unpaid",
    }
    fields["_intent"] = params.get("setup_intent_data" if setup else "payment_intent_data") or {}
    fields["_items"] = params.get("line_items") or []
    session = desk.add("checkout.session", "cs_test_", fields, owner=params.get("customer"))
    session["url"] = f"{desk.base_url}/pay/{session['id']}"
    if setup:
        session["setup_intent"] = _setup_intent(desk, session, params)["id"]
    desk.schedule(session["expires_at"] - desk.now, expire_in_time, session)
    return session


def _blank(desk: Desk, params: Obj) -> Obj:
    expires = params.get("expires_at", desk.now + ONE_DAY)
    if not desk.now + HALF_AN_HOUR - 60 <= expires <= desk.now + ONE_DAY + 60:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise bad_parameter(message, param="expires_at")
    return {name: params.get(name) for name in COPIED} | {
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "client_secret": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "submit": None},
        "customer_creation": params.get("customer_creation"),
        "customer_details": None,
        "expires_at": expires,
        "metadata": params.get("metadata") or {},
        "mode": params["mode"],
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_options": params.get("payment_method_options") or {},
        "recovered_from": None,
        "setup_intent": None,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "ui_mode": "hosted_page",
        "url": None,
    }


def _check(params: Obj) -> None:
    if "mode" not in params:
        raise parameter_missing("mode")
    if params["mode"] == "subscription":
        raise not_built("subscriptions", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_built("any page but the hosted one", param="ui_mode")
    if not params.get("success_url"):
        raise parameter_missing("success_url")
    if params["mode"] == "setup" and not (params.get("allowed_payment_method_types") or params.get("currency")):
        raise invalid("In `setup` mode, either `allowed_payment_method_types` or `currency` is required.")
    if params["mode"] == "setup" and params.get("line_items"):
        raise bad_parameter("You can not pass `line_items` in `setup` mode.", param="line_items")
    if params.get("customer") and params.get("customer_email"):
        raise bad_parameter("You may only specify one of `customer`, `customer_email`.", param="customer_email")
    method_types.check_exclusive(params)


def _total(params: Obj) -> tuple[int, str]:
    items = params.get("line_items")
    if not items:
        raise parameter_missing("line_items")
    total, currencies = 0, set()
    for index, item in enumerate(items):
        price = item.get("price_data")
        if not price or "unit_amount" not in price:
            raise not_built("line items without `price_data[unit_amount]`", param=f"line_items[{index}]")
        total += price["unit_amount"] * item.get("quantity", 1)
        currencies.add(price["currency"].lower())
    if not currencies <= set(CURRENCIES):
        raise bad_parameter(f"Invalid currency: {', '.join(sorted(currencies))}.", param="line_items")
    if len(currencies) != 1:
        raise bad_parameter("All line items must have the same currency.", param="line_items")
    return total, currencies.pop()


def _types(params: Obj, currency: str | None) -> list[str]:
    """A Canadian debit can be saved only with the terms of its agreement."""
    types = method_types.compatible(params, currency)
    if params["mode"] == "payment" or "acss_debit" not in types:
        return types
    options = (params.get("payment_method_options") or {}).get("acss_debit") or {}
    where = "payment_method_options[acss_debit]"
    if "acss_debit" in (params.get("allowed_payment_method_types") or ()):
        if not options.get("currency"):
            raise parameter_missing(f"{where}[currency]")
        mandates.check_options(options, where=where)
    elif not options:
        types.remove("acss_debit")
    return types


def _setup_intent(desk: Desk, session: Obj, params: Obj) -> Obj:
    data = params.get("setup_intent_data") or {}
    options = {name: value for name, value in session["payment_method_options"].items() if name != "card"}
    wanted: Obj = {
        "allowed_payment_method_types": session["payment_method_types"],
        "customer": session["customer"],
        "description": data.get("description"),
        "metadata": data.get("metadata"),
        "payment_method_options": options,
    }
    return setup_intents.open_intent(desk, wanted)


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("checkout.session", call.path["session"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    clauses: list[tuple[str, str]] = [
        (f"json_extract(body, '$.{name}') = ?", params[name]) for name in ("payment_intent", "status") if name in params
    ]
    also = (" AND ".join(text for text, _ in clauses), [value for _, value in clauses]) if clauses else None
    owner = params.get("customer")
    return page(desk, "checkout.session", params, url="/v1/checkout/sessions", owner=owner, also=also)


def find_items(desk: Desk, call: Call) -> Obj:
    """What the visitor pays for, line by line."""
    session = retrieve(desk, call)
    lines = [_line(session, number, item) for number, item in enumerate(session["_items"], 1)]
    shown = lines[: call.params.get("limit", 10)]
    return {"object": "list", "data": shown, "has_more": len(lines) > len(shown), "url": call.request.path}


def _line(session: Obj, number: int, item: Obj) -> Obj:
    quantity = item.get("quantity", 1)
    total = item["price_data"]["unit_amount"] * quantity
    return {
        "id": f"li_{session['id'].removeprefix('cs_test_')}_{number}",
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": session["currency"],
        "description": (item["price_data"].get("product_data") or {}).get("name"),
        "metadata": {},
        "price": None,
        "quantity": quantity,
    }


def update(desk: Desk, call: Call) -> Obj:
    session = retrieve(desk, call)
    for name in set(call.params) - {"metadata", "expand"}:
        raise not_built(f"`{name}` of an open session", param=name)
    merge_metadata(session, call.params)
    return desk.save(session)


def expire(desk: Desk, call: Call) -> Obj:
    session = retrieve(desk, call)
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}.",
        )
    return _close(desk, session)


@timed
def expire_in_time(desk: Desk, session: Obj) -> None:
    if session["status"] == "open":
        _close(desk, session)


def _close(desk: Desk, session: Obj) -> Obj:
    """Nobody can pay or save here any more; an attempt left half-way is called off."""
    for kind in ("payment_intent", "setup_intent"):
        intent = desk.find(kind, session[kind]) if session[kind] else None
        if intent and intent["status"] not in ("succeeded", "processing", "canceled"):
            intent |= {"status": "canceled", "next_action": None, "cancellation_reason": "abandoned"}
            desk.save(intent)
            desk.emit(f"{kind}.canceled", intent)
    session |= {"status": "expired", "url": None}
    desk.save(session)
    desk.emit("checkout.session.expired", session)
    return session
