"""What is due later: a bank debit settles, a hosted page expires, a refund arrives."""

from __future__ import annotations

import logging
from collections.abc import Callable

from smartrec.devstack.sandbox.clock import Clock
from smartrec.devstack.sandbox.store import Store

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

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock

    def add(self, due: float, account: str, action: str, subject: str) -> None:
        self.store.execute(
            "INSERT INTO timers (due, account, action, subject) VALUES (?,?,?,?)", (due, account, action, subject)
        )

    def drop(self, subject: str) -> None:
        """Nothing more is due for this object."""
        self.store.execute("DELETE FROM timers WHERE subject = ?", (subject,))

    def run_due(self, desk_of: Callable[[str], object]) -> int:
        """Do some of what is due, each at its account's desk and in its own transaction; say how many."""
        store = self.store
        due = store.rows(
            "SELECT id, account, action, subject FROM timers WHERE due <= ? ORDER BY due, id LIMIT ?",
            (self.clock.now(), AT_A_TIME),
        )
        for ident, account, action, subject in due:
            try:
                obj = store.read(subject)
                if obj is not None:
                    ACTIONS[action](desk_of(account), obj)
            except Exception:
                log.exception("%s of %s broke", action, subject)
                store.discard()
            store.execute("DELETE FROM timers WHERE id = ?", (ident,))
            store.commit()
        return len(due)
