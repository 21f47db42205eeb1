"""Saved methods, accounts and the processor's news: from plain dictionaries to our own words, and back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from wallet.processor import AccountState, Agreement, BillingAddress, Event, SavedMethod, SetupResult

BANK_RAILS = ("acss_debit", "us_bank_account")


def saved_method(method: Mapping[str, Any], mandate: str = "") -> SavedMethod:
    """The token and what may be shown of it."""
    rail = method["type"]
    details = method.get(rail) or {}
    billing = method.get("billing_details") or {}
    return SavedMethod(
        method=method["id"],
        kind="bank" if rail in BANK_RAILS else "card",
        rail=rail,
        brand=(details.get("bank_name") if rail in BANK_RAILS else details.get("brand")) or "",
        last4=details.get("last4") or "",
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
        holder=billing.get("name") or "",
        fingerprint=details.get("fingerprint") or "",
        mandate=mandate,
        blocked=_blocked(details),
        address=_address(billing.get("address") or {}),
    )


def _blocked(details: Mapping[str, Any]) -> str:
    """Why the bank takes no debit from this account any more."""
    blocked = (details.get("status_details") or {}).get("blocked") or {}
    return blocked.get("reason") or blocked.get("network_code") or ""


def _address(address: Mapping[str, Any]) -> BillingAddress | None:
    if not address.get("line1") or not address.get("postal_code"):
        return None
    return BillingAddress(
        line1=address["line1"],
        city=address.get("city") or "",
        province=address.get("state") or "",
        postal_code=address["postal_code"],
        country=address.get("country") or "",
    )


def billing_details(address: BillingAddress) -> dict[str, Any]:
    """The same address in the processor's words; empty parts are left out."""
    parts = {
        "line1": address.line1,
        "city": address.city,
        "state": address.province,
        "postal_code": address.postal_code,
        "country": address.country,
    }
    return {"address": {name: value for name, value in parts.items() if value}}


def setup_result(session: Mapping[str, Any]) -> SetupResult:
    """A page that was completed is only done once its method is ready: a bank account may still be verified."""
    if session["status"] != "complete":
        return SetupResult(state="expired" if session["status"] == "expired" else "open")
    intent = session.get("setup_intent") or {}
    if intent.get("status") != "succeeded":
        return SetupResult(state="expired" if intent.get("status") == "canceled" else "verifying")
    return SetupResult(state="complete", method=saved_method(intent["payment_method"], intent.get("mandate") or ""))


def acceptance(agreement: Agreement) -> dict[str, Any]:
    """The proof of a debit agreement; one given on paper or by phone has no address."""
    proof: dict[str, Any] = {"accepted_at": int(agreement.at.timestamp())}
    if agreement.ip:
        online = {"ip_address": agreement.ip, "user_agent": agreement.user_agent or "-"}
        return proof | {"type": "online", "online": online}
    return proof | {"type": "offline", "offline": {}}


def terms(rail: str, currency: str, schedule: str, debits: str) -> dict[str, Any]:
    """The terms of a Canadian debit agreement, by a private person; only regular debits have an interval."""
    if rail != "acss_debit":
        return {}
    mandate = {"payment_schedule": debits, "transaction_type": "personal"}
    if debits != "sporadic":
        mandate["interval_description"] = schedule
    return {
        "payment_method_options": {
            "acss_debit": {"currency": currency.lower(), "mandate_options": mandate},
        }
    }


def new_account(name: str, email: str, country: str, metadata: dict[str, str]) -> dict[str, Any]:
    """An account of the organization's own: it pays the fees, and answers to the processor for what is owed."""
    bank = ["us_bank_account_ach_payments"] if country == "US" else ["acss_debit_payments"]
    capabilities = ["card_payments", "transfers", *bank]
    return {
        "business_profile": {"name": name},
        "country": country,
        "email": email,
        "metadata": metadata,
        "capabilities": {capability: {"requested": True} for capability in capabilities},
        "controller": {
            "fees": {"payer": "account"},
            "losses": {"payments": "stripe"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "full"},
        },
    }


def account(found: Mapping[str, Any]) -> AccountState:
    """What an account may do today, and what the processor still wants to know."""
    requirements = found.get("requirements") or {}
    due = [*(requirements.get("past_due") or ()), *(requirements.get("currently_due") or ())]
    return AccountState(
        account=found["id"],
        country=found.get("country") or "",
        currency=(found.get("default_currency") or "").upper(),
        charges_enabled=bool(found.get("charges_enabled")),
        payouts_enabled=bool(found.get("payouts_enabled")),
        details_submitted=bool(found.get("details_submitted")),
        due=tuple(dict.fromkeys(due)),
        disabled_reason=requirements.get("disabled_reason") or "",
    )


def event(payload: dict[str, Any]) -> Event:
    """The news, whole, with what is needed to file it."""
    about = (payload.get("data") or {}).get("object") or {}
    return Event(
        id=payload["id"],
        type=payload["type"],
        account=payload.get("account") or "",
        object_id=about.get("id") or "",
        created=dt.datetime.fromtimestamp(payload["created"], dt.UTC),
        livemode=bool(payload["livemode"]),
        payload=payload,
    )
