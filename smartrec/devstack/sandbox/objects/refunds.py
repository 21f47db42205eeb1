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
    kind = payment_methods.instrument_of(method).type
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
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    desk.save(charge)
    desk.emit("refund.created", refund)
    desk.emit("charge.refunded", charge)
    if balance.available(desk, refund["currency"]) < amount:
        _short(desk, refund, kind)
    else:
        _begin(desk, refund)
    return refund


def _short(desk: Desk, refund: Obj, kind: str) -> None:
    """Without the money a card's refund waits for it; any other refund fails."""
    if kind != "card":
        fail_refund(desk, refund, "insufficient_funds")
        return
    refund["pending_reason"] = "insufficient_funds"
    desk.save(refund)
    desk.schedule(balance.ONE_DAY, fund_refund, refund)


@timed
def fund_refund(desk: Desk, refund: Obj) -> None:
    """A refund that waits for money looks whether it has come."""
    if refund["status"] != "pending" or refund["pending_reason"] != "insufficient_funds":
        return
    if balance.available(desk, refund["currency"]) >= refund["amount"]:
        _begin(desk, refund)
    else:
        desk.schedule(balance.ONE_DAY, fund_refund, refund)


def fund_waiting(desk: Desk) -> None:
    """The account has money again: its waiting refunds go out, the oldest first."""
    waiting = desk.world.store.select(
        "account = ? AND kind = 'refund' AND json_extract(body, '$.pending_reason') = ? ORDER BY seq",
        (desk.account, "insufficient_funds"),
    )
    for refund in list(waiting):
        fund_refund(desk, refund)


def fail_pending(desk: Desk, charge: Obj) -> None:
    """A dispute overtakes the refunds that have not arrived."""
    waiting = desk.world.store.select(
        "account = ? AND kind = 'refund' AND owner = ? AND json_extract(body, '$.status') = 'pending'",
        (desk.account, charge["id"]),
    )
    for refund in list(waiting):
        fail_refund(desk, refund, "charge_for_pending_refund_disputed")


def _begin(desk: Desk, refund: Obj) -> None:
    """Cards are refunded at once, banks take their time, and some refunds come back."""
    method = desk.get("payment_method", refund["payment_method"])
    instrument = payment_methods.instrument_of(method)
    card = isinstance(instrument, Card)
    booked = balance.book(desk, "refund" if card else "payment_refund", refund, -refund["amount"])
    refund |= {"balance_transaction": booked["id"], "pending_reason": None}
    how = instrument.refund if isinstance(instrument, Card) else "waits"
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
    refund |= {"status": "failed", "failure_reason": reason, "pending_reason": None}
    # What was never taken out need not come back.
    if refund["balance_transaction"]:
        refund["failure_balance_transaction"] = balance.book(desk, "refund_failure", refund, refund["amount"])["id"]
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
    if charge.get("_charged_back"):
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
