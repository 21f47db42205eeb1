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
    """A verdict with what explains it. `retry` says a `NOT_SENT` was only too fast; `fatal` that the run must stop.

    `next_url` is the bank's page, where a holder who is there confirms a payment that needs them.
    """

    verdict: Verdict
    charge: str = ""
    code: str = ""
    advice: str = ""
    message: str = ""
    retry: bool = False
    fatal: bool = False
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


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """Money to give back to the method that paid, from the refund's unchanging columns and nothing else."""

    key: str
    processor_account: str
    payment: str
    amount: int
    metadata: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class RefundOutcome:
    """What became of a refund: `SUCCEEDED`, `PENDING`, `DECLINED` (it failed and the money is back with the centre),
    `NOT_SENT` or `UNKNOWN`; `reason` is the processor's word for it."""

    verdict: Verdict
    refund: str = ""
    reason: str = ""
    retry: bool = False
    fatal: bool = False


@dataclass(frozen=True, kw_only=True)
class DisputeState:
    """A dispute as it is now. `withdrawn`: the money is gone at this moment; `final`: nothing more will happen."""

    dispute: str
    payment: str
    amount: int
    status: str
    reason: str
    withdrawn: bool
    final: bool
    opened_at: dt.datetime
    answer_by: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """An organization's account at the processor as it is now; `due` is what the processor still asks for."""

    account: str
    country: str
    currency: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    due: tuple[str, ...] = ()
    disabled_reason: str = ""


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
        debits: str = "combined",
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

    def open_payment_page(self, order: PageOrder) -> HostedPage: ...

    def read_payment_page(self, *, page: str, processor_account: str) -> PageResult: ...

    def expire_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        """Close the page so that nobody can pay on it any more; the answer is what it was before or is now."""
        ...

    def request_refund(self, order: RefundOrder) -> RefundOutcome: ...

    def read_refund(self, *, refund: str, processor_account: str) -> RefundOutcome: ...

    def find_refund(self, *, payment: str, key: str, processor_account: str) -> RefundOutcome:
        """What became of a refund whose answer was lost, found among the payment's refunds by its `key` in the
        metadata; `NOT_SENT` when there is none."""
        ...

    def available_balance(self, *, processor_account: str, currency: str) -> int:
        """What the account could give back today, in minor units."""
        ...

    def read_dispute(self, *, dispute: str, processor_account: str) -> DisputeState: ...

    def list_events(self, *, processor_account: str, since: dt.datetime, undelivered: bool) -> Iterator[Event]:
        """News of an account since then, oldest first; only what was never delivered, or all of it."""
        ...

    def open_account(self, *, key: str, name: str, email: str, country: str, metadata: dict[str, str]) -> str: ...

    def onboarding_page(self, *, processor_account: str, return_url: str, refresh_url: str) -> str:
        """Where the organization tells the processor who it is; the address works once and for a few minutes."""
        ...

    def read_account(self, *, processor_account: str) -> AccountState:
        """The account as it is now; without an id, the platform's own."""
        ...

    def read_event(self, *, body: bytes, signature: str, now: dt.datetime) -> Event: ...

    def list_payments(self, *, processor_account: str, since: dt.datetime) -> Iterator[tuple[str, Outcome]]: ...

    def answers(self) -> bool: ...


__all__ = [
    "AccountState",
    "Agreement",
    "BadSignature",
    "BillingAddress",
    "Charge",
    "Clone",
    "Created",
    "DisputeState",
    "Event",
    "HostedPage",
    "Intent",
    "Outcome",
    "PageOrder",
    "PageResult",
    "Processor",
    "ProcessorUnavailable",
    "RefundOrder",
    "RefundOutcome",
    "SavedMethod",
    "SetupPage",
    "SetupResult",
    "Verdict",
    "outside_transaction",
]
