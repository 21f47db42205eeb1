"""Stripe, and any server that speaks like it: the one module that knows its library.

A confirmation is sent once and never repeated here: what to do after an unclear answer is the attempt's business. Calls
that move no money may be repeated by the library, always under the key the caller gave.
"""

import datetime as dt
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import stripe
from requests import Session
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from wallet.processor import (
    BadSignature,
    Charge,
    Created,
    Event,
    Intent,
    Outcome,
    ProcessorUnavailable,
    describing,
    outside_transaction,
    verdicts,
)
from wallet.processor.stripe_methods import ONCE, SAFE, SavedMethods, options, plain

VERSION = "2026-10-28.endive"
_CONNECTIONS = 64
_RECENT = dt.timedelta(seconds=300)
T = TypeVar("T")
log = logging.getLogger("wallet.processor")

stripe.enable_telemetry = False


class StripeAdapter(SavedMethods):
    """The processor's port over Stripe's API."""

    def __init__(self, *, key: str, base: str, signing_secrets: tuple[str, ...] = ()) -> None:
        self.client = _client(key, base, timeout=(5, 30))
        # Whether it answers is asked by a page that must itself answer soon.
        self._brief = _client(key, base, timeout=(1, 2))
        self._live = key.startswith(("sk_live_", "rk_live_"))
        self._secrets = signing_secrets

    @staticmethod
    def ask(call: Callable[[], T]) -> T:
        """Ask something that moves no money; trouble is told in our own exception."""
        try:
            return call()
        except stripe.StripeError as problem:
            raise ProcessorUnavailable(f"{problem.http_status or 'no answer'}: {problem}", _code(problem)) from problem

    @outside_transaction
    def create_payment(self, intent: Intent) -> Created:
        params: Any = {
            "amount": intent.amount,
            "currency": intent.currency.lower(),
            "customer": intent.customer,
            "allowed_payment_method_types": list(intent.rails),
            "description": intent.description,
            "metadata": intent.metadata,
        }
        where = options(intent.processor_account, intent.key, retries=SAFE)
        try:
            payment = self.client.v1.payment_intents.create(params=params, options=where)
        except stripe.StripeError as problem:
            return Created(outcome=verdicts.of_preparation(_refusal(problem)))
        return Created(payment=payment.id)

    @outside_transaction
    def confirm_payment(self, charge: Charge) -> Outcome:
        params: Any = {"payment_method": charge.method, "off_session": True}
        if charge.mandate:
            params["mandate"] = charge.mandate
        where = options(charge.processor_account, charge.key, retries=ONCE)
        try:
            payment = self.client.v1.payment_intents.confirm(charge.payment, params=params, options=where)
        except stripe.StripeError as problem:
            if _code(problem) == "payment_intent_unexpected_state":
                return self._read(charge.payment, charge.processor_account)
            return _refusal(problem)
        return verdicts.of_payment(plain(payment))

    @outside_transaction
    def read_payment(self, *, payment: str, processor_account: str) -> Outcome:
        return self._read(payment, processor_account)

    @outside_transaction
    def cancel_payment(self, *, payment: str, processor_account: str) -> Outcome:
        # A refused cancellation would be remembered under a fixed key although the payment may become cancellable.
        where = options(processor_account, f"ca:{payment}:{uuid.uuid4()}", retries=SAFE)
        try:
            cancelled = self.client.v1.payment_intents.cancel(payment, options=where)
        except stripe.StripeError:
            return self._read(payment, processor_account)
        return verdicts.of_payment(plain(cancelled))

    @outside_transaction
    def list_payments(self, *, processor_account: str, since: dt.datetime) -> Iterator[tuple[str, Outcome]]:
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        where = options(processor_account, retries=SAFE)
        page = self.ask(lambda: self.client.v1.payment_intents.list(params=params, options=where))
        return ((payment.id, verdicts.of_payment(payment.to_dict())) for payment in page.auto_paging_iter())

    def _read(self, payment: str, processor_account: str) -> Outcome:
        """What became of a payment; a question without an answer leaves it unknown."""
        where = options(processor_account, retries=SAFE)
        try:
            found = self.client.v1.payment_intents.retrieve(payment, options=where)
        except stripe.StripeError as problem:
            log.warning("payment_not_read", extra={"payment": payment, "status": problem.http_status})
            return verdicts.UNKNOWN
        return verdicts.of_payment(plain(found))

    def read_event(self, *, body: bytes, signature: str, now: dt.datetime) -> Event:
        if not any(_is_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature("not signed with our secret")
        if abs(now - _signed_at(signature)) > _RECENT:
            raise BadSignature("too old, or from the future")
        news = describing.event(json.loads(body))
        if news.livemode != self._live:
            raise BadSignature("test news for a live key, or the reverse")
        return news

    @outside_transaction
    def answers(self) -> bool:
        try:
            self._brief.v1.accounts.retrieve_current()
        except stripe.StripeError as problem:
            log.warning("processor_does_not_answer", extra={"status": problem.http_status})
            return False
        return True


def _client(key: str, base: str, *, timeout: tuple[float, float]) -> stripe.StripeClient:
    session = Session()
    # Threads come and go; the connections stay, in one pool. A proxy is looked up once instead of at every call.
    session.trust_env = False
    session.proxies.update(get_environ_proxies(base))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS))
    return stripe.StripeClient(
        key,
        stripe_version=VERSION,
        base_addresses={"api": base},
        max_network_retries=ONCE,
        http_client=stripe.RequestsClient(timeout=timeout, session=session),
    )


def _error(problem: stripe.StripeError) -> Mapping[str, Any]:
    body = problem.json_body
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _code(problem: stripe.StripeError) -> str:
    return _error(problem).get("code") or ""


def _refusal(problem: stripe.StripeError) -> Outcome:
    return verdicts.of_refusal(problem.http_status, _error(problem), problem.request_id or "")


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_at(signature: str) -> dt.datetime:
    """The first time in the header, which is the one the signature covers."""
    times = (part.removeprefix("t=") for part in signature.split(",") if part.startswith("t="))
    return dt.datetime.fromtimestamp(int(next(times)), dt.UTC)
