"""The only door to the payment processor: what we ask of it and what it may answer, free of any processor's objects.

Amounts are integer minor units, ids are opaque strings. A method may take seconds: `outside_transaction` refuses a call
while a database transaction is open, because a rollback would forget money that has moved.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")


def outside_transaction(call: Callable[P, R]) -> Callable[P, R]:
    """Refuse to reach the processor while a transaction is open (`RuntimeError`)."""

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        blocks = connection.atomic_blocks
        if blocks and not getattr(blocks[-1], "_from_testcase", False):
            raise RuntimeError(f"{call.__name__} was called inside a database transaction")
        return call(*args, **kwargs)

    return guarded


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
    """A verdict with what explains it. `retry` says a `NOT_SENT` was only too fast; `fatal` that the run must stop."""

    verdict: Verdict
    charge: str = ""
    code: str = ""
    advice: str = ""
    message: str = ""
    retry: bool = False
    fatal: bool = False


@dataclass(frozen=True, kw_only=True)
class Charge:
    """Everything a confirmation sends, taken from the attempt's unchanging columns and nothing else."""

    key: str
    payment: str
    processor_account: str
    method: str
    mandate: str
    rail: str


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
class BillingAddress:
    line1: str
    city: str
    province: str
    postal_code: str
    country: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What the holder accepted, on which rail, when and where; without an address it was not given on a screen.

    `schedule` says in the holder's words when a bank account may be debited.
    """

    rail: str
    currency: str
    schedule: str
    at: dt.datetime
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class SavedMethod:
    """A method as the processor keeps it: the token and what may be shown of it."""

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


@dataclass(frozen=True, kw_only=True)
class Event:
    """News from the processor, verified to be from it."""

    id: str
    type: str
    account: str
    object_id: str
    created: dt.datetime
    livemode: bool
    payload: dict[str, Any] = field(default_factory=dict)


class BadSignature(Exception):
    """The news was not signed by the processor, or is too old, or comes from the future."""


class ProcessorUnavailable(Exception):
    """The processor could not be reached or refused the request; nothing was saved. The text is for the log."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Processor(Protocol):
    """What a payment processor must be able to do for us.

    Asking to move money never raises for what the processor answers: it gives a verdict. Everything else raises
    `ProcessorUnavailable`.
    """

    def ensure_customer(
        self, *, key: str, processor_account: str, name: str, email: str, metadata: dict[str, str]
    ) -> str: ...

    def open_setup_page(
        self,
        *,
        key: str,
        customer: str,
        rail: str,
        currency: str,
        language: str,
        schedule: str,
        return_url: str,
        cancel_url: str,
    ) -> SetupPage: ...

    def read_setup_page(self, *, session: str) -> SetupResult: ...

    def save_address(self, *, key: str, method: str, address: BillingAddress) -> None: ...

    def clone_method(
        self,
        *,
        key: str,
        method: str,
        customer: str,
        agreement: Agreement,
        processor_account: str,
        to_customer: str,
    ) -> Clone: ...

    def read_method(self, *, method: str, processor_account: str) -> SavedMethod | None:
        """None when it belongs to nobody any more: it can never be charged again."""
        ...

    def is_agreed(self, *, mandate: str, processor_account: str) -> bool: ...

    def renew_expiry(self, *, key: str, method: str, month: int, year: int, processor_account: str) -> None: ...

    def detach_method(self, *, method: str, processor_account: str) -> None: ...

    def save_token(
        self, *, key: str, token: str, customer: str, agreement: Agreement, address: BillingAddress
    ) -> SavedMethod: ...

    def create_payment(self, intent: Intent) -> Created: ...

    def confirm_payment(self, charge: Charge) -> Outcome: ...

    def read_payment(self, *, payment: str, processor_account: str) -> Outcome: ...

    def cancel_payment(self, *, payment: str, processor_account: str) -> Outcome: ...

    def read_event(self, *, body: bytes, signature: str, now: dt.datetime) -> Event: ...

    def list_payments(self, *, processor_account: str, since: dt.datetime) -> Iterator[tuple[str, Outcome]]: ...

    def answers(self) -> bool: ...


__all__ = [
    "Agreement",
    "BadSignature",
    "BillingAddress",
    "Charge",
    "Clone",
    "Created",
    "Event",
    "Intent",
    "Outcome",
    "Processor",
    "ProcessorUnavailable",
    "SavedMethod",
    "SetupPage",
    "SetupResult",
    "Verdict",
    "outside_transaction",
]
