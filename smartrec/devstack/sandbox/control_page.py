"""The control desk as one HTML page: the money log, the state of things, and a form for every kind of trouble."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from smartrec.devstack.sandbox import movements
from smartrec.devstack.sandbox.faults import KINDS, RATE_REASONS
from smartrec.devstack.sandbox.hosted.forms import whole_page
from smartrec.devstack.sandbox.hosted.markup import Markup, escape, fill, join
from smartrec.devstack.sandbox.http import Reply
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
SHOWN = 20


def show(world: World, query: Obj) -> Reply:
    """Everything on one page; the page itself changes nothing."""
    unrest = world.webhooks.unrest
    content = fill(
        "control",
        now=_moment(world.clock.now()),
        ahead=f"{world.clock.ahead:.0f}",
        latency=f"{world.latency_ms:.0f}",
        totals=_totals(world),
        faults=_waiting(world),
        kinds=_options(KINDS),
        reasons=_options(RATE_REASONS),
        waiting=world.webhooks.waiting(),
        unrest=", ".join(f"{name} {value}" for name, value in vars(unrest).items() if value),
        debits=_debits(world),
        movements=_movements(world),
    )
    return whole_page("en", "Sandbox", content, width="wide")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _options(names: Any) -> Markup:
    return join(Markup(f"<option>{escape(name)}</option>") for name in names)


def _cells(*values: Any) -> Markup:
    return Markup(f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>")


def _totals(world: World) -> Markup:
    found = movements.summary(world.store)
    rows = [_cells(kind, total["count"], f"{total['amount'] / 100:,.2f}") for kind, total in found["totals"].items()]
    rows += [_cells("charged twice", name, "") for name in found["charged_twice"]]
    return join(rows)


def _waiting(world: World) -> Markup:
    return join(
        _cells(fault["kind"], fault["count"], fault["skip"], f"{fault['method']} {fault['path']}")
        for fault in world.faults.shown()
    )


def _debits(world: World) -> Markup:
    """Debits on their way, each with the buttons that decide it."""
    due = world.store.rows("SELECT subject FROM timers WHERE action = 'settle_debit' ORDER BY due LIMIT ?", (SHOWN,))
    found = [world.store.read(subject) for (subject,) in due]
    return join(
        fill("debit", id=intent["id"], account=intent["_account"], amount=f"{intent['amount'] / 100:,.2f}")
        for intent in found
        if intent and intent["status"] == "processing"
    )


def _movements(world: World) -> Markup:
    last = world.store.rows("SELECT coalesce(max(seq), 0) FROM movements")[0][0]
    shown = movements.found(world.store, after=max(0, last - SHOWN))["movements"]
    return join(
        _cells(
            _moment(one["at"]),
            one["kind"],
            f"{one['amount'] / 100:,.2f} {one['currency'].upper()}",
            one["code"] or "",
            one["payment_intent"],
            one["account"],
        )
        for one in reversed(shown)
    )
