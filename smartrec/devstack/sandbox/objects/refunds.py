"""Refunds: money back to the method it came from, never more than was paid."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import invalid, not_found, parameter_missing
from smartrec.devstack.sandbox.instruments import Card
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import balance, payment_methods
from smartrec.devstack.sandbox.objects.common import merge_metadata, refuse_unbuilt
from smartrec.devstack.sandbox.timers import timed

Obj = dict[str, Any]
EMPTY = (
    "balance_transaction",
    "description",
    "failure_balance_transaction",
    "failure_reason",
    "pending_reason",
    "receipt_number",
    "source_transfer_reversal",
    "transfer_reversal",
)


def create(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, "origin", "reverse_transfer", "instructions_email")
    charge = _charge(desk, params)
    amount = _check_amount(charge, params)
    method = desk.get("payment_method", charge["payment_method"])
    instrument = payment_methods.instrument_of(method)
    kind = instrument.type
    fields = dict.fromkeys(EMPTY) | {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"type": kind, kind: {"reference": None, "reference_status": "pending"}},
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "status": "pending",
    }
    prefix = "re_" if kind == "card" else "pyr_"
    refund = desk.add("refund", prefix, fields, owner=charge["id"], parent=charge["payment_intent"])
    booked = balance.book(desk, "refund" if kind == "card" else "payment_refund", refund, -amount)
    refund["balance_transaction"] = booked["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    desk.save(charge)
    desk.emit("refund.created", refund)
    desk.emit("charge.refunded", charge)
    _begin(desk, refund, instrument.refund if isinstance(instrument, Card) else "waits")
    return refund


def _begin(desk: Desk, refund: Obj, how: str) -> None:
    """Cards are refunded at once, banks take their time, and some refunds come back."""
    if how == "waits":
        refund["pending_reason"] = "processing"
        desk.save(refund)
        desk.schedule(desk.world.settings.settle_after, settle_refund, refund)
        return
    settle_refund(desk, refund)
    if how == "fails":
        desk.schedule(desk.world.settings.settle_after, fail_refund, refund)


@timed
def settle_refund(desk: Desk, refund: Obj) -> None:
    """The money is back with the payer."""
    if refund["status"] != "pending":
        return
    refund |= {"status": "succeeded", "pending_reason": None}
    desk.save(refund)
    charge = desk.get("charge", refund["charge"])
    desk.record("refund", charge, amount=-refund["amount"], refund=refund["id"])
    desk.emit("refund.updated", refund)


@timed
def fail_refund(desk: Desk, refund: Obj, reason: str = "expired_or_canceled_card") -> None:
    """The payer's bank would not take it: the money is with the merchant again."""
    if refund["status"] not in ("pending", "succeeded"):
        return
    had_arrived = refund["status"] == "succeeded"
    booked = balance.book(desk, "refund_failure", refund, refund["amount"])
    refund |= {
        "status": "failed",
        "failure_reason": reason,
        "failure_balance_transaction": booked["id"],
        "pending_reason": None,
    }
    desk.save(refund)
    charge = desk.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    desk.save(charge)
    moved = refund["amount"] if had_arrived else 0
    desk.record("refund_failed", charge, amount=moved, code=reason, refund=refund["id"])
    desk.emit("refund.failed", refund)


def _charge(desk: Desk, params: Obj) -> Obj:
    """The charge meant, named itself or through its payment intent."""
    if params.get("charge"):
        return desk.get("charge", params["charge"], param="charge")
    if not params.get("payment_intent"):
        raise parameter_missing("charge")
    intent = desk.get("payment_intent", params["payment_intent"], param="payment_intent")
    if not intent["latest_charge"]:
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return desk.get("charge", intent["latest_charge"])


def _check_amount(charge: Obj, params: Obj) -> int:
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount <= 0:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        shown, rest = f"{amount / 100:.2f}", f"{left / 100:.2f}"
        raise invalid(f"Refund amount (${shown}) is greater than unrefunded amount on charge (${rest})", param="amount")
    return amount


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("refund", call.path["refund"])


def retrieve_of_charge(desk: Desk, call: Call) -> Obj:
    refund = retrieve(desk, call)
    if refund["charge"] != call.path["charge"]:
        raise not_found("refund", refund["id"])
    return refund


def update(desk: Desk, call: Call) -> Obj:
    refund = retrieve(desk, call)
    merge_metadata(refund, call.params)
    desk.emit("refund.updated", refund)
    return desk.save(refund)


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    return page(
        desk,
        "refund",
        params,
        url="/v1/refunds",
        owner=params.get("charge"),
        parent=params.get("payment_intent"),
    )
