"""The control desk as one HTML page: the money log, the state of things, and a form for every kind of trouble."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox import control_lists, movements
from smartrec.devstack.sandbox.control_parts import (
    act,
    box,
    buttons,
    choice,
    moment,
    money,
    note,
    section,
    state,
    table,
)
from smartrec.devstack.sandbox.faults import KINDS, RATE_REASONS
from smartrec.devstack.sandbox.hosted.forms import whole_page
from smartrec.devstack.sandbox.hosted.markup import Markup, escape, fill, join
from smartrec.devstack.sandbox.http import Reply
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
SHOWN = 20
STEPS = {"3600": "An hour", "86400": "A day", "259200": "Three days", "604800": "A week", "2592000": "Thirty days"}
WEBHOOKS = {
    "drop": "Lose",
    "duplicate": "Send twice",
    "twin": "Two ids for one fact",
    "delay": "Delay",
    "reorder": "Reorder",
    "live": "Claim to be live",
}
SECTIONS = {
    "debits": "Debits",
    "payments": "Payments",
    "disputes": "Disputes",
    "refunds": "Refunds",
    "methods": "Methods",
    "accounts": "Accounts",
    "payouts": "Payouts",
    "clock": "Clock",
    "trouble": "Trouble",
    "webhooks": "Webhooks",
    "events": "Events",
    "requests": "Requests",
    "movements": "Money log",
}


def show(world: World, query: Obj) -> Reply:
    """Everything on one page; looking at it changes nothing."""
    content = fill(
        "control",
        told=_told(query),
        now=moment(world.clock.now()),
        ahead=f"{world.clock.ahead / 3600:,.1f}",
        latency=f"{world.latency_ms:.0f}",
        waiting=world.webhooks.waiting(),
        links=join(Markup(f'<li><a href="#{ident}">{name}</a></li>') for ident, name in SECTIONS.items()),
        totals=_totals(world),
        sections=join(part(world) for part in PARTS),
    )
    return whole_page("en", "Sandbox", content, width="wide")


def _told(query: Obj) -> Markup:
    """What the last command did."""
    if "refused" in query:
        return Markup(f'<p class="errors" role="alert">Not done: {escape(query["refused"])}</p>')
    return (
        Markup(f'<p class="done" role="status">Done: {escape(query["done"])}.</p>') if "done" in query else Markup("")
    )


def _totals(world: World) -> Markup:
    found = movements.summary(world.store)
    kinds = found["totals"].items()
    rows: list[Any] = [(kind.replace("_", " "), one["count"], money(one["amount"])) for kind, one in kinds]
    rows += [(state("charged twice"), name, "") for name in found["charged_twice"]]
    return table(("Kind", "Count", "Amount"), rows, empty="No money has moved yet.")


def _clock(world: World) -> Markup:
    steps = buttons(*(act("advance", name, at="clock", seconds=seconds) for seconds, name in STEPS.items()))
    by_hand = act("advance", "Advance", box("seconds", "Seconds", 600, numeric=True), at="clock")
    told = (
        "What is due happens at once: debits settle, pages expire, payouts leave, old idempotency keys are forgotten."
    )
    return section("clock", "Put the clock forward", note(told), steps, by_hand)


def _trouble(world: World) -> Markup:
    add = act(
        "faults",
        "Add",
        choice("kind", "Kind", list(KINDS)),
        box("count", "How many", 1, numeric=True, small=True),
        box("skip", "After", 0, numeric=True, small=True),
        box("path", "Part of the path", "/confirm$"),
        box("seconds", "Seconds", 30, numeric=True, small=True),
        choice("reason", "Limit reached", {one: one for one in RATE_REASONS}),
        at="trouble",
    )
    waiting = [
        (one["kind"], one["count"], one["skip"], f"{one['method']} {one['path']}") for one in world.faults.shown()
    ]
    return section(
        "trouble",
        "Trouble for the next requests",
        add,
        table(("Kind", "Left", "After", "Requests"), waiting, empty="No trouble is waiting."),
        buttons(
            act("faults/clear", "Clear all trouble", at="trouble"),
            act("latency", "Set", box("ms", "Latency (ms)", f"{world.latency_ms:.0f}", numeric=True), at="trouble"),
            act("limit", "Set", box("per_second", "Requests a second", world.limiter.per_second), at="trouble"),
        ),
    )


def _webhooks(world: World) -> Markup:
    unrest = world.webhooks.unrest
    told = ", ".join(f"{name} {value}" for name, value in vars(unrest).items() if value and name != "delay_seconds")
    fields = [box(name, label, 0, numeric=True, small=True) for name, label in WEBHOOKS.items()]
    fields.append(box("delay_seconds", "Delay by (s)", 5, numeric=True, small=True))
    hold = act("webhooks", "Let go", at="webhooks", paused="false") if unrest.paused else None
    return section(
        "webhooks",
        "Trouble for the next events",
        note(f"{world.webhooks.waiting()} deliveries wait. Set: {told or 'nothing'}."),
        act("webhooks", "Set", *fields, at="webhooks"),
        buttons(hold or act("webhooks", "Hold all back", at="webhooks", paused="true")),
    )


def _requests(world: World) -> Markup:
    """Requests that a stranger's Stripe would refuse."""
    rows = [(one["method"], one["path"], one["complaint"]) for one in list(world.nonconforming)[-SHOWN:]]
    heads = ("Method", "Path", "What is wrong")
    listed = table(heads, rows, empty="Every request followed the published description.")
    return section("requests", "Requests against the description", listed)


def _movements(world: World) -> Markup:
    last = world.store.rows("SELECT coalesce(max(seq), 0) FROM movements")[0][0]
    shown = movements.found(world.store, after=max(0, last - SHOWN))["movements"]
    rows = (
        (
            moment(one["at"]),
            one["kind"].replace("_", " "),
            money(one["amount"], one["currency"]),
            one["code"] or "",
            Markup(f"<code>{one['payment_intent']}</code>"),
            one["account"],
        )
        for one in reversed(shown)
    )
    heads = ("When", "Kind", "Amount", "Code", "Payment", "Account")
    return section("movements", "Last movements of money", table(heads, rows))


def _beginnings(world: World) -> Markup:
    asked = "onboarding", "Take new accounts at once" if world.onboarding else "Ask new accounts their questions"
    return section(
        "beginnings",
        "Beginnings",
        buttons(
            act(*asked, at="beginnings", on="" if world.onboarding else "true"),
            act("reset", "Forget everything", at="beginnings"),
        ),
    )


PARTS = (
    control_lists.debits,
    control_lists.payments,
    control_lists.quarrels,
    control_lists.refunds,
    control_lists.methods,
    control_lists.accounts,
    control_lists.payouts,
    _clock,
    _trouble,
    _webhooks,
    control_lists.events,
    _requests,
    _movements,
    _beginnings,
)
