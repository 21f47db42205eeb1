"""What a tester can make happen to payments, refunds, disputes, methods, accounts and payouts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.objects import accounts, balance, debits, disputes, mandates, network, payouts, refunds
from smartrec.devstack.sandbox.store import PLATFORM
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
Command = Callable[[World, Obj], Obj]


def _named(world: World, kind: str, ident: str) -> tuple[Desk, Obj]:
    obj = world.store.read(ident)
    if obj is None or obj["object"] != kind:
        raise ValueError(f"no such {kind}: {ident}")
    return Desk(world, obj["_account"]), obj


def _debit(world: World, values: Obj) -> tuple[Desk, Obj]:
    desk, intent = _named(world, "payment_intent", values["payment_intent"])
    if intent["status"] != "processing":
        raise ValueError(f"not processing: {intent['status']}")
    return desk, intent


def _told(obj: Obj) -> Obj:
    return {"id": obj["id"], "status": obj["status"]}


def settle(world: World, values: Obj) -> Obj:
    desk, intent = _debit(world, values)
    debits.settle(desk, intent)
    return _told(intent)


def fail(world: World, values: Obj) -> Obj:
    desk, intent = _debit(world, values)
    code, network_code = values.get("code") or "insufficient_funds", values.get("network_code") or None
    debits.fail_debit(desk, intent, code, "", network_code)
    return _told(intent)


def return_late(world: World, values: Obj) -> Obj:
    desk, intent = _named(world, "payment_intent", values["payment_intent"])
    debits.return_debit(desk, intent, values.get("reason") or "insufficient_funds")
    dispute_made = disputes.latest(desk, desk.get("charge", intent["latest_charge"]))
    return _told(intent) | {"returned": True, "dispute": dispute_made["id"]}


def dispute(world: World, values: Obj) -> Obj:
    """The payer's bank takes a settled payment back, looks at what the centre says, or ends the dispute."""
    desk, intent = _named(world, "payment_intent", values["payment_intent"])
    charge = desk.get("charge", intent["latest_charge"])
    status = values.get("status") or ""
    if not status or status == "warning_needs_response":
        reason = values.get("reason") or "fraudulent"
        return _told(disputes.open_dispute(desk, charge, reason=reason, final=False, inquiry=bool(status)))
    if status == "needs_response":
        return _told(disputes.escalate(desk, charge))
    if status == "under_review":
        return _told(disputes.answer(desk, disputes.latest(desk, charge), {}))
    return _told(disputes.close_dispute(desk, charge, status, reinstated=values.get("reinstated") or 0))


def settle_refund(world: World, values: Obj) -> Obj:
    desk, refund = _named(world, "refund", values["refund"])
    if refund["pending_reason"] == "insufficient_funds":
        raise ValueError("it waits for the balance")
    refunds.settle_refund(desk, refund)
    return _told(refund)


def fail_refund(world: World, values: Obj) -> Obj:
    desk, refund = _named(world, "refund", values["refund"])
    refunds.fail_refund(desk, refund, values.get("reason") or "expired_or_canceled_card")
    return _told(refund)


def _account(world: World, values: Obj) -> Desk:
    ident = values.get("account") or PLATFORM
    if ident not in world.accounts:
        raise ValueError(f"no such account: {ident}")
    return Desk(world, ident)


def read_balance(world: World, values: Obj) -> Obj:
    found = balance.funds(_account(world, values))
    return {currency: {"available": ready, "pending": waiting} for currency, (ready, waiting) in found.items()}


def set_balance(world: World, values: Obj) -> Obj:
    """Make an account short, or rich again: then its waiting refunds go out."""
    desk = _account(world, values)
    # A person types dollars, a program says cents.
    typed = values["available"] if "available" in values else round(Decimal(values["dollars"]) * 100)
    balance.set_available(desk, (values.get("currency") or "cad").lower(), typed)
    refunds.fund_waiting(desk)
    return read_balance(world, values)


def renew_card(world: World, values: Obj) -> Obj:
    desk, method = _named(world, "payment_method", values["payment_method"])
    if method["type"] != "card":
        raise ValueError("not a card")
    network.renew(
        desk, method, month=values["exp_month"], year=values["exp_year"], last4=str(values.get("last4") or "")
    )
    return {"id": method["id"], "card": method["card"]}


def block_account(world: World, values: Obj) -> Obj:
    desk, method = _named(world, "payment_method", values["payment_method"])
    if method["type"] == "card":
        raise ValueError("not a bank account")
    network.block(desk, method, values.get("network_code") or "R02")
    return {"id": method["id"], method["type"]: method[method["type"]]}


def end_mandate(world: World, values: Obj) -> Obj:
    desk, mandate = _named(world, "mandate", values["mandate"])
    mandates.end(desk, mandate)
    return _told(mandate)


def restrict_account(world: World, values: Obj) -> Obj:
    account = _account(world, values).account
    due = values.get("due") or "external_account"
    asked = due if isinstance(due, list) else due.split(",")
    stored = Desk(world).get("account", account)
    accounts.restrict(Desk(world), stored, asked, values.get("reason") or "requirements.past_due")
    return {"id": account, "requirements": stored["requirements"]}


def activate_account(world: World, values: Obj) -> Obj:
    account = Desk(world).get("account", _account(world, values).account)
    name = (account.get("business_profile") or {}).get("name") or "Centre"
    accounts.activate(Desk(world), account, {"business": name})
    return {"id": account["id"], "charges_enabled": True}


def onboarding(world: World, values: Obj) -> Obj:
    """Whether a new account must visit its account link before it takes money."""
    world.onboarding = values.get("on") in (True, "true", "on", "1")
    return {"onboarding": world.onboarding}


def pay_out(world: World, values: Obj) -> Obj:
    return {"payouts": [one["id"] for one in payouts.pay_out(_account(world, values), at_once=True)]}


def settle_payout(world: World, values: Obj) -> Obj:
    desk, payout = _named(world, "payout", values["payout"])
    payouts.arrive(desk, payout)
    return _told(payout)


def fail_payout(world: World, values: Obj) -> Obj:
    desk, payout = _named(world, "payout", values["payout"])
    payouts.fail(desk, payout, values.get("code") or "account_closed")
    return _told(payout)


COMMANDS: dict[str, Command] = {
    "GET balance": read_balance,
    "POST accounts/activate": activate_account,
    "POST accounts/restrict": restrict_account,
    "POST balance": set_balance,
    "POST dispute": dispute,
    "POST fail": fail,
    "POST mandates/end": end_mandate,
    "POST methods/block": block_account,
    "POST methods/renew": renew_card,
    "POST onboarding": onboarding,
    "POST payouts": pay_out,
    "POST payouts/fail": fail_payout,
    "POST payouts/settle": settle_payout,
    "POST refunds/fail": fail_refund,
    "POST refunds/settle": settle_refund,
    "POST return": return_late,
    "POST settle": settle,
}
