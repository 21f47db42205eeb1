"""Balance: what each movement left in the account after fees, and what of it can be used today.

An account starts with a float, so that a refund is not short by a fee; `set_available` makes it as short as wished.
"""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page

Obj = dict[str, Any]
RATE_PER_MILLE, FIXED = 29, 30
BANK_RATE_PER_MILLE, BANK_FEES_CAPPED_AT = 10, 500
ONE_DAY = 24 * 3600
TWO_DAYS = 2 * ONE_DAY
FLOAT = 10_000_000
CATEGORIES = {
    "adjustment": "dispute",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "stripe_fee": "fee",
}
# Money comes in after two days; what goes out goes out at once.
INCOMING = ("charge", "payment")
UPSERT = (
    "INSERT INTO funds (account, currency, day, net) VALUES (?,?,?,?) "
    "ON CONFLICT (account, currency, day) DO UPDATE SET net = net + excluded.net"
)


def fee_on(amount: int) -> int:
    """2.9 % and 30 cents."""
    return (amount * RATE_PER_MILLE + 500) // 1000 + FIXED


def bank_fee_on(amount: int) -> int:
    """1 %, at most five dollars."""
    return min((amount * BANK_RATE_PER_MILLE + 500) // 1000, BANK_FEES_CAPPED_AT)


def book(
    desk: Desk, kind: str, source: Obj, amount: int, *, fee: int = 0, application_fee: int = 0, matured: bool = False
) -> Obj:
    """Book one movement."""
    currency = source["currency"]
    details = [_fee(fee, currency, "Stripe processing fees", "stripe_fee")] if fee else []
    details += [_fee(application_fee, currency, "Application fee", "application_fee")] if application_fee else []
    total = fee + application_fee
    waits = kind in INCOMING and not matured
    fields: Obj = {
        "amount": amount,
        "available_on": desk.now + (TWO_DAYS if waits else 0),
        "balance_type": "payments",
        "currency": currency,
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": total,
        "fee_details": details,
        "net": amount - total,
        "reporting_category": CATEGORIES.get(kind, kind),
        "source": source["id"],
        "status": "pending" if waits else "available",
        "type": kind,
    }
    _add(desk, currency, fields["available_on"] if waits else 0, amount - total)
    return desk.add("balance_transaction", "txn_", fields, owner=source["id"], parent=kind)


def _fee(amount: int, currency: str, description: str, kind: str) -> Obj:
    return {"amount": amount, "application": None, "currency": currency, "description": description, "type": kind}


def _add(desk: Desk, currency: str, day: int, net: int) -> None:
    desk.world.store.execute(UPSERT, (desk.account, currency, -(-day // ONE_DAY) * ONE_DAY, net))


def funds(desk: Desk) -> dict[str, tuple[int, int]]:
    """What is available and what is still on its way, by currency."""
    rows = desk.world.store.rows(
        "SELECT currency, sum(CASE WHEN day <= ? THEN net ELSE 0 END), sum(CASE WHEN day > ? THEN net ELSE 0 END) "
        "FROM funds WHERE account = ? GROUP BY currency",
        (desk.now, desk.now, desk.account),
    )
    found = {currency: (FLOAT + available, pending) for currency, available, pending in rows}
    return {_home(desk): (FLOAT, 0)} | found


def _home(desk: Desk) -> str:
    account = desk.world.store.read(desk.account) or {}
    return account.get("default_currency", "cad")


def available(desk: Desk, currency: str) -> int:
    return funds(desk).get(currency, (FLOAT, 0))[0]


def set_available(desk: Desk, currency: str, amount: int) -> None:
    """Make the account as rich or as short as somebody wishes."""
    _add(desk, currency, 0, amount - available(desk, currency))


def current(desk: Desk, call: Call) -> Obj:
    """The account's balance as it is now."""
    found = sorted(funds(desk).items())
    return {
        "object": "balance",
        "available": [_amount(currency, ready) for currency, (ready, _) in found],
        "livemode": False,
        "pending": [_amount(currency, waiting) for currency, (_, waiting) in found],
        "refund_and_dispute_prefunding": {
            "available": [_amount(currency, 0) for currency, _ in found],
            "pending": [_amount(currency, 0) for currency, _ in found],
        },
    }


def _amount(currency: str, amount: int) -> Obj:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def retrieve(desk: Desk, call: Call) -> Obj:
    return _as_of_now(desk, desk.get("balance_transaction", call.path["id"]))


def _as_of_now(desk: Desk, transaction: Obj) -> Obj:
    return transaction | {"status": "pending" if transaction["available_on"] > desk.now else "available"}


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    wanted = [("$.currency", params.get("currency")), ("$._payout", params.get("payout"))]
    clauses = [(f"json_extract(body, '{field}') = ?", value) for field, value in wanted if value]
    also = (" AND ".join(text for text, _ in clauses), [value for _, value in clauses]) if clauses else None
    found = page(
        desk,
        "balance_transaction",
        params,
        url="/v1/balance_transactions",
        owner=params.get("source"),
        parent=params.get("type"),
        also=also,
    )
    return found | {"data": [_as_of_now(desk, one) for one in found["data"]]}
