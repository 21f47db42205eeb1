"""The control page's lists: the newest payments, disputes, refunds, methods, accounts, each with what can happen."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.control_parts import act, box, buttons, choice, moment, money, section, state, table
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.hosted.markup import Markup, join
from smartrec.devstack.sandbox.hosted.outcomes import RETURNS
from smartrec.devstack.sandbox.objects import balance, disputes, network
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
SHOWN = 10
REASONS = ("fraudulent", "product_not_received", "duplicate", "subscription_canceled", "general")
RETURN_REASONS = ("insufficient_funds", "debit_not_authorized", "incorrect_account_details", "bank_cannot_process")
FAILURES = (
    "expired_or_canceled_card",
    "lost_or_stolen_card",
    "insufficient_funds",
    "charge_for_pending_refund_disputed",
    "declined",
    "unknown",
)
NEWEST = "SELECT seq, id FROM objects WHERE account = ? AND kind = ? ORDER BY created DESC, seq DESC LIMIT ?"


def newest(world: World, kind: str, *, look_at: int = SHOWN) -> list[Obj]:
    """The newest objects of a kind over all accounts; each account is one short walk along its index."""
    world.store.flush()
    rows = [row for account in world.accounts for row in world.store.rows(NEWEST, (account, kind, look_at))]
    found = (world.store.read(ident) for _, ident in sorted(rows, reverse=True)[:look_at])
    return [one for one in found if one is not None]


def accounts(world: World) -> Markup:
    rows = []
    for ident in sorted(world.accounts):
        account = world.store.read(ident) or {}
        name = (account.get("business_profile") or {}).get("name") or ""
        for currency, (ready, waiting) in sorted(balance.funds(Desk(world, ident)).items()):
            shown = "open to payments" if account.get("charges_enabled") else "restricted"
            cells = (
                join([name, Markup("<br>") if name else "", Markup(f"<code>{ident}</code>")]),
                money(ready, currency),
                money(waiting, currency),
            )
            rows.append((*cells, state(shown), _account_acts(ident, currency, account)))
    heads = ("Account", "Available", "On its way", "State", "Make it")
    return section("accounts", "Accounts and balances", table(heads, rows))


def _account_acts(ident: str, currency: str, account: Obj) -> Markup:
    at = "accounts"
    amount = box("dollars", "Available", "0.00", numeric=True, small=True)
    acts = [act("balance", "Set", amount, at=at, account=ident, currency=currency)]
    acts.append(act("payouts", "Pay out", at=at, account=ident))
    if account.get("charges_enabled"):
        acts.append(act("accounts/restrict", "Restrict", at=at, account=ident))
    else:
        acts.append(act("accounts/activate", "Activate", at=at, account=ident))
    return buttons(*acts)


def debits(world: World) -> Markup:
    """Debits on their way, each with the buttons that decide it."""
    on_their_way = [one for one in newest(world, "payment_intent", look_at=100) if one["status"] == "processing"]
    rows = []
    for intent in on_their_way[:SHOWN]:
        why = choice("code", "Because", RETURNS)
        decide = buttons(
            act("settle", "Settle", at="debits", payment_intent=intent["id"]),
            act("fail", "Fail", why, at="debits", payment_intent=intent["id"]),
        )
        rows.append((_named(intent), money(intent["amount"], intent["currency"]), decide))
    return section("debits", "Debits on their way", table(("Payment", "Amount", "Decide"), rows))


def payments(world: World) -> Markup:
    rows = []
    for charge in newest(world, "charge"):
        told = "disputed" if charge["disputed"] else charge["status"]
        cells = (_named(charge), _paid_with(charge), money(charge["amount"], charge["currency"]), state(told))
        rows.append((*cells, _payment_acts(charge)))
    heads = ("Charge", "Paid with", "Amount", "State", "Make it happen")
    return section("payments", "Newest payments", table(heads, rows))


def _paid_with(charge: Obj) -> str:
    details = charge["payment_method_details"]
    shown = details[details["type"]]
    name = charge["billing_details"]["name"] or charge["description"] or ""
    return f"{name} {shown.get('brand') or 'bank'} {shown['last4']}".strip()


def _payment_acts(charge: Obj) -> Markup:
    if charge["status"] != "succeeded" or charge["disputed"]:
        return Markup("")
    intent = charge["payment_intent"]
    if charge["payment_method_details"]["type"] != "card":
        why = choice("reason", "Because", RETURN_REASONS)
        return buttons(act("return", "Return late", why, at="payments", payment_intent=intent))
    return buttons(
        act("dispute", "Dispute", choice("reason", "Because", REASONS), at="payments", payment_intent=intent),
        act("dispute", "Inquiry", at="payments", payment_intent=intent, status="warning_needs_response"),
    )


def quarrels(world: World) -> Markup:
    rows = []
    for one in newest(world, "dispute"):
        net = sum(part["amount"] for part in one["balance_transactions"])
        cells = (_named(one), money(one["amount"], one["currency"]), state(one["status"]), one["reason"], money(net))
        rows.append((*cells, _dispute_acts(one)))
    heads = ("Dispute", "Amount", "State", "Reason", "Taken", "Go on")
    return section("disputes", "Disputes", table(heads, rows))


def _dispute_acts(one: Obj) -> Markup:
    if one["status"] in disputes.ENDED:
        return Markup("")
    steps = {"under_review": "Under review", "won": "Won", "lost": "Lost"}
    if one["status"].startswith("warning"):
        steps = {"needs_response": "Becomes a dispute", "warning_closed": "Closed"}
    told = {"at": "disputes", "payment_intent": one["payment_intent"]}
    return buttons(*(act("dispute", label, status=status, **told) for status, label in steps.items()))


def refunds(world: World) -> Markup:
    rows = []
    for one in newest(world, "refund"):
        why = one["pending_reason"] or one["failure_reason"] or ""
        acts = []
        if one["status"] == "pending" and why != "insufficient_funds":
            acts.append(act("refunds/settle", "Settle", at="refunds", refund=one["id"]))
        if one["status"] in ("pending", "succeeded"):
            because = choice("reason", "Because", FAILURES)
            acts.append(act("refunds/fail", "Fail", because, at="refunds", refund=one["id"]))
        cells = (_named(one), money(one["amount"], one["currency"]), state(one["status"]), why)
        rows.append((*cells, buttons(*acts)))
    return section("refunds", "Refunds", table(("Refund", "Amount", "State", "Why", "Decide"), rows))


def methods(world: World) -> Markup:
    """Saved methods without their copies: what a network tells of one reaches them in every account."""
    found = newest(world, "payment_method", look_at=100)
    saved = [one for one in found if one["customer"] and not one.get("_origin")][:SHOWN]
    rows = []
    for one in saved:
        customer = world.store.read(one["customer"]) or {}
        rows.append((_named(one), customer.get("name") or one["billing_details"]["name"] or "", *_method_cells(one)))
    return section("methods", "Saved methods", table(("Method", "Holder", "Shows", "The network tells"), rows))


def _method_cells(one: Obj) -> tuple[Any, Markup]:
    shown = one[one["type"]]
    if one["type"] == "card":
        expiry = f"{shown['exp_month']:02d}/{shown['exp_year']}"
        fields = (
            box("exp_month", "Month", shown["exp_month"], numeric=True, small=True),
            box("exp_year", "Year", shown["exp_year"] + 4, numeric=True, small=True),
            box("last4", "Last 4", shown["last4"], numeric=True, small=True),
        )
        renew = act("methods/renew", "Renew", *fields, at="methods", payment_method=one["id"])
        return f"{shown['brand']} {shown['last4']}, {expiry}", buttons(renew)
    blocked = (shown.get("status_details") or {}).get("blocked")
    told = state("blocked") if blocked else f"{shown['bank_name']} {shown['last4']}"
    codes = {code: f"{code} {reason.replace('_', ' ')}" for code, reason in network.BLOCKS.items()}
    why = [choice("network_code", "Because", codes)] if one["type"] == "us_bank_account" else []
    return told, buttons(act("methods/block", "Block", *why, at="methods", payment_method=one["id"]))


def payouts(world: World) -> Markup:
    rows = []
    for one in newest(world, "payout"):
        told = {"at": "payouts", "payout": one["id"]}
        acts = [act("payouts/settle", "Arrives", **told)] if one["status"] == "in_transit" else []
        acts += [act("payouts/fail", "Comes back", **told)] if one["status"] != "failed" else []
        cells = (_named(one), money(one["amount"], one["currency"]), state(one["status"]), moment(one["created"]))
        rows.append((*cells, buttons(*acts)))
    return section("payouts", "Payouts", table(("Payout", "Amount", "State", "When", "Decide"), rows))


def events(world: World) -> Markup:
    rows = []
    for one in newest(world, "event"):
        told = state("pending") if one["pending_webhooks"] else ""
        again = buttons(act("webhooks/resend", "Send again", at="events", event=one["id"]))
        rows.append((moment(one["created"]), one["type"], _named(one), told, again))
    return section("events", "Newest events", table(("When", "Type", "Event", "Delivery", "Again"), rows))


def _named(obj: Obj) -> Markup:
    account = Markup(f'<span class="soft">{obj["_account"]}</span>')
    return join([Markup(f"<code>{obj['id']}</code>"), Markup("<br>"), account])
