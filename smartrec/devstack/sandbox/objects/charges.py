"""Charges: each attempt that reached a bank, and what the bank said."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.instruments import Decline
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects.common import merge_metadata

Obj = dict[str, Any]
COPIED = (
    "amount",
    "application",
    "application_fee_amount",
    "currency",
    "customer",
    "description",
    "on_behalf_of",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)
EMPTY = (
    "application_fee",
    "balance_transaction",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "outcome",
    "receipt_number",
    "receipt_url",
    "review",
    "source_transfer",
)
NOT_YET = ("captured", "disputed", "paid", "refunded")
APPROVED: Obj = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 7,
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def refused(decline: Decline) -> Obj:
    """What the bank answered; a blocked payment never reached it."""
    return APPROVED | {
        "advice_code": decline.advice,
        "network_advice_code": decline.network_advice,
        "network_decline_code": decline.network_code or None,
        "network_status": "not_sent_to_network" if decline.blocked else "declined_by_network",
        "reason": "highest_risk_level" if decline.blocked else decline.decline_code,
        "risk_level": "highest" if decline.blocked else "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "blocked" if decline.blocked else "issuer_declined",
    }


def returned(code: str, network_code: str | None) -> Obj:
    """A debit the bank sent back."""
    return APPROVED | {
        "network_decline_code": network_code,
        "network_status": "declined_by_network",
        "reason": code,
        "seller_message": "The bank returned the debit.",
        "type": "issuer_declined",
    }


def open_charge(desk: Desk, intent: Obj, method: Obj, *, status: str, mandate: str | None = None) -> Obj:
    """A new charge for an intent; the money comes with its success."""
    fields = dict.fromkeys(EMPTY) | {name: intent[name] for name in COPIED} | dict.fromkeys(NOT_YET, False)
    fields |= {
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "SANDBOX",
        "fraud_details": {},
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(method, mandate),
        "status": status,
    }
    prefix = "ch_" if method["type"] == "card" else "py_"
    return desk.add("charge", prefix, fields, owner=intent["customer"], parent=intent["id"])


def _details(method: Obj, mandate: str | None) -> Obj:
    kind = method["type"]
    saved = method[kind]
    if kind != "card":
        kept = {name: value for name, value in saved.items() if name not in ("networks", "status_details")}
        kept.pop("financial_connections_account", None)
        return {"type": kind, kind: kept | {"expected_debit_date": None, "mandate": mandate}}
    names = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    kept = {name: saved[name] for name in names}
    more = {"installments": None, "mandate": mandate, "network": saved["brand"], "three_d_secure": None, "wallet": None}
    return {"type": kind, kind: kept | more}


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("charge", call.path["charge"])


def update(desk: Desk, call: Call) -> Obj:
    charge = desk.get("charge", call.path["charge"])
    charge |= {name: call.params[name] for name in ("description", "receipt_email") if name in call.params}
    merge_metadata(charge, call.params)
    desk.emit("charge.updated", charge)
    return desk.save(charge)


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    return page(
        desk,
        "charge",
        params,
        url="/v1/charges",
        owner=params.get("customer"),
        parent=params.get("payment_intent"),
    )
