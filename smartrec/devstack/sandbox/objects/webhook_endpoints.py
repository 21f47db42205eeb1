"""Webhook endpoints: who is told about what."""

from __future__ import annotations

import secrets
from typing import Any

from smartrec.devstack.sandbox import endive
from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects.common import merge_metadata

Obj = dict[str, Any]


def create(desk: Desk, call: Call) -> Obj:
    """The signing secret is shown this once."""
    params = call.params
    fields: Obj = {
        "api_version": params.get("api_version", endive.VERSION),
        "application": None,
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "metadata": params.get("metadata") or {},
        "status": "enabled",
        "url": params["url"],
        "_connect": params.get("connect", False),
        "_secret": f"whsec_{secrets.token_hex(16)}",
    }
    endpoint = desk.add("webhook_endpoint", "we_", fields)
    desk.world.webhooks.endpoints[endpoint["id"]] = endpoint
    return endpoint | {"secret": endpoint["_secret"]}


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("webhook_endpoint", call.path["webhook_endpoint"])


def update(desk: Desk, call: Call) -> Obj:
    params = call.params
    endpoint = retrieve(desk, call)
    endpoint |= {name: params[name] for name in ("description", "enabled_events", "url") if name in params}
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    merge_metadata(endpoint, params)
    desk.world.webhooks.endpoints[endpoint["id"]] = endpoint
    return desk.save(endpoint)


def delete(desk: Desk, call: Call) -> Obj:
    endpoint = retrieve(desk, call)
    endpoint |= {"deleted": True, "status": "disabled"}
    del desk.world.webhooks.endpoints[endpoint["id"]]
    desk.save(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def find_many(desk: Desk, call: Call) -> Obj:
    alive: tuple[str, list[Any]] = ("json_extract(body, '$.deleted') IS NULL", [])
    return page(desk, "webhook_endpoint", call.params, url="/v1/webhook_endpoints", also=alive)
