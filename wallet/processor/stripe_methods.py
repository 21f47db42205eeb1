"""Stripe's part about saved methods: none of it moves money, so all of it may be repeated under its key."""

from wallet.processor import (
    Agreement,
    BillingAddress,
    Clone,
    ProcessorUnavailable,
    SavedMethod,
    SetupPage,
    SetupResult,
    describing,
    describing_money,
)
from wallet.processor.stripe_calls import SAFE, Answer, Calls, options


class SavedMethods(Calls):
    """Customers, hosted pages, clones."""

    def ensure_customer(
        self, *, key: str, processor_account: str, name: str, email: str, metadata: dict[str, str]
    ) -> str:
        params = {"name": name, "metadata": metadata, **({"email": email} if email else {})}
        where = options(processor_account, key, retries=SAFE)
        return self.fetch(lambda: self.client.v1.customers.create(params=params, options=where))["id"]

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
    ) -> SetupPage:
        params = {
            "mode": "setup",
            "customer": customer,
            "allowed_payment_method_types": [rail],
            "locale": describing_money.locale(language),
            "success_url": return_url,
            "cancel_url": cancel_url,
            **describing.terms(rail, currency, schedule, debits),
        }
        where = options("", key, retries=SAFE)
        page = self.fetch(lambda: self.client.v1.checkout.sessions.create(params=params, options=where))
        return SetupPage(session=page["id"], url=page.get("url") or "")

    def read_setup_page(self, *, session: str) -> SetupResult:
        params = {"expand": ["setup_intent.payment_method"]}
        where = options("", retries=SAFE)
        retrieve = self.client.v1.checkout.sessions.retrieve
        return describing.setup_result(self.fetch(lambda: retrieve(session, params=params, options=where)))

    def save_address(self, *, key: str, method: str, address: BillingAddress, processor_account: str = "") -> None:
        self._save_address(key, method, address, processor_account)

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
        clone = self.fetch(lambda: self.client.v1.payment_methods.create(params=params, options=where))["id"]
        if agreement.rail == "acss_debit":
            # A Canadian agreement names who debits: each organization's account needs one of its own.
            mandate = self.agree(
                key=key,
                method=clone,
                customer=to_customer,
                agreement=agreement,
                processor_account=processor_account,
            )
            return Clone(customer=to_customer, method=clone, mandate=mandate)
        self._attach(key, clone, to_customer, processor_account)
        return Clone(customer=to_customer, method=clone)

    def save_token(
        self, *, key: str, token: str, customer: str, agreement: Agreement, address: BillingAddress
    ) -> SavedMethod:
        method = self._attach(key, token, customer, "")
        mandate = ""
        if agreement.rail in describing.BANK_RAILS:
            mandate = self.agree(key=key, method=method, customer=customer, agreement=agreement, processor_account="")
        saved = self._save_address(f"{key}:address", method, address)
        return describing.saved_method(saved, mandate)

    def read_method(self, *, method: str, processor_account: str) -> SavedMethod | None:
        where = options(processor_account, retries=SAFE)
        try:
            found = self.fetch(lambda: self.client.v1.payment_methods.retrieve(method, options=where))
        except ProcessorUnavailable as problem:
            if problem.code == "resource_missing":
                return None
            raise
        return describing.saved_method(found) if found.get("customer") else None

    def is_agreed(self, *, mandate: str, processor_account: str) -> bool:
        where = options(processor_account, retries=SAFE)
        return self.fetch(lambda: self.client.v1.mandates.retrieve(mandate, options=where))["status"] != "inactive"

    def renew_expiry(self, *, key: str, method: str, month: int, year: int, processor_account: str) -> None:
        params = {"card": {"exp_month": month, "exp_year": year}}
        where = options(processor_account, key, retries=SAFE)
        self.fetch(lambda: self.client.v1.payment_methods.update(method, params=params, options=where))

    def detach_method(self, *, method: str, processor_account: str) -> None:
        """Already gone is as good as detached."""
        where = options(processor_account, f"de:{method}", retries=SAFE)
        try:
            self.fetch(lambda: self.client.v1.payment_methods.detach(method, options=where))
        except ProcessorUnavailable as problem:
            if problem.code != "resource_missing" and self._is_attached(method, processor_account):
                raise

    def _is_attached(self, method: str, processor_account: str) -> bool:
        where = options(processor_account, retries=SAFE)
        return bool(self.fetch(lambda: self.client.v1.payment_methods.retrieve(method, options=where)).get("customer"))

    def _attach(self, key: str, method: str, customer: str, processor_account: str) -> str:
        params = {"customer": customer}
        where = options(processor_account, f"{key}:attach", retries=SAFE)
        return self.fetch(lambda: self.client.v1.payment_methods.attach(method, params=params, options=where))["id"]

    def _save_address(self, key: str, method: str, address: BillingAddress, processor_account: str = "") -> Answer:
        params = {"billing_details": describing.billing_details(address)}
        where = options(processor_account, key, retries=SAFE)
        return self.fetch(lambda: self.client.v1.payment_methods.update(method, params=params, options=where))

    def agree(self, *, key: str, method: str, customer: str, agreement: Agreement, processor_account: str) -> str:
        """Record the debit agreement with the processor, which also gives the method to the customer."""
        params = {
            "confirm": True,
            "customer": customer,
            "payment_method": method,
            "allowed_payment_method_types": [agreement.rail],
            "usage": "off_session",
            "mandate_data": {"customer_acceptance": describing.acceptance(agreement)},
            **describing.terms(agreement.rail, agreement.currency, agreement.schedule, agreement.debits),
        }
        where = options(processor_account, f"{key}:agree", retries=SAFE)
        intent = self.fetch(lambda: self.client.v1.setup_intents.create(params=params, options=where))
        if intent["status"] != "succeeded":
            raise ProcessorUnavailable(f"the bank account is not ready: {intent['status']}", "not_ready")
        return intent.get("mandate") or ""
