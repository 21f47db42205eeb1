"""One API call on its way through the sandbox: who asks, for which account, what, and with which parameters."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from smartrec.devstack.sandbox import endive
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.http import Reply, Request


@dataclass
class Call:
    """A request to `/v1/…`, once it is known who sent it."""

    request: Request
    raw: str
    id: str = field(default_factory=lambda: f"req_{secrets.token_hex(7)}")
    account: str = ""
    operation: str = ""
    path: dict[str, str] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    # Why it does not follow the description, told when its turn comes.
    complaint: ApiError | None = None

    @property
    def key(self) -> str | None:
        """Stripe looks at idempotency keys of POST requests alone."""
        return self.request.headers.get("idempotency-key") if self.request.method == "POST" else None

    @property
    def fingerprint(self) -> str:
        return f"{self.request.method} {self.request.path} {json.dumps(self.sent, sort_keys=True)}"

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        shown = {"Request-Id": self.id, "Stripe-Version": endive.VERSION}
        if self.key:
            shown["Idempotency-Key"] = self.key
        return Reply(status, body, headers=shown | (headers or {}))

    def refusal(self, error: ApiError) -> Reply:
        return self.reply(error.status, encode(error.body()), error.headers)


def encode(shown: dict[str, Any]) -> bytes:
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode()


def check_credentials(headers: dict[str, str]) -> None:
    """Only test keys open this door; a live key must never get here."""
    key = _secret(headers.get("authorization", ""))
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise ApiError(message, status=401, stored=False)
    if key.startswith(("sk_live_", "rk_live_")):
        raise ApiError("The sandbox refuses live keys: a live key must not be sent here.", status=401, stored=False)
    if not key.startswith(("sk_test_", "rk_test_")):
        raise ApiError(f"Invalid API Key provided: {key[:8]}***", status=401, stored=False)


def check_version(headers: dict[str, str]) -> None:
    version = headers.get("stripe-version", endive.VERSION)
    if version != endive.VERSION:
        raise ApiError(
            f"Invalid Stripe API version: {version}. The sandbox speaks {endive.VERSION} alone.", stored=False
        )


def _secret(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return base64.b64decode(value).decode().partition(":")[0]
    return ""
