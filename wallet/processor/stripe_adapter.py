"""Stripe, and any server that speaks like it: the one module that knows its library."""

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import stripe
from requests import Session
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from wallet.processor import BadSignature, Event, describing, outside_transaction
from wallet.processor.stripe_accounts import Accounts
from wallet.processor.stripe_balance import Balance
from wallet.processor.stripe_calls import ONCE, Answer, Refusal
from wallet.processor.stripe_methods import SavedMethods
from wallet.processor.stripe_pages import PaymentPages
from wallet.processor.stripe_payments import Payments
from wallet.processor.stripe_refunds import Refunds

VERSION = "2026-10-28.endive"
LIVE = ("sk_live_", "rk_live_", "sk_org_live_")
LIMITER = "Stripe-Rate-Limited-Reason"
REPEATED = "Idempotent-Replayed"
# Seconds to connect and to answer; with the two repetitions of a safe call, still far less than a lease.
PATIENCE = (5.0, 30.0)
# Whether it answers is asked by a page that must itself answer soon.
BRIEFLY = (1.0, 2.0)
_CONNECTIONS = 64
_RECENT = dt.timedelta(seconds=300)
log = logging.getLogger("wallet.processor")

stripe.enable_telemetry = False


class StripeAdapter(Payments, PaymentPages, Refunds, Balance, SavedMethods, Accounts):
    """The processor's port over Stripe's API."""

    def __init__(
        self,
        *,
        key: str,
        base: str,
        signing_secrets: tuple[str, ...] = (),
        patience: tuple[float, float] = PATIENCE,
    ) -> None:
        self.client = _client(key, base, timeout=patience)
        self._brief = _client(key, base, timeout=BRIEFLY)
        self.live = key.startswith(LIVE)
        self._secrets = signing_secrets

    def request(self, call: Callable[[], Any]) -> Answer:
        """The answer as it came (walking the library's object costs more than reading it), or a `Refusal`."""
        outside_transaction()
        try:
            answer = call().last_response.data
        except stripe.StripeError as problem:
            raise _refusal(problem) from problem
        except (AttributeError, TypeError, ValueError, LookupError) as problem:
            # The library trips over an answer that is no Stripe answer: what it was about is not known.
            log.exception("answer_not_understood")
            raise Refusal(None, {"code": "not_understood"}) from problem
        if not isinstance(answer, Mapping):
            raise Refusal(None, {"code": "not_understood"})
        return answer

    def read_event(self, *, body: bytes, signature: str, now: dt.datetime) -> Event:
        if not any(_is_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature("not signed with our secret")
        if abs(now - _signed_at(signature)) > _RECENT:
            raise BadSignature("too old, or from the future")
        news = describing.event(json.loads(body))
        if news.livemode != self.live:
            raise BadSignature("test news for a live key, or the reverse")
        return news

    def answers(self) -> bool:
        try:
            self.request(self._brief.v1.accounts.retrieve_current)
        except Refusal as problem:
            log.warning("processor_does_not_answer", extra={"status": problem.status})
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


def _refusal(problem: stripe.StripeError) -> Refusal:
    headers = problem.headers or {}
    return Refusal(
        problem.http_status,
        _error(problem),
        problem.request_id or "",
        limit=headers.get(LIMITER) or "",
        repeated=headers.get(REPEATED) == "true",
    )


def _error(problem: stripe.StripeError) -> Mapping[str, Any]:
    body = problem.json_body
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _signed_at(signature: str) -> dt.datetime:
    """The first time in the header, which is the one the signature covers."""
    times = (part.removeprefix("t=") for part in signature.split(",") if part.startswith("t="))
    return dt.datetime.fromtimestamp(int(next(times)), dt.UTC)
