"""Disputes: the payer's bank takes the money back."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import balance

Obj = dict[str, Any]
DISPUTE_FEE = 1500
RETURN_FEE = 400


def open_dispute(desk: Desk, charge: Obj, *, reason: str, final: bool) -> Obj:
    """Take the money out again; a returned debit is lost from the start."""
    fields: Obj = {
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
        "is_charge_refundable": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": charge["payment_method_details"]["type"]},
        "reason": reason,
        "status": "lost" if final else "needs_response",
    }
    dispute = desk.add("dispute", "du_", fields, owner=charge["id"], parent=charge["payment_intent"])
    fee = RETURN_FEE if final else DISPUTE_FEE
    booked = balance.book(desk, "adjustment", dispute, -charge["amount"], fee=fee)
    dispute["balance_transactions"] = [{key: value for key, value in booked.items() if key[0] != "_"}]
    desk.save(dispute)
    if not final:
        desk.record("dispute", charge, amount=-charge["amount"], code=reason)
    charge["disputed"] = True
    desk.save(charge)
    desk.emit("charge.dispute.created", dispute)
    desk.emit("charge.dispute.funds_withdrawn", dispute)
    if final:
        desk.emit("charge.dispute.closed", dispute)
    return dispute


def close_dispute(desk: Desk, charge: Obj, status: str) -> Obj:
    """The end of a dispute; only a dispute won brings the money back."""
    if status not in ("won", "lost"):
        raise ValueError(status)
    found = desk.world.store.select(
        "account = ? AND kind = 'dispute' AND owner = ? ORDER BY created DESC, seq DESC LIMIT 1",
        (desk.account, charge["id"]),
    )
    dispute = next(iter(found))
    dispute["status"] = status
    if status == "won":
        balance.book(desk, "adjustment", dispute, dispute["amount"])
        desk.record("dispute_won", charge, amount=dispute["amount"])
        charge["disputed"] = False
        desk.save(charge)
        desk.emit("charge.dispute.funds_reinstated", dispute)
    desk.save(dispute)
    desk.emit("charge.dispute.closed", dispute)
    return dispute


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("dispute", call.path["dispute"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    return page(
        desk,
        "dispute",
        params,
        url="/v1/disputes",
        owner=params.get("charge"),
        parent=params.get("payment_intent"),
    )
