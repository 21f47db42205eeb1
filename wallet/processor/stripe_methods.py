"""Stripe's part about saved methods: none of it moves money, so all of it may be repeated under its key."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wallet.processor import (
    Agreement,
    BillingAddress,
    Clone,
    ProcessorUnavailable,
    SavedMethod,
    SetupPage,
    SetupResult,
    describing,
    outside_transaction,
)

T = TypeVar("T")
ONCE, SAFE = 0, 2


def options(processor_account: str, key: str = "", *, retries: int) -> Any:
    """Where a request goes, under which key, and how often the library may repeat it."""
    chosen: dict[str, Any] = {"max_network_retries": retries}
    if key:
        chosen["idempotency_key"] = key
    if processor_account:
        chosen["stripe_account"] = processor_account
    return chosen


def plain(answer: Any) -> Mapping[str, Any]:
    """The answer as it came; walking the library's object costs more than reading it."""
    return answer.last_response.data


class SavedMethods:
    """Customers, hosted pages, clones. `ask` turns the library's trouble into `ProcessorUnavailable`."""

    client: Any
    ask: Callable[[Callable[[], T]], T]

    @outside_transaction
    def ensure_customer(
        self, *, key: str, processor_account: str, name: str, email: str, metadata: dict[str, str]
    ) -> str:
        params = {"name": name, "metadata": metadata, **({"email": email} if email else {})}
        where = options(processor_account, key, retries=SAFE)
        return self.ask(lambda: self.client.v1.customers.create(params=params, options=where)).id

    @outside_transaction
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
    ) -> SetupPage:
        params = {
            "mode": "setup",
            "customer": customer,
            "allowed_payment_method_types": [rail],
            "locale": "fr-CA" if language.startswith("fr") else "en",
            "success_url": return_url,
            "cancel_url": cancel_url,
            **describing.terms(rail, schedule, currency),
        }
        where = options("", key, retries=SAFE)
        page = self.ask(lambda: self.client.v1.checkout.sessions.create(params=params, options=where))
        return SetupPage(session=page.id, url=page.url)

    @outside_transaction
    def read_setup_page(self, *, session: str) -> SetupResult:
        params = {"expand": ["setup_intent.payment_method"]}
        where = options("", retries=SAFE)
        page = self.ask(lambda: self.client.v1.checkout.sessions.retrieve(session, params=params, options=where))
        return describing.setup_result(plain(page))

    @outside_transaction
    def save_address(self, *, key: str, method: str, address: BillingAddress) -> None:
        self._save_address(key, method, address)

    @outside_transaction
    def clone_method(
        self,
        *,
        key: str,
        method: str,
        customer: str,
        agreement: Agreement,
        processor_account: str,
        to_customer: str,
    ) -> Clone:
        params = {"customer": customer, "payment_method": method}
        where = options(processor_account, f"{key}:clone", retries=SAFE)
        clone = self.ask(lambda: self.client.v1.payment_methods.create(params=params, options=where)).id
        if agreement.rail == "acss_debit":
            # A Canadian agreement names who debits: each organization's account needs one of its own.
            mandate = self._agree(key, clone, to_customer, agreement, processor_account)
            return Clone(customer=to_customer, method=clone, mandate=mandate)
        self._attach(key, clone, to_customer, processor_account)
        return Clone(customer=to_customer, method=clone)

    @outside_transaction
    def save_token(
        self, *, key: str, token: str, customer: str, agreement: Agreement, address: BillingAddress
    ) -> SavedMethod:
        method = self._attach(key, token, customer, "")
        mandate = self._agree(key, method, customer, agreement, "") if agreement.rail in describing.BANK_RAILS else ""
        saved = self._save_address(f"{key}:address", method, address)
        return describing.saved_method(plain(saved), mandate)

    @outside_transaction
    def read_method(self, *, method: str, processor_account: str) -> SavedMethod | None:
        where = options(processor_account, retries=SAFE)
        try:
            found = plain(self.ask(lambda: self.client.v1.payment_methods.retrieve(method, options=where)))
        except ProcessorUnavailable as problem:
            if problem.code == "resource_missing":
                return None
            raise
        return describing.saved_method(found) if found.get("customer") else None

    @outside_transaction
    def is_agreed(self, *, mandate: str, processor_account: str) -> bool:
        where = options(processor_account, retries=SAFE)
        return self.ask(lambda: self.client.v1.mandates.retrieve(mandate, options=where)).status != "inactive"

    @outside_transaction
    def renew_expiry(self, *, key: str, method: str, month: int, year: int, processor_account: str) -> None:
        params = {"card": {"exp_month": month, "exp_year": year}}
        where = options(processor_account, key, retries=SAFE)
        self.ask(lambda: self.client.v1.payment_methods.update(method, params=params, options=where))

    @outside_transaction
    def detach_method(self, *, method: str, processor_account: str) -> None:
        """Already gone is as good as detached."""
        where = options(processor_account, f"de:{method}", retries=SAFE)
        try:
            self.ask(lambda: self.client.v1.payment_methods.detach(method, options=where))
        except ProcessorUnavailable as problem:
            if problem.code != "resource_missing" and self._is_attached(method, processor_account):
                raise

    def _is_attached(self, method: str, processor_account: str) -> bool:
        where = options(processor_account, retries=SAFE)
        return bool(self.ask(lambda: self.client.v1.payment_methods.retrieve(method, options=where)).customer)

    def _attach(self, key: str, method: str, customer: str, processor_account: str) -> str:
        params = {"customer": customer}
        where = options(processor_account, f"{key}:attach", retries=SAFE)
        return self.ask(lambda: self.client.v1.payment_methods.attach(method, params=params, options=where)).id

    def _save_address(self, key: str, method: str, address: BillingAddress) -> Any:
        params = {"billing_details": describing.billing_details(address)}
        where = options("", key, retries=SAFE)
        return self.ask(lambda: self.client.v1.payment_methods.update(method, params=params, options=where))

    def _agree(self, key: str, method: str, customer: str, agreement: Agreement, processor_account: str) -> str:
        """Record the debit agreement with the processor, which also gives the method to the customer."""
        params = {
            "confirm": True,
            "customer": customer,
            "payment_method": method,
            "allowed_payment_method_types": [agreement.rail],
            "usage": "off_session",
            "mandate_data": {"customer_acceptance": describing.acceptance(agreement)},
            **describing.terms(agreement.rail, agreement.schedule, agreement.currency),
        }
        where = options(processor_account, f"{key}:agree", retries=SAFE)
        intent = plain(self.ask(lambda: self.client.v1.setup_intents.create(params=params, options=where)))
        if intent["status"] != "succeeded":
            raise ProcessorUnavailable(f"the bank account is not ready: {intent['status']}", "not_ready")
        return intent.get("mandate") or ""
