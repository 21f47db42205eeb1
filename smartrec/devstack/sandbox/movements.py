"""The money log: every movement of money the sandbox ever made, and every refusal; never rewritten."""

from __future__ import annotations

import json
from typing import Any

from smartrec.devstack.sandbox.store import Store

Obj = dict[str, Any]
COLUMNS = "seq, at, account, kind, payment_intent, charge, refund, customer, amount, currency, code, metadata"
FILTERS = ("account", "payment_intent", "charge", "customer", "kind")
MOST = 100_000


def _where(filters: Obj) -> tuple[str, list[Any]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        raise ValueError(f"unknown filters: {sorted(unknown)}")
    clauses = ["1 = 1", *(f"{name} = ?" for name in filters)]
    return " AND ".join(clauses), list(filters.values())


def found(store: Store, *, after: int = 0, limit: int = MOST, **filters: Any) -> Obj:
    """The movements that match, oldest first, with the counts per payment."""
    where, values = _where(filters)
    rows = store.rows(
        f"SELECT {COLUMNS} FROM movements WHERE {where} AND seq > ? ORDER BY seq LIMIT ?", [*values, after, limit]
    )
    names = COLUMNS.split(", ")
    shown = [dict(zip(names, row, strict=True)) for row in rows]
    for movement in shown:
        movement["metadata"] = json.loads(movement["metadata"])
    return {"movements": shown, "payment_intents": _counts(shown)}


def _counts(shown: list[Obj]) -> Obj:
    """How often each payment succeeded, failed and went back, and what is left of it."""
    counts: Obj = {}
    for movement in shown:
        name = movement["payment_intent"]
        count = counts.setdefault(name, {"net": 0, "metadata": movement["metadata"]})
        count[movement["kind"]] = count.get(movement["kind"], 0) + 1
        if movement["kind"] != "charge_failed":
            count["net"] += movement["amount"]
    return counts


def summary(store: Store, **filters: Any) -> Obj:
    """Totals over everything that matches, and the payments charged more than once (there must be none)."""
    where, values = _where(filters)
    kinds = store.rows(f"SELECT kind, count(*), sum(amount) FROM movements WHERE {where} GROUP BY kind", values)
    twice = store.rows(
        f"SELECT payment_intent FROM movements WHERE {where} AND kind = 'charge_succeeded' "
        "GROUP BY payment_intent HAVING count(*) > 1",
        values,
    )
    totals = {kind: {"count": count, "amount": amount} for kind, count, amount in kinds}
    return {"totals": totals, "charged_twice": [name for (name,) in twice]}
