"""Events: what happened in an account, kept for thirty days."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import bad_parameter
from smartrec.devstack.sandbox.listing import page

Obj = dict[str, Any]
KEPT_SECONDS = 30 * 24 * 3600
MOST_TYPES = 20


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("event", call.path["id"])


def find_many(desk: Desk, call: Call) -> Obj:
    params = call.params
    clauses: list[tuple[str, list[Any]]] = [("created > ?", [desk.now - KEPT_SECONDS])]
    types = params.get("types")
    if types:
        if "type" in params or len(types) > MOST_TYPES:
            raise bad_parameter("Send either `type` or up to 20 `types`.", param="types")
        clauses.append((f"parent IN ({','.join('?' * len(types))})", list(types)))
    owner = None
    if "delivery_success" in params:
        owner = None if params["delivery_success"] else "undelivered"
        clauses += [("owner IS NULL", [])] if params["delivery_success"] else []
    also = (" AND ".join(text for text, _ in clauses), [value for _, some in clauses for value in some])
    return page(desk, "event", params, url="/v1/events", owner=owner, parent=params.get("type"), also=also)
