"""How an attempt ends: the money is booked, or the failure is noted, and whoever waits is told."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.objects import balance, declines, payment_methods, payouts

Obj = dict[str, Any]


def succeed(desk: Desk, intent: Obj, method: Obj, made: Obj) -> None:
    amount, application_fee = made["amount"], made["application_fee_amount"] or 0
    fee = balance.fee_on(amount)
    kind = "charge"
    if method["type"] != "card":
        kind, fee = "payment", balance.bank_fee_on(amount)
    booked = balance.book(desk, kind, made, amount, fee=fee, application_fee=application_fee)
    payouts.plan(desk)
    made |= {
        "amount_captured": amount,
        "balance_transaction": booked["id"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    desk.save(made)
    intent |= {
        "amount_received": amount,
        "last_payment_error": None,
        "latest_charge": made["id"],
        "next_action": None,
        "payment_method": method["id"],
        "processing": None,
        "status": "succeeded",
    }
    desk.save(intent)
    _keep_method(desk, intent, method)
    desk.record("charge_succeeded", made, amount=amount)
    desk.emit("charge.succeeded", made)
    desk.emit("payment_intent.succeeded", intent)
    if kind == "payment":
        tell_session(desk, intent, "succeeded")


def _keep_method(desk: Desk, intent: Obj, method: Obj) -> None:
    """A method nobody owns is used up, unless the payment also saves it."""
    if method["customer"] is not None:
        return
    if intent["setup_future_usage"] and intent["customer"]:
        method |= {"_set_up": True, "_verified": True}
        payment_methods.attach_to(desk, method, intent["customer"])
    else:
        desk.save(method | {"_spent": True})


def fail(desk: Desk, intent: Obj, made: Obj, error: Obj) -> None:
    desk.save(made)
    intent |= {
        "last_payment_error": error,
        "latest_charge": made["id"],
        "next_action": None,
        "payment_method": None,
        "processing": None,
        "status": "requires_payment_method",
    }
    desk.save(intent)
    desk.record("charge_failed", made, amount=made["amount"], code=error.get("decline_code") or error["code"])
    desk.emit("charge.failed", made)
    desk.emit("payment_intent.payment_failed", intent)


def tell_session(desk: Desk, intent: Obj, outcome: str) -> None:
    """The checkout session a debit came from hears how it ended."""
    session = desk.find("checkout.session", intent.get("_session") or "")
    if session:
        session["payment_status"] = "paid" if outcome == "succeeded" else "unpaid"
        desk.save(session)
        desk.emit(f"checkout.session.async_payment_{outcome}", session)


def refuse(desk: Desk, intent: Obj, error: Obj) -> ApiError:
    """Nothing was charged: the intent waits for another method."""
    intent |= {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent["last_payment_error"] = error
    desk.save(intent)
    desk.emit("payment_intent.payment_failed", intent)
    return declines.declined(error, payment_intent=intent)
