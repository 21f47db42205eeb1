"""Two small deposits prove that a bank account is the payer's: Stripe's test amounts and codes decide."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError, invalid, parameter_missing
from smartrec.devstack.sandbox.objects import debits, ending, mandates, setup_intents
from smartrec.devstack.sandbox.objects.common import unexpected_state

Obj = dict[str, Any]
RIGHT = ([32, 45], "SM11AA")
TOO_MANY = ([10, 11], "SM33CC")
TOO_LATE = ([40, 41], "SM44DD")
TRIES = {"us_bank_account": 10, "acss_debit": 3}
PREFIX = "payment_method_microdeposit_verification"


def verify(desk: Desk, call: Call) -> Obj:
    """What the payer saw on the statement lets the account be saved."""
    return _verify(desk, desk.get("setup_intent", call.path["intent"]), call)


def verify_payment(desk: Desk, call: Call) -> Obj:
    """What the payer saw on the statement lets the debit go out."""
    return _verify(desk, desk.get("payment_intent", call.path["intent"]), call)


def _verify(desk: Desk, intent: Obj, call: Call) -> Obj:
    """Two amounts, or the code of one deposit."""
    if not intent["next_action"] or intent["next_action"]["type"] != "verify_with_microdeposits":
        raise unexpected_state(intent["object"], intent, "It does not wait for microdeposits.")
    seen = call.params.get("amounts") or call.params.get("descriptor_code")
    if not seen:
        raise parameter_missing("amounts")
    if isinstance(seen, list):
        seen = sorted(seen)
    method = desk.get("payment_method", intent["payment_method"])
    if seen in RIGHT and intent["object"] == "payment_intent":
        return debits.send(desk, intent, method, desk.get("mandate", intent["_mandate"]))
    if seen in RIGHT:
        options = (intent["payment_method_options"].get(method["type"]) or {}).get("mandate_options") or {}
        mandate = mandates.create(desk, method, intent["_consent"], options=options)
        return setup_intents.complete(desk, intent, method, mandate)
    raise _mismatch(desk, intent, method, seen)


def _mismatch(desk: Desk, intent: Obj, method: Obj, seen: Any) -> Exception:
    intent["_tries"] += 1
    desk.save(intent)
    if seen in TOO_LATE:
        return _refuse(desk, intent, _error("timeout", "Microdeposit verification timed out."))
    if seen in TOO_MANY or intent["_tries"] >= TRIES[method["type"]]:
        message = "You have exceeded the number of allowed verification attempts."
        return _refuse(desk, intent, _error("attempts_exceeded", message))
    message = "The amounts provided do not match the amounts that were sent to the bank account."
    if isinstance(seen, list):
        refusal = invalid(message, code=f"{PREFIX}_amounts_mismatch", param="amounts")
    else:
        refusal = ApiError(message, code=f"{PREFIX}_descriptor_code_mismatch", param="descriptor_code")
    refusal.keeps_effects = True
    return refusal


def _refuse(desk: Desk, intent: Obj, error: Obj) -> Exception:
    return (ending.refuse if intent["object"] == "payment_intent" else setup_intents.refuse)(desk, intent, error)


def _error(suffix: str, message: str) -> Obj:
    return {"code": f"{PREFIX}_{suffix}", "message": message, "type": "invalid_request_error"}
