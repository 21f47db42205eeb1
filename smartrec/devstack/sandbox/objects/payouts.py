"""Payouts: what the account earned goes to its bank account, day by day."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects import balance
from smartrec.devstack.sandbox.objects.common import refuse_unbuilt
from smartrec.devstack.sandbox.store import PLATFORM
from smartrec.devstack.sandbox.timers import timed

Obj = dict[str, Any]
UNPAID = (
    "account = ? AND kind = 'balance_transaction' AND json_extract(body, '$._payout') IS NULL "
    "AND json_extract(body, '$.available_on') <= ? AND parent != 'payout' ORDER BY seq"
)


@timed
def pay_out_daily(desk: Desk, account: Obj) -> None:
    """What has become available goes out; the next look is tomorrow's if anything is left."""
    place = desk.at(account["id"])
    pay_out(place)
    account["_payout_planned"] = False
    desk.save(account)
    if any(pending for _, pending in balance.funds(place).values()):
        plan(place)


def plan(desk: Desk) -> None:
    """Money on its way is paid out when it has become available."""
    account = desk.world.store.read(desk.account)
    if account is None or account.get("_payout_planned"):
        return
    account["_payout_planned"] = True
    desk.save(account)
    platform = desk.at(PLATFORM)
    platform.schedule(balance.TWO_DAYS + balance.ONE_DAY, pay_out_daily, account)


def pay_out(desk: Desk, *, at_once: bool = False) -> list[Obj]:
    """One payout for each currency in which something was earned."""
    until = desk.now + (balance.TWO_DAYS if at_once else 0)
    waiting: dict[str, list[Obj]] = {}
    for transaction in desk.world.store.select(UNPAID, (desk.account, until)):
        waiting.setdefault(transaction["currency"], []).append(transaction)
    return [
        _send(desk, currency, transactions)
        for currency, transactions in waiting.items()
        if sum(one["net"] for one in transactions) > 0
    ]


def _send(desk: Desk, currency: str, transactions: list[Obj]) -> Obj:
    amount = sum(one["net"] for one in transactions)
    fields: Obj = dict.fromkeys(EMPTY) | {
        "amount": amount,
        "arrival_date": desk.now + balance.ONE_DAY,
        "automatic": True,
        "balance_transaction": None,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": "ba_sandbox",
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "in_progress",
        "source_type": "card",
        "status": "in_transit",
        "type": "bank_account",
    }
    payout = desk.add("payout", "po_", fields)
    booked = balance.book(desk, "payout", payout, -amount)
    payout["balance_transaction"] = booked["id"]
    for one in [*transactions, booked]:
        desk.save(one | {"_payout": payout["id"]})
    desk.save(payout)
    desk.emit("payout.created", payout)
    desk.schedule(desk.world.settings.settle_after, arrive, payout)
    return payout


EMPTY = (
    "application_fee",
    "application_fee_amount",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "original_payout",
    "payout_method",
    "reversed_by",
    "statement_descriptor",
    "trace_id",
)


@timed
def arrive(desk: Desk, payout: Obj) -> None:
    """The money is in the organization's bank account, and its parts are known."""
    if payout["status"] != "in_transit":
        return
    payout |= {"status": "paid", "reconciliation_status": "completed"}
    desk.save(payout)
    desk.emit("payout.paid", payout)
    desk.emit("payout.reconciliation_completed", payout)


def fail(desk: Desk, payout: Obj, code: str = "account_closed") -> None:
    """The organization's bank sent it back: the money is in the balance again."""
    if payout["status"] == "failed":
        return
    booked = balance.book(desk, "payout_failure", payout, payout["amount"])
    payout |= {
        "status": "failed",
        "failure_code": code,
        "failure_message": "The bank account could not receive the payout.",
        "failure_balance_transaction": booked["id"],
    }
    desk.save(payout)
    desk.emit("payout.failed", payout)


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("payout", call.path["payout"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    refuse_unbuilt(params, "arrival_date", "destination")
    status = params.get("status")
    also = ("json_extract(body, '$.status') = ?", [status]) if status else None
    return page(desk, "payout", params, url="/v1/payouts", also=also)
