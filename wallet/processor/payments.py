"""Payments: what we ask for and how it may end."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Verdict(Enum):
    """How a request to move money ended. `UNKNOWN` is an ending too: the processor has to be asked again."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    DECLINED = "declined"
    NEEDS_CLIENT = "needs_client"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verdict with what explains it. `retry` says a `NOT_SENT` was only too fast; `fatal` that the run must stop;
    `limited` that the processor asks for a slower pace, `everywhere` for all requests to the account.

    `silent` says that a `NOT_SENT` is known without an answer: nothing that moves money was asked. `repeated` says that
    this answer was given before to the same request, which is over therefore: what became of it can be read.

    `next_url` is the bank's page, where a holder who is there confirms a payment that needs them.
    """

    verdict: Verdict
    charge: str = ""
    code: str = ""
    advice: str = ""
    message: str = ""
    retry: bool = False
    fatal: bool = False
    limited: bool = False
    everywhere: bool = False
    silent: bool = False
    repeated: bool = False
    next_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """Everything a confirmation sends, taken from the attempt's unchanging columns and nothing else.

    With a `return_url` the holder is there, and comes back to it from the bank's page; without, nobody is.
    """

    key: str
    payment: str
    processor_account: str
    method: str
    mandate: str
    rail: str
    return_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A payment to prepare: it moves no money until it is confirmed."""

    key: str
    processor_account: str
    amount: int
    currency: str
    customer: str
    rails: tuple[str, ...]
    description: str
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Created:
    """The processor's id of a prepared payment, or why there is none."""

    payment: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class ListedPayment:
    """A payment as the processor lists it: how much of what was taken, or was to be, what became of it, and our marks.

    `refunded` went back already; it is said of one that is asked for alone, not of a whole list.
    """

    payment: str
    amount: int
    currency: str
    outcome: Outcome
    created_at: dt.datetime
    customer: str = ""
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    refunded: int = 0


@dataclass(frozen=True, kw_only=True)
class PageOrder:
    """A payment to be made on the hosted page, by a card that is typed there and not kept."""

    key: str
    processor_account: str
    amount: int
    currency: str
    customer: str
    rails: tuple[str, ...]
    description: str
    metadata: dict[str, str]
    language: str
    return_url: str
    cancel_url: str
    expires_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class HostedPage:
    """The hosted page of one payment: where to send the person, and how to ask about it."""

    page: str
    url: str


@dataclass(frozen=True, kw_only=True)
class PageResult:
    """What became of a visit to pay: `open`, `complete` with the payment and its outcome, or `expired`.

    `instrument` is the brand and the last digits of what paid.
    """

    state: str
    payment: str = ""
    outcome: Outcome | None = None
    instrument: str = ""
