"""Disputes: the payer's bank takes the money back."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import invalid
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import balance, refunds
from smartrec.devstack.sandbox.objects.common import merge_metadata
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
DISPUTE_FEE = 1500
RETURN_FEE = 400
NINE_DAYS = 9 * 24 * 3600
ENDED = ("won", "lost", "warning_closed", "prevented")


def open_dispute(desk: Desk, charge: Obj, *, reason: str, final: bool, inquiry: bool = False) -> Obj:
    """Take the money out again; a returned debit is lost from the start, an inquiry takes nothing yet."""
    fields: Obj = {
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": None if final else desk.now + NINE_DAYS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": charge["payment_method_details"]["type"]},
        "reason": reason,
        "status": "lost" if final else "warning_needs_response" if inquiry else "needs_response",
    }
    dispute = desk.add("dispute", "du_", fields, owner=charge["id"], parent=charge["payment_intent"])
    desk.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(desk, charge, dispute, fee=RETURN_FEE if final else DISPUTE_FEE, told=not final)
    if final:
        desk.emit("charge.dispute.closed", dispute)
    return dispute


def _withdraw(desk: Desk, charge: Obj, dispute: Obj, *, fee: int, told: bool) -> None:
    """`told`: the money log is told here, unless it has been told of a returned debit."""
    refunds.fail_pending(desk, charge)
    _move(desk, dispute, -dispute["amount"], fee=fee)
    if told:
        desk.record("dispute", charge, amount=-dispute["amount"], code=dispute["reason"])
    charge |= {"disputed": True, "_charged_back": True}
    desk.save(charge)
    desk.emit("charge.dispute.funds_withdrawn", dispute)


def _move(desk: Desk, dispute: Obj, amount: int, *, fee: int = 0) -> None:
    booked = balance.book(desk, "adjustment", dispute, amount, fee=fee)
    dispute["balance_transactions"] = [*dispute["balance_transactions"], render(booked)]
    desk.save(dispute)


def escalate(desk: Desk, charge: Obj) -> Obj:
    """An inquiry becomes a dispute: now the money goes."""
    dispute = latest(desk, charge)
    dispute |= {"status": "needs_response", "is_charge_refundable": False}
    _withdraw(desk, charge, dispute, fee=DISPUTE_FEE, told=True)
    desk.emit("charge.dispute.updated", dispute)
    return dispute


def latest(desk: Desk, charge: Obj) -> Obj:
    found = desk.world.store.select(
        "account = ? AND kind = 'dispute' AND owner = ? ORDER BY created DESC, seq DESC LIMIT 1",
        (desk.account, charge["id"]),
    )
    dispute = next(iter(found), None)
    if dispute is None:
        raise ValueError(f"no dispute about {charge['id']}")
    return dispute


def answer(desk: Desk, dispute: Obj, evidence: Obj) -> Obj:
    """The merchant's side has been sent to the bank, which now looks at it."""
    details = dispute["evidence_details"]
    dispute["evidence"] = dispute["evidence"] | evidence
    dispute["evidence_details"] = details | {"has_evidence": True, "submission_count": details["submission_count"] + 1}
    dispute["status"] = "warning_under_review" if dispute["status"].startswith("warning") else "under_review"
    desk.save(dispute)
    desk.emit("charge.dispute.updated", dispute)
    return dispute


def close_dispute(desk: Desk, charge: Obj, status: str, *, reinstated: int = 0) -> Obj:
    """The end of a dispute: won brings the money back; a lost one may still bring a part back."""
    if status not in ENDED:
        raise ValueError(status)
    dispute = latest(desk, charge)
    dispute |= {"status": status}
    back = dispute["amount"] if status == "won" else reinstated
    if back:
        _move(desk, dispute, back)
        desk.record(f"dispute_{status}", charge, amount=back)
        desk.emit("charge.dispute.funds_reinstated", dispute)
    if status != "lost":
        charge["_charged_back"] = False
        desk.save(charge)
    desk.save(dispute)
    desk.emit("charge.dispute.closed", dispute)
    return dispute


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("dispute", call.path["dispute"])


def update(desk: Desk, call: Call) -> Obj:
    dispute = _open(desk, call)
    merge_metadata(dispute, call.params)
    evidence = call.params.get("evidence") or {}
    if evidence and call.params.get("submit", True):
        return answer(desk, dispute, evidence)
    dispute["evidence"] = dispute["evidence"] | evidence
    return desk.save(dispute)


def close(desk: Desk, call: Call) -> Obj:
    """The merchant accepts the dispute: it is lost."""
    dispute = _open(desk, call)
    return close_dispute(desk, desk.get("charge", dispute["charge"]), "lost")


def _open(desk: Desk, call: Call) -> Obj:
    dispute = retrieve(desk, call)
    if dispute["status"] in ENDED:
        raise invalid("This dispute is already closed.", code="dispute_already_closed")
    return dispute


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
