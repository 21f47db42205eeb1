"""What the visitor typed, checked: the fields of each kind of method, and the test instrument they name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from smartrec.devstack.sandbox.instruments import (
    ACH_ROUTING,
    BANK_BY_NUMBER,
    CARD_BY_NUMBER,
    PAD_INSTITUTION,
    PAD_TRANSIT,
    Instrument,
)

Obj = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One box of the form."""

    name: str
    label: str
    autocomplete: str = "off"
    inputmode: str = "text"
    width: str = ""


CARD = (
    Field("number", "Card number", "cc-number", "numeric"),
    Field("expiry", "Expiry (MM/YY)", "cc-exp", "numeric", "half"),
    Field("cvc", "Security code", "cc-csc", "numeric", "half"),
    Field("name", "Name on the card", "cc-name"),
)
PAD = (
    Field("name", "Account holder", "name"),
    Field("institution", "Institution number", inputmode="numeric", width="half"),
    Field("transit", "Transit number", inputmode="numeric", width="half"),
    Field("account", "Account number", inputmode="numeric"),
)
ACH = (
    Field("name", "Account holder", "name"),
    Field("routing", "Routing number", inputmode="numeric"),
    Field("account", "Account number", inputmode="numeric"),
)
FIELDS = {"card": CARD, "acss_debit": PAD, "us_bank_account": ACH}
TABS = {
    "card": "Card",
    "acss_debit": "Bank account (Canada)",
    "us_bank_account": "Bank account (United States)",
}
ADDRESS = (
    Field("line1", "Address", "billing address-line1"),
    Field("city", "City", "billing address-level2", width="half"),
    Field("state", "Province or state", "billing address-level1", width="half"),
    Field("postal_code", "Postal code", "billing postal-code"),
)
POSTAL_CODE = ADDRESS[-1:]
COUNTRIES = {"CA": "Canada", "US": "United States"}
TEST_NUMBER = "Use one of the test numbers listed below."


@dataclass
class Typed:
    """The form as it came, what is wrong with it, and what it means."""

    kind: str
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    instrument: Instrument | None = None

    @property
    def billing(self) -> Obj:
        names = ("line1", "city", "state", "postal_code", "country")
        return {"name": self.values["name"], "address": {name: self.values.get(name) or None for name in names}}

    @property
    def card(self) -> Obj:
        """The date as the card carries it."""
        if self.kind != "card":
            return {}
        month, year = _month_and_year(self.values["expiry"])
        return {"exp_month": month, "exp_year": year}


def address(session: Obj) -> tuple[Field, ...]:
    """What of the address is asked: all of it where the session says so, else as little as Stripe's own page does."""
    return ADDRESS if session["billing_address_collection"] == "required" else POSTAL_CODE


def read(kind: str, values: dict[str, str], asked: tuple[Field, ...], now: float) -> Typed:
    """Check one submission."""
    typed = Typed(kind, values)
    for box in (*FIELDS[kind], *asked):
        if not values.get(box.name, "").strip():
            typed.errors[box.name] = "Required"
    if values.get("country") not in COUNTRIES:
        typed.errors["country"] = "Required"
    CHECKS[kind](typed, now)
    return typed


def digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _card(typed: Typed, now: float) -> None:
    values = typed.values
    typed.instrument = CARD_BY_NUMBER.get(digits(values.get("number", "")))
    if typed.instrument is None:
        typed.errors.setdefault("number", TEST_NUMBER)
    month, year = _month_and_year(values.get("expiry", ""))
    today = datetime.fromtimestamp(now, UTC)
    if not month or (year, month) < (today.year, today.month):
        typed.errors.setdefault("expiry", "Write the date as MM/YY, in the future.")
    if not re.fullmatch(r"\d{3,4}", values.get("cvc", "").strip()):
        typed.errors.setdefault("cvc", "Use 3 or 4 digits.")


def _month_and_year(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d\d)\s*", text)
    return (int(found[1]), 2000 + int(found[2])) if found else (0, 0)


def _pad(typed: Typed, now: float) -> None:
    values = typed.values
    if digits(values.get("institution", "")) != PAD_INSTITUTION:
        typed.errors.setdefault("institution", "Use institution 000 and transit 11000.")
    if digits(values.get("transit", "")) != PAD_TRANSIT:
        typed.errors.setdefault("transit", "Use institution 000 and transit 11000.")
    _bank(typed)


def _ach(typed: Typed, now: float) -> None:
    if digits(typed.values.get("routing", "")) != ACH_ROUTING:
        typed.errors.setdefault("routing", "Use routing number 110000000.")
    _bank(typed)


def _bank(typed: Typed) -> None:
    typed.instrument = BANK_BY_NUMBER.get((typed.kind, digits(typed.values.get("account", ""))))
    if typed.instrument is None:
        typed.errors.setdefault("account", TEST_NUMBER)
    if typed.values.get("agree") != "yes":
        typed.errors["agree"] = "Agree to continue."


CHECKS = {"card": _card, "acss_debit": _pad, "us_bank_account": _ach}
