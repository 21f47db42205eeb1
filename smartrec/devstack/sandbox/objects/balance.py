"""Balance transactions: what each movement left in the account after fees."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page

Obj = dict[str, Any]
RATE_PER_MILLE, FIXED = 29, 30
TWO_DAYS = 2 * 24 * 3600
CATEGORIES = {"payment": "charge", "payment_refund": "refund", "adjustment": "dispute"}


def fee_on(amount: int) -> int:
    """2.9 % and 30 cents."""
    return (amount * RATE_PER_MILLE + 500) // 1000 + FIXED


def book(desk: Desk, kind: str, source: Obj, amount: int, *, fee: int = 0, application_fee: int = 0) -> Obj:
    """Book one movement."""
    currency = source["currency"]
    details = [_fee(fee, currency, "Stripe processing fees", "stripe_fee")] if fee else []
    details += [_fee(application_fee, currency, "Application fee", "application_fee")] if application_fee else []
    total = fee + application_fee
    fields: Obj = {
        "amount": amount,
        "available_on": desk.now + TWO_DAYS,
        "balance_type": "payments",
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": total,
        "fee_details": details,
        "net": amount - total,
        "reporting_category": CATEGORIES.get(kind, kind),
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    return desk.add("balance_transaction", "txn_", fields, owner=source["id"], parent=kind)


def _fee(amount: int, currency: str, description: str, kind: str) -> Obj:
    return {"amount": amount, "application": None, "currency": currency, "description": description, "type": kind}


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("balance_transaction", call.path["id"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    also = ("json_extract(body, '$.currency') = ?", [params["currency"]]) if "currency" in params else None
    return page(
        desk,
        "balance_transaction",
        params,
        url="/v1/balance_transactions",
        owner=params.get("source"),
        parent=params.get("type"),
        also=also,
    )
