"""What card networks and banks tell on their own: a card was renewed, a bank account takes no debits any more."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.instruments import EXPIRED, Card
from smartrec.devstack.sandbox.objects import charges, declines, ending, mandates, payment_methods
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
INVALID, UNAUTHORIZED = "bank_account_invalid_details", "debit_not_authorized"
BLOCKS = {
    "R02": "bank_account_closed",
    "R03": INVALID,
    "R04": INVALID,
    "R05": UNAUTHORIZED,
    "R07": UNAUTHORIZED,
    "R08": UNAUTHORIZED,
    "R10": UNAUTHORIZED,
    "R11": UNAUTHORIZED,
    "R16": "bank_account_frozen",
    "R20": "bank_account_restricted",
    "R29": UNAUTHORIZED,
    "R31": "bank_account_unusable",
}
BLOCKED_CODE = "payment_method_bank_account_blocked"
BLOCKED = "This bank account is blocked: earlier debits came back. Ask for another payment method."
UPDATED = "payment_method.automatically_updated"


def family(desk: Desk, method: Obj) -> Iterator[tuple[Desk, Obj]]:
    """A method and its copies in other accounts, each with the desk of its account."""
    store = desk.world.store
    root = store.read(method.get("_origin") or method["id"]) or method
    for ident in [root["id"], *root.get("_clones", [])]:
        found = store.read(ident)
        if found is not None and not found["_spent"]:
            yield desk.at(found["_account"]), found


def renew(desk: Desk, method: Obj, *, month: int, year: int, last4: str = "") -> None:
    """The network tells of the card that follows; with other digits it is another number."""
    for place, one in family(desk, method):
        before = {"card": one["card"]}
        card = one["card"] | {"exp_month": month, "exp_year": year}
        if last4 and last4 != card["last4"]:
            renewed = hashlib.sha256(f"{card['fingerprint']}{last4}".encode()).hexdigest()[:16]
            card |= {"last4": last4, "fingerprint": renewed}
        one["card"] = card
        instrument = payment_methods.instrument_of(one)
        if isinstance(instrument, Card) and instrument.decline == EXPIRED:
            one["_instrument"] = "pm_card_visa"
        place.save(one)
        place.emit(UPDATED, one, before=before)


def block(desk: Desk, method: Obj, network_code: str) -> None:
    """The account takes no debits any more; a Canadian one shows it by the end of its agreements alone."""
    for place, one in list(family(desk, method)):
        if one["type"] == "us_bank_account":
            blocked = {"network_code": network_code, "reason": BLOCKS[network_code]}
            before = {"us_bank_account": one["us_bank_account"]}
            one["us_bank_account"] = one["us_bank_account"] | {"status_details": {"blocked": blocked}}
            place.save(one)
            place.emit(UPDATED, one, before=before)
        mandates.end_all(place, one)


def is_blocked(method: Obj) -> bool:
    return bool((method[method["type"]].get("status_details") or {}).get("blocked"))


def refuse_blocked(desk: Desk, intent: Obj, method: Obj) -> ApiError:
    """The debit is not even sent to the bank."""
    made = charges.open_charge(desk, intent, method, status="failed")
    made |= {"failure_code": BLOCKED_CODE, "failure_message": BLOCKED}
    made["outcome"] = charges.APPROVED | {
        "network_status": "not_sent_to_network",
        "reason": BLOCKED_CODE,
        "seller_message": BLOCKED,
        "type": "blocked",
    }
    error: Obj = {
        "charge": made["id"],
        "code": BLOCKED_CODE,
        "message": BLOCKED,
        "payment_method": render(method),
        "type": "invalid_request_error",
    }
    ending.fail(desk, intent, made, error)
    return declines.declined(error, payment_intent=intent)
