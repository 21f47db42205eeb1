"""The whole sandbox in one object: its memory, its clock and its habits."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartrec.devstack.sandbox.clock import Clock
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.faults import Faults
from smartrec.devstack.sandbox.idempotency import Keys
from smartrec.devstack.sandbox.limiting import Limiter
from smartrec.devstack.sandbox.objects import accounts
from smartrec.devstack.sandbox.store import Store
from smartrec.devstack.sandbox.timers import Timers
from smartrec.devstack.sandbox.webhooks import Unrest, Webhooks

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
    platform: str = "acct_platform"
    latency_ms: float = 0

    def __post_init__(self) -> None:
        self.store = Store(self.settings.data)
        self.clock = Clock(float(self._setting("ahead", "0")))
        self.timers = Timers(self)
        self.keys = Keys(self)
        self.webhooks = Webhooks(self)
        self.faults = Faults()
        self.limiter = Limiter()
        self.kept_waiting: set[asyncio.Future[None]] = set()
        self.onboarding = self.settings.onboarding
        # Requests that do not follow Stripe's description, newest last.
        self.nonconforming: deque[dict[str, Any]] = deque(maxlen=MOST_COMPLAINTS)
        self.recall()

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

    def recall(self) -> None:
        """Know the accounts and the subscribers by heart: every request asks for them."""
        self.accounts = {self.platform}
        self.endpoints: dict[str, dict[str, Any]] = {}
        for account in (self.platform, *self.settings.accounts):
            if self.store.read(account) is None:
                accounts.open_account(self.desk(), account)
        known = self.store.select("account = ? AND kind = 'account'", (self.platform,))
        self.accounts |= {account["id"] for account in known}
        for account in self.accounts:
            for endpoint in self.store.select("account = ? AND kind = 'webhook_endpoint'", (account,)):
                self.endpoints[endpoint["id"]] = endpoint
        self.store.commit()

    def reset(self) -> None:
        """Forget everything but what the command line said."""
        self.store.clear()
        self.clock.ahead = 0
        self.set_latency(0)
        self.faults.clear()
        self.limiter.limit(0)
        self.onboarding = self.settings.onboarding
        self.nonconforming.clear()
        self.webhooks.unrest = Unrest()
        self.recall()

    def desk(self, account: str | None = None) -> Desk:
        return Desk(self, account or self.platform)

    def advance(self, seconds: float) -> None:
        """Put the clock forward: what is due happens, and old keys are forgotten."""
        self.clock.ahead += seconds
        self.store.execute("INSERT OR REPLACE INTO settings VALUES ('ahead', ?)", (str(self.clock.ahead),))
        self.store.commit()
        while self.timers.run_due():
            pass
        self.keys.prune()
        self.webhooks.wake()

    def _setting(self, name: str, default: str) -> str:
        rows = self.store.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return rows[0][0] if rows else default


def _let_go(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
