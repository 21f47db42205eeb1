"""What a visit to the hosted page does: the method is made, saved or charged, and the session is over."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.hosted.typed import Typed
from smartrec.devstack.sandbox.instruments import Card
from smartrec.devstack.sandbox.objects import charging, payment_intents, payment_methods, setup_intents
from smartrec.devstack.sandbox.objects.customers import open_customer

Obj = dict[str, Any]
LOCAL = "127.0.0.1"
PAD_TERMS = {"payment_schedule": "sporadic", "transaction_type": "personal"}


def submit(desk: Desk, session: Obj, typed: Typed, agent: str) -> Obj:
    """Use what was typed; gives the intent, or raises the refusal."""
    if typed.instrument is None:
        raise ValueError("a form with errors was submitted")
    method = payment_methods.from_instrument(desk, typed.instrument, billing=typed.billing, card=typed.card)
    consent = _consent(typed, agent)
    if session["mode"] == "setup":
        return _save(desk, session, method, consent)
    return _pay(desk, session, method, consent)


def _consent(typed: Typed, agent: str) -> Obj | None:
    if typed.kind == "card":
        return None
    online = {"ip_address": LOCAL, "user_agent": agent or "unknown"}
    return {"customer_acceptance": {"type": "online", "online": online}}


def _save(desk: Desk, session: Obj, method: Obj, consent: Obj | None) -> Obj:
    intent = desk.get("setup_intent", session["setup_intent"])
    if intent["customer"] is None:
        customer = _customer(desk, session, method)
        intent |= {"customer": customer, "_owner": customer}
    params = {"payment_method": method["id"], "mandate_data": consent, "return_url": _ours(session)}
    return finish(desk, session, setup_intents.confirm_with(desk, intent, params))


def _customer(desk: Desk, session: Obj, method: Obj) -> str:
    """Saving needs somebody to save for."""
    fields = {"name": method["billing_details"]["name"], "email": session["customer_email"]}
    customer = open_customer(desk, fields)
    session |= {"customer": customer["id"], "_owner": customer["id"]}
    desk.save(session)
    return customer["id"]


def _pay(desk: Desk, session: Obj, method: Obj, consent: Obj | None) -> Obj:
    if session["customer"] is None and (session["customer_creation"] == "always" or _saves(session)):
        _customer(desk, session, method)
    intent = desk.find("payment_intent", session["payment_intent"] or "") or _open_payment(desk, session)
    options = session["payment_method_options"].get("acss_debit") or {}
    terms = {"acss_debit": {"mandate_options": options.get("mandate_options") or PAD_TERMS}}
    params = {"mandate_data": consent, "return_url": _ours(session), "payment_method": method["id"]}
    if method["type"] == "acss_debit":
        intent["payment_method_options"] |= terms
    return finish(desk, session, payment_intents.confirm_with(desk, intent, params))


def _saves(session: Obj) -> bool:
    return bool(session["_intent"].get("setup_future_usage"))


def _open_payment(desk: Desk, session: Obj) -> Obj:
    """The payment exists from the first attempt on, and later attempts are attempts at the same one."""
    params = session["_intent"] | {
        "allowed_payment_method_types": session["payment_method_types"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "customer": session["customer"],
        "payment_method_options": dict(session["payment_method_options"]),
    }
    intent = payment_intents.open_intent(desk, params)
    intent["_session"] = session["id"]
    session["payment_intent"] = intent["id"]
    desk.save(intent)
    desk.save(session)
    return intent


def _ours(session: Obj) -> str:
    """After the bank's questions the visitor comes back to the session."""
    return f"/pay/{session['id']}/done"


def finish(desk: Desk, session: Obj, intent: Obj) -> Obj:
    """The session is over once the intent needs nothing more from the visitor."""
    if session["status"] == "open" and intent["status"] in ("succeeded", "processing"):
        method = desk.get("payment_method", intent["payment_method"])
        details = {name: method["billing_details"][name] for name in ("address", "email", "name", "phone")}
        session |= {
            "customer_details": details | {"email": session["customer_email"], "tax_exempt": "none", "tax_ids": []},
            "status": "complete",
            "url": None,
        }
        if session["mode"] == "payment" and intent["status"] == "succeeded":
            session["payment_status"] = "paid"
        desk.save(session)
        desk.emit("checkout.session.completed", session)
    return intent


def authenticate(desk: Desk, intent: Obj, *, agreed: bool) -> None:
    """The bank's client has answered; raises the refusal if the answer, or the bank, is no."""
    payment = intent["object"] == "payment_intent"
    method = desk.get("payment_method", intent["payment_method"])
    card = payment_methods.instrument_of(method)
    if not agreed:
        raise charging.not_authenticated(desk, intent, method)
    if payment and isinstance(card, Card):
        charging.charge_card(desk, intent, method, card)
    else:
        setup_intents.complete(desk, intent, method)
