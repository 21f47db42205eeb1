"""The sandbox's own clock, which a test may put forward."""

from __future__ import annotations

import time


class Clock:
    """Real time plus whatever a test has added."""

    def __init__(self, ahead: float = 0) -> None:
        self.ahead = ahead

    def now(self) -> float:
        return time.time() + self.ahead
