"""The whole sandbox in one object: its memory, its clock and its habits."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartrec.devstack.sandbox.clock import Clock
from smartrec.devstack.sandbox.faults import Faults
from smartrec.devstack.sandbox.idempotency import Keys
from smartrec.devstack.sandbox.limiting import Limiter
from smartrec.devstack.sandbox.store import Store
from smartrec.devstack.sandbox.timers import Timers
from smartrec.devstack.sandbox.webhooks import Webhooks

MOST_COMPLAINTS = 1_000


@dataclass(frozen=True)
class Settings:
    """What the command line decides."""

    data: Path | None = None
    webhook_url: str = ""
    webhook_secret: str = ""
    settle_after: float = 20
    accounts: tuple[str, ...] = ()
    strict_saving: bool = False
    onboarding: bool = False
    public_url: str = ""


@dataclass
class World:
    """Everything a request can touch."""

    settings: Settings
    store: Store = field(init=False)
    latency_ms: float = 0

    def __post_init__(self) -> None:
        self.store = Store(self.settings.data)
        self.clock = Clock(float(self._setting("ahead", "0")))
        self.timers = Timers(self.store, self.clock)
        self.keys = Keys(self.store, self.clock)
        told = self.settings.webhook_url, self.settings.webhook_secret
        self.webhooks = Webhooks(self.store, self.clock, always=told)
        # Known by heart: every request asks for its account.
        self.accounts: set[str] = set()
        self.faults = Faults()
        self.limiter = Limiter()
        self.kept_waiting: set[asyncio.Future[None]] = set()
        self.onboarding = self.settings.onboarding
        # Requests that do not follow Stripe's description, newest last.
        self.nonconforming: deque[dict[str, Any]] = deque(maxlen=MOST_COMPLAINTS)

    async def keep_waiting(self, seconds: float) -> None:
        """Make a request wait, at most until the latency is set anew."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        self.kept_waiting.add(waiting)
        timer = loop.call_later(seconds, _let_go, waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self.kept_waiting.discard(waiting)

    def set_latency(self, ms: float) -> None:
        """From now on; those who wait already need not."""
        self.latency_ms = ms
        for waiting in self.kept_waiting:
            _let_go(waiting)

    def _setting(self, name: str, default: str) -> str:
        rows = self.store.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return rows[0][0] if rows else default


def _let_go(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
