"""Charging a method: cards answer at once, bank debits later; the test instrument decides."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import DOCS, invalid, parameter_missing
from smartrec.devstack.sandbox.instruments import AUTHENTICATE, Bank, Card, Decline
from smartrec.devstack.sandbox.objects import balance, charges, declines, disputes, mandates, payment_methods
from smartrec.devstack.sandbox.objects.authentication import ask_to_authenticate
from smartrec.devstack.sandbox.rendering import render
from smartrec.devstack.sandbox.timers import timed

Obj = dict[str, Any]
BANK_FEES_CAPPED_AT = 500
UNCONFIRMED = "Your bank did not confirm that it is you. Try again or use another card."


def charge(desk: Desk, intent: Obj, method: Obj, params: Obj) -> Obj:
    """One attempt to charge the intent's amount."""
    instrument = payment_methods.instrument_of(method)
    if isinstance(instrument, Bank):
        return _debit(desk, intent, method, instrument, params)
    if _must_authenticate(instrument, method, params):
        return _ask(desk, intent, method, params)
    return charge_card(desk, intent, method, instrument)


def _must_authenticate(card: Card, method: Obj, params: Obj) -> bool:
    if card.authenticate == "unless_set_up":
        return not (method["_set_up"] and params.get("off_session"))
    if card.authenticate == "on_session":
        return not params.get("off_session")
    return card.authenticate == "always"


def _ask(desk: Desk, intent: Obj, method: Obj, params: Obj) -> Obj:
    """The bank wants its client, who is absent (a decline) or present (a page to visit)."""
    if params.get("off_session") or params.get("error_on_requires_action"):
        raise decline_card(desk, intent, method, AUTHENTICATE)
    intent |= {"status": "requires_action", "payment_method": method["id"]}
    intent["next_action"] = ask_to_authenticate(desk, intent, params.get("return_url"))
    desk.save(intent)
    desk.emit("payment_intent.requires_action", intent)
    return intent


def charge_card(desk: Desk, intent: Obj, method: Obj, card: Card) -> Obj:
    if card.decline:
        raise decline_card(desk, intent, method, card.decline)
    made = charges.open_charge(desk, intent, method, status="succeeded")
    made["outcome"] = charges.APPROVED
    _succeed(desk, intent, method, made)
    if card.disputes:
        disputes.open_dispute(desk, made, reason="fraudulent", final=False)
    return intent


def not_authenticated(desk: Desk, intent: Obj, method: Obj) -> Exception:
    """The bank's client would not say that it is them: another method is needed."""
    noun = intent["object"]
    error: Obj = {
        "code": f"{noun}_authentication_failure",
        "message": UNCONFIRMED,
        "payment_method": render(method),
        "type": "card_error",
    }
    cleared = {"status": "requires_payment_method", "next_action": None, "payment_method": None}
    intent |= cleared | {"last_payment_error" if noun == "payment_intent" else "last_setup_error": error}
    desk.save(intent)
    desk.emit("payment_intent.payment_failed" if noun == "payment_intent" else "setup_intent.setup_failed", intent)
    return declines.declined(error, **{noun: intent})


def decline_card(desk: Desk, intent: Obj, method: Obj, decline: Decline) -> Exception:
    """The bank said no: a failed charge remains, and the intent waits for another method."""
    made = charges.open_charge(desk, intent, method, status="failed")
    made |= {"failure_code": decline.code, "failure_message": decline.message, "outcome": charges.refused(decline)}
    error = declines.described(decline, method, charge=made["id"])
    _fail(desk, intent, made, error)
    return declines.declined(error, payment_intent=intent)


def _succeed(desk: Desk, intent: Obj, method: Obj, made: Obj) -> None:
    amount, application_fee = made["amount"], made["application_fee_amount"] or 0
    fee = balance.fee_on(amount)
    kind = "charge"
    if method["type"] != "card":
        kind, fee = "payment", min(fee, BANK_FEES_CAPPED_AT)
    booked = balance.book(desk, kind, made, amount, fee=fee, application_fee=application_fee)
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
        _tell_session(desk, intent, "succeeded")


def _keep_method(desk: Desk, intent: Obj, method: Obj) -> None:
    """A method nobody owns is used up, unless the payment also saves it."""
    if method["customer"] is not None:
        return
    if intent["setup_future_usage"] and intent["customer"]:
        method |= {"_set_up": True, "_verified": True}
        payment_methods.attach_to(desk, method, intent["customer"])
    else:
        desk.save(method | {"_spent": True})


def _fail(desk: Desk, intent: Obj, made: Obj, error: Obj) -> None:
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


def _debit(desk: Desk, intent: Obj, method: Obj, bank: Bank, params: Obj) -> Obj:
    """Ask the bank for the money: the answer comes later."""
    mandate = _mandate(desk, intent, method, params)
    made = charges.open_charge(desk, intent, method, status="pending", mandate=mandate["id"])
    made["outcome"] = charges.APPROVED
    desk.save(made)
    intent |= {
        "last_payment_error": None,
        "latest_charge": made["id"],
        "next_action": None,
        "payment_method": method["id"],
        "processing": {"type": method["type"]},
        "status": "processing",
        "_waits": bank.outcome == "waits",
    }
    desk.save(intent)
    if bank.outcome != "waits":
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
    _succeed(desk, intent, method, desk.get("charge", intent["latest_charge"]))


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
    _fail(desk, intent, made, error)
    _tell_session(desk, intent, "failed")


def _tell_session(desk: Desk, intent: Obj, outcome: str) -> None:
    """The checkout session a debit came from hears how it ended."""
    session = desk.find("checkout.session", intent.get("_session") or "")
    if session:
        session["payment_status"] = "paid" if outcome == "succeeded" else "unpaid"
        desk.save(session)
        desk.emit(f"checkout.session.async_payment_{outcome}", session)


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
