"""What an answer about money means: from the processor's words, as plain dictionaries, to one of our verdicts."""

import logging
from collections.abc import Mapping
from typing import Any

from wallet.processor import Outcome, RefundOutcome, Verdict

log = logging.getLogger("wallet.processor")

# A refusal about one of these concerns this one payment; any other bad request is ours and would meet the whole run.
ABOUT_ONE_PAYMENT = frozenset({"payment_method", "mandate", "customer", "amount"})
UNKNOWN = Outcome(verdict=Verdict.UNKNOWN)
# A live answer to a test key, or the reverse, is about something else: it is never believed.
OF_THE_OTHER_MODE = Outcome(verdict=Verdict.UNKNOWN, code="wrong_mode")
PREPARED_IN_THE_OTHER_MODE = Outcome(verdict=Verdict.NOT_SENT, code="wrong_mode", fatal=True)
# What the processor's limiters are called (https://docs.stripe.com/rate-limits).
OF_ONE_OBJECT, OF_THE_ACCOUNT = "resource-specific", "global-"
_LONGEST_MESSAGE = 300
_REFUND_STATES = {
    "pending": Verdict.PENDING,
    "requires_action": Verdict.PENDING,
    "succeeded": Verdict.SUCCEEDED,
    "failed": Verdict.DECLINED,
    "canceled": Verdict.DECLINED,
}


def of_payment(payment: Mapping[str, Any]) -> Outcome:
    """The verdict that a payment's own state gives; a state we have never heard of is no verdict."""
    status = payment.get("status")
    charge = _identifier(payment.get("latest_charge"))
    if status == "succeeded":
        return Outcome(verdict=Verdict.SUCCEEDED, charge=charge)
    if status == "processing":
        return Outcome(verdict=Verdict.PENDING, charge=charge)
    if status == "requires_action":
        page = ((payment.get("next_action") or {}).get("redirect_to_url") or {}).get("url") or ""
        return Outcome(verdict=Verdict.NEEDS_CLIENT, charge=charge, code="requires_action", next_url=page)
    if status == "canceled":
        return Outcome(verdict=Verdict.NOT_SENT, charge=charge, code="canceled")
    if status in ("requires_payment_method", "requires_confirmation"):
        error = payment.get("last_payment_error")
        # Never confirmed: nothing happened, and the same confirmation may be sent again.
        return of_decline(error) if error else Outcome(verdict=Verdict.NOT_SENT, code=status, retry=True)
    return Outcome(verdict=Verdict.UNKNOWN, charge=charge, code=str(status or ""))


def of_decline(error: Mapping[str, Any]) -> Outcome:
    """The bank said no, or wants to see the client first."""
    codes = (error.get("code"), error.get("decline_code"))
    asks_client = "authentication_required" in codes
    return Outcome(
        verdict=Verdict.NEEDS_CLIENT if asks_client else Verdict.DECLINED,
        charge=_identifier(error.get("charge")),
        code=error.get("decline_code") or error.get("code") or "",
        advice=error.get("advice_code") or error.get("network_advice_code") or "",
        message=(error.get("message") or "")[:_LONGEST_MESSAGE],
    )


def of_refusal(
    status: int | None, error: Mapping[str, Any], request_id: str = "", *, limit: str = "", repeated: bool = False
) -> Outcome:
    """The verdict of a request that did not end well, by its HTTP status and code; no status: no answer came.

    `limit` names the limiter that stopped it; `repeated`: this answer was given before, the first request is over.
    """
    code = error.get("code") or ""
    if status == 402:
        return of_decline(error)
    if error.get("type") == "idempotency_error":
        log.error("key_reused_with_other_parameters", extra={"request_id": request_id, "status": status})
        return Outcome(verdict=Verdict.UNKNOWN, code="idempotency_error")
    if status == 429 or code == "rate_limit":
        return _too_fast(code, limit)
    if status in (400, 401, 403, 404):
        log.error("request_refused", extra={"request_id": request_id, "status": status, "code": code})
        fatal = status in (401, 403) or error.get("param") not in ABOUT_ONE_PAYMENT
        message = (error.get("message") or "")[:_LONGEST_MESSAGE]
        return Outcome(verdict=Verdict.NOT_SENT, code=code or str(status), message=message, fatal=fatal)
    # 409, 424, 5xx, a page of HTML, silence: money may have moved.
    return Outcome(verdict=Verdict.UNKNOWN, code=code or str(status or "no_answer"), repeated=repeated)


def _too_fast(code: str, limit: str) -> Outcome:
    """Nothing was done. About one object that is busy or was asked too often, only this payment waits; otherwise the
    limiter of one kind of request, or of the whole account, wants a slower pace."""
    about_one = limit == OF_ONE_OBJECT or not (limit or code == "rate_limit")
    return Outcome(
        verdict=Verdict.NOT_SENT,
        code=code or "rate_limit",
        retry=True,
        limited=not about_one,
        everywhere=limit.startswith(OF_THE_ACCOUNT),
    )


def of_preparation(outcome: Outcome) -> Outcome:
    """Preparing a payment moves no money, so what is unknown about it may be sent again under the same key."""
    if outcome.verdict is not Verdict.UNKNOWN:
        return outcome
    broken_key = outcome.code == "idempotency_error"
    return Outcome(verdict=Verdict.NOT_SENT, code=outcome.code, retry=not broken_key, fatal=broken_key, silent=True)


def of_refund(refund: Mapping[str, Any]) -> RefundOutcome:
    """The verdict that a refund's own state gives: it is done only when the processor says so."""
    status = refund.get("status")
    verdict = _REFUND_STATES.get(str(status), Verdict.UNKNOWN)
    reason = str(refund.get("failure_reason") or "")
    if verdict is Verdict.PENDING:
        reason = refund.get("pending_reason") or ""
    if verdict in (Verdict.DECLINED, Verdict.UNKNOWN):
        reason = reason or str(status or "")
    return RefundOutcome(verdict=verdict, refund=refund.get("id") or "", reason=reason)


def of_refused_refund(
    status: int | None, error: Mapping[str, Any], request_id: str = "", *, limit: str = ""
) -> RefundOutcome:
    """The verdict of a refund that was not accepted, by the same table; only a wrong key concerns more than one."""
    outcome = of_refusal(status, error, request_id, limit=limit)
    refused = outcome.verdict in (Verdict.DECLINED, Verdict.NEEDS_CLIENT)
    return RefundOutcome(
        verdict=Verdict.NOT_SENT if refused else outcome.verdict,
        reason=outcome.code,
        retry=outcome.retry,
        fatal=status in (401, 403),
        limited=outcome.limited,
    )


def _identifier(value: Any) -> str:
    """An id, whether the object came as its id or whole."""
    return (value.get("id") if isinstance(value, Mapping) else value) or ""
