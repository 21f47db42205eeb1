"""What is due later: a bank debit settles, a hosted page expires, a refund arrives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartrec.devstack.sandbox.world import World

log = logging.getLogger("sandbox")
Action = Callable[..., None]
AT_A_TIME = 25
# name → what to do when the time has come; the object modules register theirs.
ACTIONS: dict[str, Action] = {}


def timed(action: Action) -> Action:
    """Make a function one that `desk.schedule` can name."""
    ACTIONS[action.__name__] = action
    return action


class Timers:
    """A table of due times, looked at again and again."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, due: float, account: str, action: str, subject: str) -> None:
        self.world.store.execute(
            "INSERT INTO timers (due, account, action, subject) VALUES (?,?,?,?)", (due, account, action, subject)
        )

    def drop(self, subject: str) -> None:
        """Nothing more is due for this object."""
        self.world.store.execute("DELETE FROM timers WHERE subject = ?", (subject,))

    def run_due(self) -> int:
        """Do a bounded number of due things, each in its own transaction; say how many."""
        store = self.world.store
        due = store.rows(
            "SELECT id, account, action, subject FROM timers WHERE due <= ? ORDER BY due, id LIMIT ?",
            (self.world.clock.now(), AT_A_TIME),
        )
        for ident, account, action, subject in due:
            try:
                obj = store.read(subject)
                if obj is not None:
                    ACTIONS[action](self.world.desk(account), obj)
            except Exception:
                log.exception("%s of %s broke", action, subject)
                store.discard()
            store.execute("DELETE FROM timers WHERE id = ?", (ident,))
            store.commit()
        return len(due)
