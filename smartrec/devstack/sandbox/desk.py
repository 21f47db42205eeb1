"""One account's desk: what a handler may do with the objects of the account it works for."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from smartrec.devstack.sandbox import endive
from smartrec.devstack.sandbox.errors import not_found
from smartrec.devstack.sandbox.rendering import render
from smartrec.devstack.sandbox.store import PLATFORM
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Desk:
    """Reads and writes for one account; the platform's own account is `PLATFORM`."""

    def __init__(
        self, world: World, account: str = PLATFORM, *, request: str | None = None, key: str | None = None
    ) -> None:
        self.world = world
        self.account = account
        self.request = request
        self.key = key
        self.base_url = world.settings.public_url
        self.now = int(world.clock.now())

    def add(self, kind: str, prefix: str, fields: Obj, *, owner: str | None = None, parent: str | None = None) -> Obj:
        """Keep a new object under a new id."""
        number = self.world.store.next_number()
        obj = {"id": fields.pop("id", None) or new_id(prefix, number), "object": kind, **fields}
        if "created" not in obj and kind != "mandate":
            obj["created"] = self.now
        obj.setdefault("livemode", False)
        obj |= {"_seq": number, "_account": self.account, "_created": self.now, "_owner": owner, "_parent": parent}
        self.world.store.write(obj)
        return obj

    def find(self, kind: str, ident: str) -> Obj | None:
        obj = self.world.store.read(ident)
        if obj is None or obj["object"] != kind or obj["_account"] != self.account or obj.get("deleted"):
            return None
        return obj

    def get(self, kind: str, ident: str, *, param: str = "id") -> Obj:
        """The object, or Stripe's 404: another account's object does not exist."""
        obj = self.find(kind, ident)
        if obj is None:
            raise not_found(kind, ident, param=param)
        return obj

    def save(self, obj: Obj) -> Obj:
        self.world.store.write(obj)
        return obj

    def at(self, account: str) -> Desk:
        """The same work, at another account's desk."""
        return Desk(self.world, account, request=self.request, key=self.key)

    def emit(self, name: str, obj: Obj, *, before: Obj | None = None) -> Obj:
        """Record an event and send it to whoever subscribed."""
        data: Obj = {"object": render(obj)}
        if before is not None:
            data["previous_attributes"] = before
        fields: Obj = {
            "api_version": endive.VERSION,
            "data": data,
            "pending_webhooks": 0,
            "request": {"id": self.request, "idempotency_key": self.key},
            "type": name,
        }
        if self.account != PLATFORM:
            fields["account"] = self.account
        # Stripe may tell one fact in two events: only the ids differ.
        for copy in [fields, dict(fields)] if self.world.webhooks.unrest.take("twin", name) else [fields]:
            event = self.add("event", "evt_", copy, parent=name)
            self.world.webhooks.enqueue(event)
        return event

    def record(
        self, kind: str, charge: Obj, *, amount: int, code: str | None = None, refund: str | None = None
    ) -> None:
        """Write a movement of money (or its failure) into the log that is never rewritten."""
        self.world.store.execute(
            "INSERT INTO movements (at, account, kind, payment_intent, charge, refund, customer, amount, currency, "
            "code, metadata) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                self.world.clock.now(),
                self.account,
                kind,
                charge["payment_intent"],
                charge["id"],
                refund,
                charge["customer"],
                amount,
                charge["currency"],
                code,
                json.dumps(charge["metadata"]),
            ),
        )

    def schedule(self, after: float, action: Callable[[Desk, Obj], None] | str, obj: Obj) -> None:
        """Come back to this object later, even if the sandbox is restarted in between."""
        name = action if isinstance(action, str) else action.__name__
        self.world.timers.add(self.world.clock.now() + after, self.account, name, obj["id"])


def new_id(prefix: str, number: int) -> str:
    """Ids look like Stripe's; they also grow with time, which keeps the index small and quick."""
    text = ""
    value = number
    for _ in range(6):
        value, digit = divmod(value, 62)
        text = ALPHABET[digit] + text
    return f"{prefix}3S{text}{secrets.token_hex(8)}"
