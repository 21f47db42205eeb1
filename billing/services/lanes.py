"""Whose turn it is to be sent: every organization in turn, and within one each of its runs and what no run holds.

A lane is what one organization's run, or nobody's, sends to one account of the processor. Lanes are found by jumping
from one to the next in their index, so that twenty thousand lines that wait cost no more than ten.
"""

import datetime as dt
import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection

from billing.models import Attempt
from billing.models.payment import AT_ONCE
from wallet.services import pacing

# An account whose next turn is further away than this needs no more waves that only wait for it.
AHEAD = dt.timedelta(seconds=0.6)
# What leaves together leaves within this time, so that a pause stops what has not left yet.
TOGETHER = 0.4
NO_RUN = 0


class Lane(NamedTuple):
    """What one organization's run (0: no run's) sends to one account of the processor."""

    processor_account: str
    organization_id: int
    run_id: int


LANE_OF = "a.processor_account, a.organization_id, COALESCE(a.held_by_id, 0)"
DUE = f"COALESCE(a.not_before, '{AT_ONCE.isoformat()}'::timestamptz)"
WAITS = "a.state = 'created' AND a.authorization_id IS NOT NULL"
FIRST_OF = f"SELECT {LANE_OF} AS run_id, {DUE} AS due FROM billing_attempt a WHERE {WAITS}"  # noqa: S608
IN_ORDER = f"ORDER BY {LANE_OF}, {DUE} LIMIT 1"
# The next lane begins right after everything of the last.
WAITING = f"""
WITH RECURSIVE lane AS (
  ({FIRST_OF} {IN_ORDER})
  UNION ALL
  SELECT n.* FROM lane l CROSS JOIN LATERAL (
    {FIRST_OF} AND ({LANE_OF}) > (l.processor_account, l.organization_id, l.run_id) {IN_ORDER}) n)
SELECT processor_account, organization_id, run_id FROM lane l WHERE l.due <= %(now)s
  AND (l.run_id = 0 OR EXISTS (SELECT 1 FROM billing_massrun r WHERE r.id = l.run_id AND r.state = 'running'))
"""  # noqa: S608


def waiting(*, now: dt.datetime) -> set[Lane]:
    """The lanes in which something may be sent now; those of paused runs are none."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"now": now})
        return {Lane(*row) for row in cursor.fetchall()}


def lane_of(attempt: Attempt) -> Lane:
    """The lane an attempt was claimed in."""
    return Lane(attempt.processor_account, attempt.organization_id, attempt.held_by_id or NO_RUN)


class Turns:
    """The turns of one worker's waves: who has fewest of them now, then who waited longest, is next.

    Every worker keeps its own, in memory: each is fair, so all are, and nothing has to be written for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = itertools.count(1)
        self._waves: Counter[Any] = Counter()
        self._served: dict[Any, int] = defaultdict(int)
        # Whether something waits for nothing but its account's pace.
        self.held_up = False

    def next_of(self, lanes: Collection[Lane]) -> Lane | None:
        """The lane whose turn it is; it counts as served until `leave`."""
        with self._lock:
            lane = min(lanes, key=self._order, default=None)
            if lane is not None:
                turn = next(self._count)
                for part in (lane, lane.organization_id):
                    self._waves[part] += 1
                    self._served[part] = turn
            return lane

    def leave(self, lane: Lane) -> None:
        """A wave of this lane has ended."""
        with self._lock:
            self._waves.subtract([lane, lane.organization_id])

    def _order(self, lane: Lane) -> tuple[Any, ...]:
        whose = lane.organization_id
        return self._waves[whose], self._served[whose], self._waves[lane], self._served[lane], lane


def rooms(turns: Turns, *, limit: int, now: dt.datetime) -> dict[Lane, int]:
    """The lanes in which something may be claimed now, and how much at once. Where the account's turn is far away,
    nothing: more waves would only wait for it."""
    free = waiting(now=now)
    paces = pacing.outlook(accounts={lane.processor_account for lane in free}, now=now)
    room = {lane: _room(paces.get(lane.processor_account), limit, now) for lane in free}
    turns.held_up = not all(room.values())
    return {lane: n for lane, n in room.items() if n}


def _room(pace: pacing.Outlook | None, limit: int, now: dt.datetime) -> int:
    if pace is None:
        return limit
    return max(1, min(limit, int(pace.per_second * TOGETHER))) if pace.next_at <= now + AHEAD else 0
