"""Hosted payment pages, disputes and movements of the balance: from plain dictionaries to our own words, and back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from wallet.processor import (
    DisputeState,
    ListedPayment,
    ListedRefund,
    Movement,
    PageOrder,
    PageResult,
    Verdict,
    verdicts,
)

# A payment typed on the page is agreed to by itself.
ONE_DEBIT = {"acss_debit": {"mandate_options": {"payment_schedule": "sporadic", "transaction_type": "personal"}}}
OVER = frozenset({"won", "lost", "prevented", "warning_closed"})
# The money never left, or is with the organization again.
KEPT = frozenset({"won", "prevented", "warning_closed"})
PAID = (Verdict.SUCCEEDED, Verdict.PENDING)


def locale(language: str) -> str:
    return "fr-CA" if language.startswith("fr") else "en"


def payment_page(order: PageOrder) -> dict[str, Any]:
    """A page for one payment; what is typed there is not kept for later."""
    price = {
        "currency": order.currency.lower(),
        "unit_amount": order.amount,
        "product_data": {"name": order.description},
    }
    return {
        "mode": "payment",
        "allowed_payment_method_types": list(order.rails),
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"description": order.description, "metadata": order.metadata},
        "metadata": order.metadata,
        "locale": locale(order.language),
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        **({"customer": order.customer} if order.customer else {}),
        **({"payment_method_options": ONE_DEBIT} if "acss_debit" in order.rails else {}),
    }


def page_result(session: Mapping[str, Any]) -> PageResult:
    """What became of a visit: where the payment says that money moved, the page's own word does not count."""
    payment = session.get("payment_intent") or {}
    outcome = verdicts.of_payment(payment) if payment else None
    state = session["status"] if session["status"] in ("complete", "expired") else "open"
    if outcome is not None and outcome.verdict in PAID:
        state = "complete"
    if state == "complete" and outcome is None:
        outcome = verdicts.UNKNOWN
    return PageResult(
        state=state,
        payment=payment.get("id") or "",
        outcome=None if state == "open" else outcome,
        instrument=instrument(payment.get("latest_charge")),
    )


def instrument(charge: Any) -> str:
    """The brand, or the bank, and the last digits of what paid."""
    details = (charge.get("payment_method_details") or {}) if isinstance(charge, Mapping) else {}
    kind = details.get("type") or ""
    part = details.get(kind) or {}
    name = part.get("brand") or part.get("bank_name") or kind
    return f"{name} •• {part['last4']}" if part.get("last4") else name


def dispute(found: Mapping[str, Any]) -> DisputeState:
    """A dispute as it is now; an unknown status is one that goes on."""
    payment = found.get("payment_intent") or ""
    due = (found.get("evidence_details") or {}).get("due_by")
    return DisputeState(
        dispute=found["id"],
        payment=payment["id"] if isinstance(payment, Mapping) else payment,
        amount=found["amount"],
        status=found["status"],
        reason=found.get("reason") or "",
        withdrawn=_withdrawn(found),
        final=found["status"] in OVER,
        opened_at=_moment(found["created"]),
        answer_by=_moment(due) if due else None,
    )


def _withdrawn(found: Mapping[str, Any]) -> bool:
    """Whether the disputed money is gone: its movements say so, fees aside, unless the dispute ended well."""
    if found["status"] in KEPT:
        return False
    movements = found.get("balance_transactions") or ()
    if not movements:
        return found["status"] == "lost"
    return sum(movement["amount"] for movement in movements) < 0


def listed_payment(found: Mapping[str, Any]) -> ListedPayment:
    """A payment with its amount: what was received, or what is to be."""
    charge, customer = found.get("latest_charge"), found.get("customer") or ""
    return ListedPayment(
        payment=found["id"],
        amount=found.get("amount_received") or found["amount"],
        currency=found["currency"].upper(),
        outcome=verdicts.of_payment(found),
        created_at=_moment(found["created"]),
        customer=customer["id"] if isinstance(customer, Mapping) else customer,
        description=found.get("description") or "",
        metadata=found.get("metadata") or {},
        refunded=charge.get("amount_refunded") or 0 if isinstance(charge, Mapping) else 0,
    )


def listed_refund(found: Mapping[str, Any]) -> ListedRefund:
    payment = found.get("payment_intent") or ""
    return ListedRefund(
        refund=found["id"],
        payment=payment["id"] if isinstance(payment, Mapping) else payment,
        amount=found["amount"],
        currency=found["currency"].upper(),
        outcome=verdicts.of_refund(found),
        created_at=_moment(found["created"]),
        metadata=found.get("metadata") or {},
    )


def movement(found: Mapping[str, Any]) -> Movement:
    """One movement of the balance; what it is about is told by its id, or as a whole."""
    source = found.get("source") or ""
    return Movement(
        id=found["id"],
        kind=found["type"],
        amount=found["amount"],
        fee=found["fee"],
        currency=found["currency"].upper(),
        source=source["id"] if isinstance(source, Mapping) else source,
        at=_moment(found["created"]),
    )


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
