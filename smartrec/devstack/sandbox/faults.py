"""Trouble on demand: what goes wrong, when, and for which requests.

A fault waits for the next requests that match it (method, part of the path, account, part of the body), lets `skip` of
them pass and then strikes `count` times. `KINDS` says at which moment a kind strikes:

- *arrival*: before Stripe looks at idempotency; nothing happens and nothing is kept;
- *work*: the work begins and fails, or is slow; the failure is kept under the key (`late_work`: Stripe rolls the
  work forward `seconds` later all the same);
- *answer*: the work is done and committed; only the answer is lost or wrong.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.http import Reply

KINDS = {
    "reset_before": "arrival",
    "timeout_before": "arrival",
    "rate_limit": "arrival",
    "lock_timeout": "arrival",
    "conflict": "arrival",
    "unavailable": "arrival",
    "unauthorized": "arrival",
    "slow": "work",
    "error_before": "work",
    "late_work": "work",
    "error_after": "answer",
    "html_after": "answer",
    "reset_after": "answer",
    "timeout_after": "answer",
    "live_after": "answer",
    "late_after": "answer",
}
RATE_REASONS = (
    "global-concurrency",
    "global-rate",
    "endpoint-concurrency",
    "endpoint-rate",
    "resource-specific",
)
SERVER_ERROR = "An unknown error occurred"


@dataclass
class Fault:
    """One kind of trouble for the next `count` matching requests."""

    kind: str
    count: int = 1
    skip: int = 0
    method: str = "POST"
    path: str = ""
    account: str = ""
    body: str = ""
    seconds: float = 120
    reason: str = "endpoint-rate"
    should_retry: str = ""
    number: int = field(default=0)
    struck: int = field(default=0)

    @property
    def stage(self) -> str:
        return KINDS[self.kind]

    def fits(self, call: Call) -> bool:
        return (
            self.method in ("", call.request.method)
            and self.account in ("", call.account)
            and re.search(self.path, call.request.path) is not None
            and (not self.body or self.body in call.raw)
        )


class Faults:
    """The faults that wait for their request."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        fault.number = next(self._numbers)
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, call: Call) -> Fault | None:
        """The fault that strikes this request, if any."""
        for fault in self.waiting:
            if not fault.fits(call):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.struck += 1
            fault.count -= 1
            if fault.count <= 0:
                self.waiting.remove(fault)
            return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.waiting]


def on_arrival(fault: Fault) -> Reply:
    """Nothing happens, and the caller is told so, or nothing at all."""
    if fault.kind == "reset_before":
        return Reply(reset=True)
    if fault.kind == "timeout_before":
        return Reply(reset=True, wait=fault.seconds)
    if fault.kind == "unavailable":
        return Reply(503, b"<html><body>Service unavailable</body></html>", "text/html", _retry(fault))
    raise _REFUSALS[fault.kind](fault)


def at_work(fault: Fault) -> None:
    """The work begins and breaks, with no effect."""
    if fault.kind in ("error_before", "late_work"):
        raise ApiError(SERVER_ERROR, status=500, type="api_error", headers=_retry(fault))


def on_answer(fault: Fault, reply: Reply) -> Reply:
    """The work is done; the answer does not arrive as it should."""
    if fault.kind == "html_after":
        return Reply(502, b"<html><body>Bad gateway</body></html>", "text/html", _retry(fault))
    if fault.kind == "live_after":
        reply.body = reply.body.replace(b'"livemode":false', b'"livemode":true')
    if fault.kind == "reset_after":
        return Reply(reset=True)
    if fault.kind == "late_after":
        # The news may be there before the answer is.
        reply.wait = fault.seconds
    if fault.kind == "timeout_after":
        return Reply(reset=True, wait=fault.seconds)
    return reply


def _retry(fault: Fault) -> dict[str, str]:
    return {"Stripe-Should-Retry": fault.should_retry} if fault.should_retry else {}


def _rate_limit(fault: Fault) -> ApiError:
    return too_fast(fault.reason, _retry(fault))


def too_fast(reason: str, headers: dict[str, str] | None = None) -> ApiError:
    """What a limiter answers, with the limit that was reached."""
    return ApiError(
        "Request rate limit exceeded. Learn more about rate limits here https://docs.stripe.com/rate-limits.",
        status=429,
        type="invalid_request_error",
        code="rate_limit",
        stored=False,
        headers=(headers or {}) | {"Stripe-Rate-Limited-Reason": reason},
    )


def _lock_timeout(fault: Fault) -> ApiError:
    return ApiError(
        "This object cannot be accessed right now because another API request or Stripe process is currently "
        "accessing it. If you see this error intermittently, retry the request.",
        status=429,
        code="lock_timeout",
        stored=False,
        headers=_retry(fault),
    )


def _conflict(fault: Fault) -> ApiError:
    return ApiError(
        "There is currently another in-progress request using this Idempotent Key. Please try again later.",
        status=409,
        code="idempotency_key_in_use",
        stored=False,
        headers=_retry(fault),
    )


def _unauthorized(fault: Fault) -> ApiError:
    return ApiError("Invalid API Key provided: sk_test_***", status=401, stored=False)


_REFUSALS = {
    "rate_limit": _rate_limit,
    "lock_timeout": _lock_timeout,
    "conflict": _conflict,
    "unauthorized": _unauthorized,
}
