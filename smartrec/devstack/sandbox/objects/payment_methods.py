"""Payment methods: a saved card or bank account, of one customer or of nobody yet."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError, bad_parameter, invalid, not_built, parameter_missing
from smartrec.devstack.sandbox.instruments import BANK_BY_NUMBER, INSTRUMENTS, Bank, Card, Instrument, fingerprint
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import declines, mandates
from smartrec.devstack.sandbox.objects.common import merge_metadata
from smartrec.devstack.sandbox.rendering import render
from smartrec.devstack.sandbox.store import PLATFORM

Obj = dict[str, Any]
SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To "
    "use a PaymentMethod multiple times, you must attach it to a Customer first."
)
ADDRESS: Obj = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def from_instrument(desk: Desk, instrument: Instrument, *, billing: Obj | None = None, **more: Any) -> Obj:
    """A new method for a test card or a test account."""
    billing = billing or {}
    details: Obj = {"email": None, "name": None, "phone": None, "tax_id": None} | billing
    details["address"] = ADDRESS | (billing.get("address") or {})
    shown = _card(instrument, more.pop("card", {})) if isinstance(instrument, Card) else _bank(instrument)
    fields: Obj = {
        "allow_redisplay": "unspecified",
        "billing_details": details,
        instrument.type: shown,
        "customer": None,
        "metadata": {},
        "type": instrument.type,
        "_instrument": instrument.token,
        "_set_up": False,
        "_spent": False,
        "_verified": True,
        **more,
    }
    return desk.add("payment_method", "pm_", fields, parent=instrument.type)


def _card(card: Card, typed: Obj) -> Obj:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if card.decline and card.decline.code == "incorrect_cvc" else "pass",
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": fingerprint(card),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    } | typed


def _bank(bank: Bank) -> Obj:
    shown: Obj = {"bank_name": "STRIPE TEST BANK", "fingerprint": fingerprint(bank), "last4": bank.last4}
    if bank.type == "acss_debit":
        return shown | {"institution_number": "000", "transit_number": "11000"}
    return shown | {
        "account_holder_type": "individual",
        "account_type": "checking",
        "financial_connections_account": None,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }


def resolve(desk: Desk, ident: str, *, param: str = "payment_method") -> Obj:
    """The named method; a test token makes a new one, as Stripe's test mode does."""
    if ident in INSTRUMENTS:
        return from_instrument(desk, INSTRUMENTS[ident], _test_token=True)
    return desk.get("payment_method", ident, param=param)


def instrument_of(method: Obj) -> Instrument:
    return INSTRUMENTS[method["_instrument"]]


def create(desk: Desk, call: Call) -> Obj:
    params = call.params
    if "payment_method" in params:
        return _clone(desk, params)
    if "customer" in params:
        raise invalid("`customer` is for cloning a PaymentMethod to a connected account.", param="customer")
    return from_data(desk, params)


def from_data(desk: Desk, data: Obj) -> Obj:
    """A method from what the caller typed; whole card numbers belong on the hosted page alone."""
    kind = data.get("type")
    if kind is None:
        raise parameter_missing("type")
    more = {"metadata": data.get("metadata") or {}, "billing": data.get("billing_details") or {}}
    if kind == "card":
        return from_instrument(desk, _card_by_token(data.get("card") or {}), **more)
    if kind not in ("us_bank_account", "acss_debit"):
        raise not_built(f"payment methods of type {kind}", param="type")
    typed = data.get(kind) or {}
    bank = BANK_BY_NUMBER.get((kind, typed.get("account_number", "")))
    if bank is None:
        raise bad_parameter("Use one of Stripe's test account numbers.", param=f"{kind}[account_number]")
    return from_instrument(desk, bank, _verified=False, **more)


def _card_by_token(typed: Obj) -> Instrument:
    token = typed.get("token", "")
    if "number" in typed:
        message = (
            "Sending credit card numbers directly to the Stripe API is generally unsafe. To continue processing use "
            "Stripe.js, the Stripe mobile bindings, or Stripe Elements."
        )
        raise ApiError(message, status=402, stored=False)
    instrument = INSTRUMENTS.get(token.replace("tok_", "pm_card_", 1))
    if instrument is None:
        raise bad_parameter(f"No such token: '{token}'", param="card[token]", code="resource_missing")
    return instrument


