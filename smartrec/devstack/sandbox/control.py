"""The control desk under `/_sandbox/`: look at the money log, and make trouble on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from smartrec.devstack.sandbox import control_page, movements
from smartrec.devstack.sandbox.calls import encode
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.faults import KINDS, RATE_REASONS, Fault
from smartrec.devstack.sandbox.http import Reply, Request, redirect
from smartrec.devstack.sandbox.objects import charging, disputes, refunds
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
NUMBERS = {"count": int, "skip": int, "seconds": float, "drop": int, "duplicate": int, "twin": int, "delay": int}
NUMBERS |= {"delay_seconds": float, "reorder": int, "ms": float, "limit": int, "after": int}


def control(world: World, request: Request) -> Reply:
    """Answer with JSON; a form on the control page is sent back to the page."""
    name = request.path.removeprefix("/_sandbox").strip("/")
    if not name:
        return control_page.show(world)
    command = COMMANDS.get(f"{request.method} {name}")
    if command is None:
        raise ApiError(f"Unknown control command: {request.method} {name}", status=404)
    try:
        answer = command(world, _values(request))
    except (TypeError, ValueError, KeyError) as error:
        raise ApiError(f"Bad control command: {error!r}") from error
    world.store.commit()
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return redirect("/_sandbox/")
    return Reply(200, encode(answer))


def _values(request: Request) -> Obj:
    if request.method == "POST" and request.headers.get("content-type", "").startswith("application/json"):
        return json.loads(request.body or b"{}")
    text = request.body.decode() if request.method == "POST" else request.query
    return {name: NUMBERS.get(name, str)(value) for name, value in parse_qsl(text)}


def _state(world: World, values: Obj) -> Obj:
    return {
        "accounts": sorted(world.accounts),
        "ahead_seconds": world.clock.ahead,
        "now": world.clock.now(),
        "latency_ms": world.latency_ms,
        "faults": world.faults.shown(),
        "webhooks": asdict(world.webhooks.unrest) | {"waiting": world.webhooks.waiting()},
        "timers": world.store.rows("SELECT count(*) FROM timers")[0][0],
    }


def _latency(world: World, values: Obj) -> Obj:
    world.latency_ms = max(0.0, float(values["ms"]))
    return {"latency_ms": world.latency_ms}


def _add_fault(world: World, values: Obj) -> Obj:
    fault = Fault(**values)
    if fault.kind not in KINDS or fault.reason not in RATE_REASONS:
        raise ValueError(f"{fault.kind} / {fault.reason}")
    return asdict(world.faults.add(fault))


def _clear_faults(world: World, values: Obj) -> Obj:
    world.faults.clear()
    return {"faults": []}


def _intent(world: World, values: Obj) -> tuple[Any, Obj]:
    intent = world.store.read(values["payment_intent"])
    if intent is None or intent["object"] != "payment_intent":
        raise ValueError(values["payment_intent"])
    return world.desk(intent["_account"]), intent


def _settle(world: World, values: Obj) -> Obj:
    desk, intent = _intent(world, values)
    if intent["status"] != "processing":
        raise ValueError(f"not processing: {intent['status']}")
    charging.settle(desk, intent)
    return {"id": intent["id"], "status": intent["status"]}


def _fail(world: World, values: Obj) -> Obj:
    desk, intent = _intent(world, values)
    if intent["status"] != "processing":
        raise ValueError(f"not processing: {intent['status']}")
    charging.fail_debit(desk, intent, values.get("code", "insufficient_funds"), "", values.get("network_code"))
    return {"id": intent["id"], "status": intent["status"]}


def _return(world: World, values: Obj) -> Obj:
    desk, intent = _intent(world, values)
    charging.return_debit(desk, intent, values.get("reason", "insufficient_funds"))
    return {"id": intent["id"], "status": intent["status"], "returned": True}


def _dispute(world: World, values: Obj) -> Obj:
    """The payer's bank takes a settled payment back, or the dispute about it ends."""
    desk, intent = _intent(world, values)
    charge = desk.get("charge", intent["latest_charge"])
    if "status" in values:
        dispute = disputes.close_dispute(desk, charge, values["status"])
    else:
        dispute = disputes.open_dispute(desk, charge, reason=values.get("reason", "fraudulent"), final=False)
    return {"id": dispute["id"], "status": dispute["status"]}


def _refund(action: Callable[..., None]) -> Callable[[World, Obj], Obj]:
    def act(world: World, values: Obj) -> Obj:
        refund = world.store.read(values["refund"])
        if refund is None or refund["object"] != "refund":
            raise ValueError(values["refund"])
        reason = [values["reason"]] if values.get("reason") else []
        action(world.desk(refund["_account"]), refund, *reason)
        return {"id": refund["id"], "status": refund["status"]}

    return act


def _unrest(world: World, values: Obj) -> Obj:
    for name, value in values.items():
        if not hasattr(world.webhooks.unrest, name):
            raise ValueError(name)
        setattr(world.webhooks.unrest, name, value)
    world.webhooks.wake()
    return asdict(world.webhooks.unrest)


def _resend(world: World, values: Obj) -> Obj:
    event = world.store.read(values["event"])
    if event is None or event["object"] != "event":
        raise ValueError(values["event"])
    return {"id": event["id"], "sent_to": world.webhooks.resend(event)}


def _advance(world: World, values: Obj) -> Obj:
    world.advance(float(values["seconds"]))
    return {"ahead_seconds": world.clock.ahead}


def _reset(world: World, values: Obj) -> Obj:
    world.reset()
    return _state(world, values)


COMMANDS: dict[str, Callable[[World, Obj], Obj]] = {
    "GET state": _state,
    "GET movements": lambda world, values: movements.found(world.store, **values),
    "GET summary": lambda world, values: movements.summary(world.store, **values),
    "POST latency": _latency,
    "POST faults": _add_fault,
    "POST faults/clear": _clear_faults,
    "POST settle": _settle,
    "POST fail": _fail,
    "POST return": _return,
    "POST dispute": _dispute,
    "POST refunds/settle": _refund(refunds.settle_refund),
    "POST refunds/fail": _refund(refunds.fail_refund),
    "POST webhooks": _unrest,
    "POST webhooks/resend": _resend,
    "POST advance": _advance,
    "POST reset": _reset,
}
