"""Charging a method: cards answer at once, bank debits later (`debits`); the test instrument decides."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.instruments import AUTHENTICATE, Bank, Card, Decline
from smartrec.devstack.sandbox.objects import charges, debits, declines, disputes, ending, payment_methods
from smartrec.devstack.sandbox.objects.authentication import ask_to_authenticate
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
UNCONFIRMED = "Your bank did not confirm that it is you. Try again or use another card."


def charge(desk: Desk, intent: Obj, method: Obj, params: Obj) -> Obj:
    """One attempt to charge the intent's amount."""
    instrument = payment_methods.instrument_of(method)
    if isinstance(instrument, Bank):
        return debits.debit(desk, intent, method, params)
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
    ending.succeed(desk, intent, method, made)
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
    ending.fail(desk, intent, made, error)
    return declines.declined(error, payment_intent=intent)
