"""Lists: newest first, narrowed by filters, a page at a time."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import bad_parameter
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
MOST_PER_PAGE = 100


def page(
    desk: Desk,
    kind: str,
    params: Obj,
    *,
    url: str,
    owner: str | None = None,
    parent: str | None = None,
    also: tuple[str, list[Any]] | None = None,
) -> Obj:
    """One page of an account's objects of a kind."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise bad_parameter("Invalid limit: must be between 1 and 100", param="limit")
    clauses: list[tuple[str, list[Any]]] = [("account = ? AND kind = ?", [desk.account, kind])]
    clauses += [("owner = ?", [owner])] if owner else []
    clauses += [("parent = ?", [parent])] if parent else []
    clauses += [also] if also else []
    clauses += _created(params.get("created"))
    backwards = "ending_before" in params
    clauses += _cursor(desk, kind, params)
    order = "ASC" if backwards else "DESC"
    where = " AND ".join(text for text, _ in clauses)
    values = [value for _, some in clauses for value in some]
    where += f" ORDER BY created {order}, seq {order} LIMIT {limit + 1}"
    found = [render(obj) for obj in desk.world.store.select(where, values)]
    shown = found[:limit]
    if backwards:
        shown.reverse()
    return {"object": "list", "data": shown, "has_more": len(found) > limit, "url": url}


def _created(wanted: Any) -> list[tuple[str, list[Any]]]:
    if wanted is None:
        return []
    if isinstance(wanted, int):
        return [("created = ?", [wanted])]
    return [(f"created {COMPARISONS[name]} ?", [value]) for name, value in wanted.items()]


def _cursor(desk: Desk, kind: str, params: Obj) -> list[tuple[str, list[Any]]]:
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            last = desk.get(kind, params[name], param=name)
            return [(f"(created, seq) {comparison} (?, ?)", [last["_created"], last["_seq"]])]
    return []
