"""Saved methods: a token and what may be shown of it, and how it comes to be saved."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BillingAddress:
    line1: str
    city: str
    province: str
    postal_code: str
    country: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What the holder accepted, on which rail, when and where; without an address it was not given on a screen.

    `schedule` says in the holder's words when a bank account may be debited, and `debits` of which kind that is:
    `interval` (on agreed dates), `sporadic` (each one authorized by itself) or `combined`.
    """

    rail: str
    currency: str
    schedule: str
    debits: str = "combined"
    at: dt.datetime
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class SavedMethod:
    """A method as the processor keeps it: the token and what may be shown of it.

    `blocked` is the bank's word for why the account takes no debit any more.
    """

    method: str
    kind: str
    rail: str
    brand: str
    last4: str
    exp_month: int | None = None
    exp_year: int | None = None
    holder: str = ""
    fingerprint: str = ""
    mandate: str = ""
    blocked: str = ""
    address: BillingAddress | None = None


@dataclass(frozen=True, kw_only=True)
class SetupPage:
    """The hosted page where a number is typed: where to send the person, and how to recognise them on return."""

    session: str
    url: str


@dataclass(frozen=True, kw_only=True)
class SetupResult:
    """What became of a visit to the hosted page: `open`, `verifying` a bank account, `complete` with the method, or
    `expired`."""

    state: str
    method: SavedMethod | None = None


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A method as it exists inside one organization's own processor account."""

    customer: str
    method: str
    mandate: str = ""
