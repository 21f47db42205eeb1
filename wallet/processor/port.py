"""Everything a payment processor must be able to do for us."""

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from wallet.processor.accounts import AccountState
from wallet.processor.methods import Agreement, BillingAddress, Clone, SavedMethod, SetupPage, SetupResult
from wallet.processor.movements import Movement
from wallet.processor.news import Event
from wallet.processor.payments import Charge, Created, HostedPage, Intent, ListedPayment, Outcome, PageOrder, PageResult
from wallet.processor.refunds import DisputeState, ListedRefund, RefundOrder, RefundOutcome


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

    def save_address(self, *, key: str, method: str, address: BillingAddress, processor_account: str = "") -> None: ...

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

    def agree(self, *, key: str, method: str, customer: str, agreement: Agreement, processor_account: str) -> str:
        """Record what was agreed to for a bank account that is in that account already; the mandate of its debits."""
        ...

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

    def list_movements(self, *, processor_account: str, since: dt.datetime) -> Iterator[Movement]:
        """Every movement of the account's balance since then, newest first, with what was kept of it."""
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

    def list_payments(self, *, processor_account: str, since: dt.datetime) -> Iterator[ListedPayment]:
        """Every payment prepared in the account since then, newest first."""
        ...

    def find_payment(self, *, payment: str, processor_account: str) -> ListedPayment | None:
        """One payment with what was given back of it; None when the account has none of that name."""
        ...

    def get_refund(self, *, refund: str, processor_account: str) -> ListedRefund | None:
        """One refund by its name; None when the account has none of that name."""
        ...

    def list_refunds(self, *, processor_account: str, since: dt.datetime) -> Iterator[ListedRefund]:
        """Every refund asked for in the account since then, newest first."""
        ...

    def answers(self) -> bool: ...
