"""Tell the subscribers what happened: signed, at least once, in no promised order, with patience."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from smartrec.devstack.sandbox.clock import Clock
from smartrec.devstack.sandbox.posting import Poster
from smartrec.devstack.sandbox.rendering import render
from smartrec.devstack.sandbox.store import PLATFORM, Store

Obj = dict[str, Any]
log = logging.getLogger("sandbox")
AT_ONCE = 8
BATCH = 64
MOST_ATTEMPTS = 16
LONGEST_PAUSE = 3600
POLL_SECONDS = 0.25
DELIVERED = range(200, 300)


@dataclass
class Unrest:
    """How the next events fare on their way: so many are dropped, doubled or held up."""

    drop: int = 0
    duplicate: int = 0
    twin: int = 0
    delay: int = 0
    delay_seconds: float = 5
    reorder: int = 0
    types: list[str] = field(default_factory=list)
    # Claims to be from the live mode.
    live: int = 0
    paused: bool = False

    def take(self, name: str, event_type: str) -> bool:
        """Whether this kind of unrest strikes the event."""
        left = getattr(self, name)
        if not left or (self.types and event_type not in self.types):
            return False
        setattr(self, name, left - 1)
        return True


class Webhooks:
    """The subscribers, and what is still to be told to them; `always` is told everything: an address and its secret."""

    def __init__(self, store: Store, clock: Clock, *, always: tuple[str, str]) -> None:
        self.store, self.clock, self.always = store, clock, always
        # Known by heart: every event asks for them.
        self.endpoints: dict[str, Obj] = {}
        self.unrest = Unrest()
        self._wake = asyncio.Event()
        self._post = Poster().post

    def wake(self) -> None:
        self._wake.set()

    def enqueue(self, event: Obj) -> None:
        """Put an event on its way to everyone who subscribed to its type."""
        subscribers = list(self._subscribers(event))
        if not subscribers:
            return
        event["_owner"] = "undelivered"
        event["livemode"] = self.unrest.take("live", event["type"])
        event["pending_webhooks"] = len(subscribers)
        self.store.write(event)
        dropped = self.unrest.take("drop", event["type"])
        doubled = self.unrest.take("duplicate", event["type"])
        due = self.clock.now() + self._held_up(event["type"])
        for url, secret in subscribers * (2 if doubled else 1):
            self._add(event, url, secret, due, pending=not dropped)
        self.wake()

    def _held_up(self, event_type: str) -> float:
        if self.unrest.take("delay", event_type):
            return self.unrest.delay_seconds
        if self.unrest.take("reorder", event_type):
            return random.uniform(0, 2)
        return 0

    def _add(self, event: Obj, url: str, secret: str, due: float, *, pending: bool = True) -> None:
        self.store.execute(
            "INSERT INTO deliveries (due, attempt, event, account, url, secret, pending) VALUES (?,0,?,?,?,?,?)",
            (due, event["id"], event["_account"], url, secret, pending),
        )

    def _subscribers(self, event: Obj) -> Iterator[tuple[str, str]]:
        if self.always[0]:
            yield self.always
        for endpoint in self.endpoints.values():
            own = endpoint["_account"] == event["_account"]
            heard = event["_account"] != PLATFORM if endpoint["_connect"] else own
            wanted = endpoint["enabled_events"]
            if heard and endpoint["status"] == "enabled" and ("*" in wanted or event["type"] in wanted):
                yield endpoint["url"], endpoint["_secret"]

    def resend(self, event: Obj) -> int:
        """Send an old event again, to everyone who subscribes now."""
        subscribers = list(self._subscribers(event))
        for url, secret in subscribers:
            self._add(event, url, secret, self.clock.now())
        self.wake()
        return len(subscribers)

    def waiting(self) -> int:
        return self.store.rows("SELECT count(*) FROM deliveries WHERE pending = 1")[0][0]

    async def run(self) -> None:
        """Deliver for as long as the sandbox runs."""
        while True:
            try:
                delivered = await self._deliver_due()
            except Exception:
                log.exception("a delivery broke")
                self.store.discard()
                delivered = False
            if not delivered:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                self._wake.clear()

    async def _deliver_due(self) -> bool:
        if self.unrest.paused:
            return False
        due = self.store.rows(
            "SELECT id, attempt, event, url, secret FROM deliveries WHERE pending = 1 AND due <= ? "
            "ORDER BY due, id LIMIT ?",
            (self.clock.now(), BATCH),
        )
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._deliver(gate, *row) for row in due))
        return bool(due)

    async def _deliver(
        self, gate: asyncio.Semaphore, ident: int, attempt: int, name: str, url: str, secret: str
    ) -> None:
        event = self.store.read(name)
        if event is None:
            return
        body = json.dumps(render(event), indent=2, ensure_ascii=False).encode()
        async with gate:
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Stripe/1.0 (sandbox)",
                "Stripe-Signature": signature(body, secret, int(time.time())),
            }
            status = await self._post(url, body, headers)
        self._note(ident, attempt + 1, name, status)

    def _note(self, ident: int, attempt: int, name: str, status: int) -> None:
        """Done, or another try later, or given up."""
        store = self.store
        if status in DELIVERED:
            store.execute("DELETE FROM deliveries WHERE id = ?", (ident,))
            self._settle(name)
        elif attempt >= MOST_ATTEMPTS:
            store.execute("UPDATE deliveries SET pending = 0, attempt = ? WHERE id = ?", (attempt, ident))
        else:
            due = self.clock.now() + min(2 ** (attempt - 1), LONGEST_PAUSE)
            store.execute("UPDATE deliveries SET due = ?, attempt = ? WHERE id = ?", (due, attempt, ident))
        store.commit()

    def _settle(self, name: str) -> None:
        """An event counts as delivered when nobody waits for it any more."""
        event = self.store.read(name)
        left = self.store.rows("SELECT count(*) FROM deliveries WHERE event = ?", (name,))[0][0]
        if event is not None:
            event["pending_webhooks"] = left
            event["_owner"] = "undelivered" if left else None
            self.store.write(event)


def signature(body: bytes, secret: str, at: int) -> str:
    """The Stripe-Signature header of a body."""
    code = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={code}"
