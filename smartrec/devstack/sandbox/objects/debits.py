"""Bank debits: on their way for days, then settled or sent back, and sometimes sent back after that."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import DOCS, invalid, parameter_missing
from smartrec.devstack.sandbox.instruments import Bank
from smartrec.devstack.sandbox.objects import balance, charges, disputes, ending, mandates, network, payment_methods
from smartrec.devstack.sandbox.rendering import render
from smartrec.devstack.sandbox.timers import timed

Obj = dict[str, Any]


def debit(desk: Desk, intent: Obj, method: Obj, params: Obj) -> Obj:
    """Ask the bank for the money: the answer comes later."""
    if network.is_blocked(method):
        raise network.refuse_blocked(desk, intent, method)
    mandate = _mandate(desk, intent, method, params)
    if _awaits_deposits(intent, method):
        return await_deposits(desk, intent, method, mandate)
    return send(desk, intent, method, mandate)


def _awaits_deposits(intent: Obj, method: Obj) -> bool:
    """An account that is new here may have to be proved before its first debit."""
    options = intent["payment_method_options"].get(method["type"]) or {}
    return options.get("verification_method") == "microdeposits" and not method["_set_up"]


def await_deposits(desk: Desk, intent: Obj, method: Obj, mandate: Obj) -> Obj:
    """Two small deposits are on their way; the debit waits until the payer tells what arrived."""
    intent |= {"status": "requires_action", "payment_method": method["id"], "_mandate": mandate["id"], "_tries": 0}
    intent["next_action"] = deposits_on_their_way(desk)
    desk.save(intent)
    desk.emit("payment_intent.requires_action", intent)
    return intent


def deposits_on_their_way(desk: Desk) -> Obj:
    awaited = {
        "arrival_date": desk.now + balance.TWO_DAYS,
        "hosted_verification_url": f"{desk.base_url}/_sandbox/",
        "microdeposit_type": "amounts",
    }
    return {"type": "verify_with_microdeposits", "verify_with_microdeposits": awaited}


def send(desk: Desk, intent: Obj, method: Obj, mandate: Obj) -> Obj:
    """The debit is with the bank."""
    made = charges.open_charge(desk, intent, method, status="pending", mandate=mandate["id"])
    made["outcome"] = charges.APPROVED
    desk.save(made)
    bank = payment_methods.instrument_of(method)
    intent |= {
        "last_payment_error": None,
        "latest_charge": made["id"],
        "next_action": None,
        "payment_method": method["id"],
        "processing": {"type": method["type"]},
        "status": "processing",
        "_waits": isinstance(bank, Bank) and bank.outcome == "waits",
    }
    desk.save(intent)
    if isinstance(bank, Bank) and bank.outcome != "waits":
        desk.schedule(desk.world.settings.settle_after + bank.extra_seconds, settle_debit, intent)
    desk.emit("payment_intent.processing", intent)
    desk.emit("charge.pending", made)
    return intent


def _mandate(desk: Desk, intent: Obj, method: Obj, params: Obj) -> Obj:
    if params.get("mandate"):
        return mandates.check(desk, params["mandate"], method)
    if params.get("mandate_data"):
        kind = method["type"]
        options = (intent["payment_method_options"] or {}).get(kind) or {}
        if kind == "acss_debit":
            options = mandates.check_options(options, where="payment_method_options[acss_debit]")
        once = None if intent["setup_future_usage"] else intent["amount"]
        return mandates.create(desk, method, params["mandate_data"], options=options, once=once)
    if method["type"] == "acss_debit":
        raise parameter_missing("mandate")
    found = mandates.active_for(desk, method)
    if found is None:
        raise invalid(
            "This PaymentMethod has no active mandate. Provide `mandate_data` or set it up with a SetupIntent.",
            code="payment_intent_mandate_invalid",
            param="mandate",
        )
    return found


@timed
def settle_debit(desk: Desk, intent: Obj) -> None:
    """The bank's answer arrives, as the test account would have it."""
    if intent["status"] != "processing":
        return
    method = desk.get("payment_method", intent["payment_method"])
    bank = payment_methods.instrument_of(method)
    if isinstance(bank, Bank) and bank.outcome == "fails":
        fail_debit(desk, intent, bank.code or "insufficient_funds", bank.message, bank.network_code)
        return
    settle(desk, intent)
    if isinstance(bank, Bank) and bank.outcome == "disputes":
        desk.schedule(desk.world.settings.settle_after, return_debit, intent)


def settle(desk: Desk, intent: Obj) -> None:
    """The money arrived."""
    method = desk.get("payment_method", intent["payment_method"])
    ending.succeed(desk, intent, method, desk.get("charge", intent["latest_charge"]))


def fail_debit(desk: Desk, intent: Obj, code: str, message: str = "", network_code: str | None = None) -> None:
    """The bank sent the debit back before it settled."""
    made = desk.get("charge", intent["latest_charge"])
    method = desk.get("payment_method", intent["payment_method"])
    error: Obj = {
        "charge": made["id"],
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": message or f"The debit was returned ({code}).",
        "payment_method": render(method),
        "type": "invalid_request_error",
    }
    if network_code:
        error["network_decline_code"] = network_code
    made |= {"status": "failed", "failure_code": code, "failure_message": error["message"]}
    made["outcome"] = charges.returned(code, network_code)
    _book_failure(desk, made, method)
    ending.fail(desk, intent, made, error)
    ending.tell_session(desk, intent, "failed")
    if method["type"] == "us_bank_account" and network_code in network.BLOCKS:
        network.block(desk, method, network_code)


def _book_failure(desk: Desk, made: Obj, method: Obj) -> None:
    """The money came and went, and a returned US debit costs a fee of its own."""
    fee = balance.bank_fee_on(made["amount"])
    arrived = balance.book(desk, "payment", made, made["amount"], fee=fee, matured=True)
    gone = balance.book(desk, "payment_failure_refund", made, -made["amount"], fee=-fee)
    made |= {"balance_transaction": arrived["id"], "failure_balance_transaction": gone["id"]}
    if method["type"] == "us_bank_account":
        balance.book(desk, "stripe_fee", made, -disputes.RETURN_FEE)


@timed
def return_debit(desk: Desk, intent: Obj, reason: str = "insufficient_funds") -> None:
    """A settled debit comes back late: a dispute nobody can win, which also ends the mandate."""
    made = desk.get("charge", intent["latest_charge"])
    if made["disputed"] or made["status"] != "succeeded":
        return
    desk.record("return", made, amount=-made["amount"], code=reason)
    disputes.open_dispute(desk, made, reason=reason, final=True)
    mandate = made["payment_method_details"][made["payment_method_details"]["type"]].get("mandate")
    if mandate:
        mandates.end(desk, desk.get("mandate", mandate))
    _count_return(desk, desk.get("payment_method", made["payment_method"]))


def _count_return(desk: Desk, method: Obj) -> None:
    """Stripe blocks a bank account at its second dispute."""
    method["_returns"] = method.get("_returns", 0) + 1
    desk.save(method)
    if method["type"] == "us_bank_account" and method["_returns"] > 1:
        network.block(desk, method, "R10")
