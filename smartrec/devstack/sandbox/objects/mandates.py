"""Mandates: the payer's agreement that a bank account be debited."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import invalid, parameter_missing

Obj = dict[str, Any]


def create(desk: Desk, method: Obj, data: Obj, *, options: Obj | None = None, once: int | None = None) -> Obj:
    """Keep an agreement: for good, or for one debit of a given amount."""
    acceptance = dict(data["customer_acceptance"])
    acceptance.setdefault("accepted_at", desk.now)
    acceptance.setdefault("type", "online")
    kind = method["type"]
    details: Obj = {"type": kind, kind: _details(kind, options or {})}
    fields: Obj = {
        "customer_acceptance": acceptance,
        "multi_use": None if once else {},
        "payment_method": method["id"],
        "payment_method_details": details,
        "single_use": {"amount": once} if once else None,
        "status": "active",
        "type": "single_use" if once else "multi_use",
    }
    return desk.add("mandate", "mandate_", fields, owner=method["customer"], parent=method["id"])


def _details(kind: str, options: Obj) -> Obj:
    if kind != "acss_debit":
        return {}
    return {
        "default_for": options.get("default_for", []),
        "interval_description": options.get("interval_description"),
        "payment_schedule": options.get("payment_schedule"),
        "transaction_type": options.get("transaction_type"),
    }


def check_options(options: Obj, *, where: str) -> Obj:
    """A Canadian debit agreement says how often and for whom it debits."""
    mandate = options.get("mandate_options") or {}
    for name in ("payment_schedule", "transaction_type"):
        if not mandate.get(name):
            raise parameter_missing(f"{where}[mandate_options][{name}]")
    if mandate["payment_schedule"] in ("interval", "combined") and not mandate.get("interval_description"):
        raise parameter_missing(f"{where}[mandate_options][interval_description]")
    return mandate


def active_for(desk: Desk, method: Obj) -> Obj | None:
    """The agreement in force for a method."""
    found = desk.world.store.select(
        "account = ? AND kind = 'mandate' AND parent = ? ORDER BY created DESC, seq DESC",
        (desk.account, method["id"]),
    )
    return next((one for one in found if one["status"] == "active" and one["type"] == "multi_use"), None)


def check(desk: Desk, ident: str, method: Obj) -> Obj:
    """The named agreement, if it is in force and is about this very account."""
    mandate = desk.get("mandate", ident, param="mandate")
    if mandate["status"] != "active" or mandate["payment_method"] != method["id"]:
        raise invalid(
            f"The mandate {ident} is {mandate['status']} or does not belong to this PaymentMethod.",
            code="payment_intent_mandate_invalid",
            param="mandate",
        )
    return mandate


def share(platform: Desk, original: Obj, desk: Desk, clone: Obj) -> None:
    """A US bank account takes its agreement along when it is cloned; a Canadian one needs a new agreement."""
    mandate = active_for(platform, original) if original["type"] == "us_bank_account" else None
    if mandate:
        create(desk, clone, {"customer_acceptance": mandate["customer_acceptance"]})


def end(desk: Desk, mandate: Obj) -> None:
    """A debit the payer disputes ends the agreement."""
    if mandate["status"] == "active":
        mandate["status"] = "inactive"
        desk.save(mandate)
        desk.emit("mandate.updated", mandate, before={"status": "active"})


def end_all(desk: Desk, method: Obj) -> None:
    """The account takes no debits any more: every agreement about it is over."""
    found = desk.world.store.select("account = ? AND kind = 'mandate' AND parent = ?", (desk.account, method["id"]))
    for mandate in list(found):
        end(desk, mandate)


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("mandate", call.path["mandate"])
