"""The control desk under `/_sandbox/`: look at the money log, and make trouble on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlencode

from smartrec.devstack.sandbox import commands, control_page, movements, opening
from smartrec.devstack.sandbox.calls import encode
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.faults import KINDS, RATE_REASONS, Fault
from smartrec.devstack.sandbox.http import Reply, Request, redirect
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
NUMBERS = {"count": int, "skip": int, "seconds": float, "drop": int, "duplicate": int, "twin": int, "delay": int}
NUMBERS |= {"delay_seconds": float, "reorder": int, "ms": float, "limit": int, "after": int}
NUMBERS |= dict.fromkeys(("available", "exp_month", "exp_year", "live", "per_second", "reinstated"), int)


def control(world: World, request: Request) -> Reply:
    """Answer with JSON; a form on the control page is sent back to the page."""
    name = request.path.removeprefix("/_sandbox").strip("/")
    if not name:
        return control_page.show(world, dict(parse_qsl(request.query)))
    command = COMMANDS.get(f"{request.method} {name}")
    if command is None:
        raise ApiError(f"Unknown control command: {request.method} {name}", status=404)
    by_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        values = _values(request)
        at = values.pop("_at", "")
        answer = command(world, values)
    except (ArithmeticError, TypeError, ValueError, KeyError, ApiError) as error:
        world.store.discard()
        if by_form:
            return redirect(f"/_sandbox/?{urlencode({'refused': str(error) or name})}")
        raise ApiError(f"Bad control command: {error!r}") from error
    world.store.commit()
    return redirect(f"/_sandbox/?{urlencode({'done': name})}#{at}") if by_form else Reply(200, encode(answer))


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
        "kept_waiting": len(world.kept_waiting),
        "limit": {"per_second": world.limiter.per_second, "refused": world.limiter.refused},
        "onboarding": world.onboarding,
        "faults": world.faults.shown(),
        "webhooks": asdict(world.webhooks.unrest) | {"waiting": world.webhooks.waiting()},
        "timers": world.store.rows("SELECT count(*) FROM timers")[0][0],
    }


def _latency(world: World, values: Obj) -> Obj:
    world.set_latency(max(0.0, float(values["ms"])))
    return {"latency_ms": world.latency_ms}


def _limit(world: World, values: Obj) -> Obj:
    world.limiter.limit(max(0, int(values["per_second"])))
    return {"per_second": world.limiter.per_second}


def _add_fault(world: World, values: Obj) -> Obj:
    fault = Fault(**values)
    if fault.kind not in KINDS or fault.reason not in RATE_REASONS:
        raise ValueError(f"{fault.kind} / {fault.reason}")
    return asdict(world.faults.add(fault))


def _clear_faults(world: World, values: Obj) -> Obj:
    world.faults.clear()
    return {"faults": []}


_SHAPES: dict[str, Callable[[Any], Any]] = {
    "paused": lambda value: value in (True, "true", "on"),
    "types": lambda value: value.split() if isinstance(value, str) else value,
}


def _unrest(world: World, values: Obj) -> Obj:
    for name, value in values.items():
        if not hasattr(world.webhooks.unrest, name):
            raise ValueError(name)
        setattr(world.webhooks.unrest, name, _SHAPES.get(name, lambda same: same)(value))
    world.webhooks.wake()
    return asdict(world.webhooks.unrest)


def _resend(world: World, values: Obj) -> Obj:
    event = world.store.read(values["event"])
    if event is None or event["object"] != "event":
        raise ValueError(values["event"])
    return {"id": event["id"], "sent_to": world.webhooks.resend(event)}


def _advance(world: World, values: Obj) -> Obj:
    opening.advance(world, float(values["seconds"]))
    return {"ahead_seconds": world.clock.ahead}


def _reset(world: World, values: Obj) -> Obj:
    opening.reset(world)
    return _state(world, values)


COMMANDS: dict[str, Callable[[World, Obj], Obj]] = {
    **commands.COMMANDS,
    "GET state": _state,
    "GET nonconforming": lambda world, values: {"requests": list(world.nonconforming)},
    "GET movements": lambda world, values: movements.found(world.store, **values),
    "GET summary": lambda world, values: movements.summary(world.store, **values),
    "POST latency": _latency,
    "POST faults": _add_fault,
    "POST faults/clear": _clear_faults,
    "POST limit": _limit,
    "POST webhooks": _unrest,
    "POST webhooks/resend": _resend,
    "POST advance": _advance,
    "POST reset": _reset,
}