def _clone(desk: Desk, params: Obj) -> Obj:
    """Copy a method of the platform's customer into a connected account, attached to nobody there yet."""
    if desk.account == PLATFORM:
        raise invalid("You must use the Stripe-Account header to clone a PaymentMethod.", param="payment_method")
    platform = desk.at(PLATFORM)
    original = resolve(platform, params["payment_method"])
    owner = params.get("customer")
    if owner:
        platform.get("customer", owner, param="customer")
    if original["customer"] != owner:
        raise invalid("The payment method supplied does not belong to the supplied customer.", param="payment_method")
    check_usable(original)
    if owner is None:
        original["_spent"] = True
    kept = {name: original[name] for name in ("billing_details", original["type"], "type")}
    kept |= {name: original[name] for name in ("_instrument", "_set_up", "_verified")}
    fields = {"allow_redisplay": "unspecified", "customer": None, "metadata": {}, "_spent": False} | kept
    clone = desk.add("payment_method", "pm_", fields | {"_origin": original["id"]}, parent=original["type"])
    original["_clones"] = [*original.get("_clones", []), clone["id"]]
    platform.save(original)
    mandates.share(platform, original, desk, clone)
    return clone


def check_usable(method: Obj) -> None:
    if method["_spent"]:
        raise invalid(SPENT, param="payment_method")


def retrieve(desk: Desk, call: Call) -> Obj:
    return resolve(desk, call.path["payment_method"])


def retrieve_of_customer(desk: Desk, call: Call) -> Obj:
    desk.get("customer", call.path["customer"], param="customer")
    method = desk.get("payment_method", call.path["payment_method"])
    if method["customer"] != call.path["customer"]:
        raise invalid("The PaymentMethod does not belong to the Customer.", param="payment_method")
    return method


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    owner = call.path.get("customer") or params.get("customer")
    if owner:
        desk.get("customer", owner, param="customer")
    also = ("parent = ?", [params["type"]]) if "type" in params else None
    return page(desk, "payment_method", params, url=call.request.path, owner=owner, also=also)


def update(desk: Desk, call: Call) -> Obj:
    params = call.params
    method = desk.get("payment_method", call.path["payment_method"])
    if method["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    before = render(method)
    billing = params.get("billing_details") or {}
    address = method["billing_details"]["address"] | (billing.get("address") or {})
    method["billing_details"] = method["billing_details"] | billing | {"address": address}
    if "allow_redisplay" in params:
        method["allow_redisplay"] = params["allow_redisplay"]
    method[method["type"]] = method[method["type"]] | (params.get(method["type"]) or {})
    merge_metadata(method, params)
    desk.emit("payment_method.updated", method, before={k: v for k, v in before.items() if method[k] != v})
    return desk.save(method)


def attach(desk: Desk, call: Call) -> Obj:
    if "customer" not in call.params:
        raise parameter_missing("customer")
    method = resolve(desk, call.path["payment_method"])
    customer = desk.get("customer", call.params["customer"], param="customer")
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method you provided has already been attached to a customer.")
    check_usable(method)
    if not method["_verified"]:
        raise invalid("Bank accounts must be verified with a SetupIntent before they can be attached to a customer.")
    declines.check_saving(desk, method, instrument_of(method))
    return attach_to(desk, method, customer["id"])


def attach_to(desk: Desk, method: Obj, customer: str) -> Obj:
    if method["customer"] != customer:
        method |= {"customer": customer, "_owner": customer}
        desk.save(method)
        desk.emit("payment_method.attached", method)
    return method


def detach(desk: Desk, call: Call) -> Obj:
    """A detached method can never be charged again."""
    method = desk.get("payment_method", call.path["payment_method"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    before = {"customer": method["customer"]}
    method |= {"customer": None, "_owner": None, "_spent": True}
    desk.save(method)
    desk.emit("payment_method.detached", method, before=before)
    return method
