"""A real limiter: so many requests a second for each operation of each account, as Stripe's own counts them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from smartrec.devstack.sandbox import faults
from smartrec.devstack.sandbox.calls import Call


@dataclass
class Limiter:
    """Off until somebody sets a number; the count of refusals tells how well a caller paces itself."""

    per_second: int = 0
    refused: int = 0
    _recent: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def limit(self, per_second: int) -> None:
        self.per_second = per_second
        self.refused = 0
        self._recent.clear()

    def check(self, call: Call) -> None:
        """Refuse what comes too fast: before idempotency, so that nothing is kept of it."""
        if not self.per_second:
            return
        now = time.monotonic()
        recent = self._recent.setdefault((call.account, call.operation), deque())
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= self.per_second:
            self.refused += 1
            raise faults.too_fast("endpoint-rate")
        recent.append(now)
