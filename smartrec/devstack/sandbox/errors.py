"""Refusals, in the words and shapes Stripe uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DOCS = "https://docs.stripe.com/error-codes/"


@dataclass
class ApiError(Exception):
    """The answer to a request that cannot be granted."""

    message: str
    status: int = 400
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    # Stripe keeps a result under an idempotency key only once the work has begun.
    stored: bool = True
    # A decline is history (a failed charge exists); any other refusal leaves nothing behind.
    keeps_effects: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = DOCS + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        return {"error": error | self.extra}


def invalid(message: str, *, code: str | None = None, param: str | None = None, **extra: Any) -> ApiError:
    """The request makes no sense for the object's present state."""
    return ApiError(message, code=code, param=param, extra=extra)


def bad_parameter(message: str, *, param: str, code: str | None = None) -> ApiError:
    """A parameter fails validation: nothing began, so nothing is kept under the key."""
    return ApiError(message, code=code, param=param, stored=False)


def parameter_missing(param: str) -> ApiError:
    return bad_parameter(f"Missing required param: {param}.", param=param, code="parameter_missing")


def parameter_unknown(param: str) -> ApiError:
    return bad_parameter(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")


def types_retired(param: str) -> ApiError:
    """The list of method types may no longer be sent since 2026-09-30."""
    message = (
        "The `payment_method_types` parameter is no longer supported as of API version 2026-09-30.endive. "
        "Use `allowed_payment_method_types` instead."
    )
    return bad_parameter(message, param=param, code="payment_method_types_no_longer_supported")


def not_found(kind: str, ident: str, *, param: str = "id") -> ApiError:
    noun = {"payment_method": "PaymentMethod", "checkout.session": "checkout.session"}.get(kind, kind)
    return ApiError(f"No such {noun}: '{ident}'", status=404, code="resource_missing", param=param, stored=False)


def not_built(what: str, *, param: str) -> ApiError:
    """Better a refusal than an answer that only looks right."""
    return bad_parameter(f"The sandbox does not act on {what}.", param=param, code="sandbox_not_implemented")
