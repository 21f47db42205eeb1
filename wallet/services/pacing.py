"""How fast requests leave for one of the processor's accounts: one pace, kept in a table, for every worker there is.

A wave asks for its turn in one statement and waits for it with no transaction open. When the processor's limiter says
"too fast" the pace halves, once for all that were on their way together, and comes back little by little.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connection

SLOWEST = 1.0
# Requests a second, won back each second: from half to full in about a minute.
RECOVERS = 0.2
# Those sent together are refused together: they are one "too fast".
TOGETHER = dt.timedelta(seconds=1)

NOW_ALLOWED = """CASE WHEN p.slowed_at IS NULL THEN %(most)s ELSE
  least(%(most)s, p.per_second + %(recovers)s * greatest(0, extract(epoch FROM %(now)s - p.slowed_at))) END"""
# The turn is taken and the next one set in the same statement; the row's lock keeps the workers apart.
RESERVE = f"""
INSERT INTO wallet_pace AS p (processor_account, endpoint, per_second, next_at)
VALUES (%(account)s, %(endpoint)s, %(most)s, %(now)s + %(n)s / %(most)s * interval '1 second')
ON CONFLICT (processor_account, endpoint) DO UPDATE
SET next_at = greatest(p.next_at, %(now)s) + %(n)s / ({NOW_ALLOWED}) * interval '1 second'
RETURNING next_at - %(n)s / ({NOW_ALLOWED}) * interval '1 second'
"""  # noqa: S608
SLOW_DOWN = f"""
UPDATE wallet_pace p SET per_second = greatest(%(slowest)s, ({NOW_ALLOWED}) / 2), slowed_at = %(now)s
WHERE processor_account = %(account)s AND endpoint = %(endpoint)s AND (slowed_at IS NULL OR slowed_at <= %(before)s)
"""  # noqa: S608

Clock = Callable[[], dt.datetime]


def reserve(*, processor_account: str, endpoint: str, n: int, now: dt.datetime) -> dt.datetime:
    """When the next `n` requests of a kind may leave for an account; without a limit, at once."""
    most = settings.PROCESSOR_PER_SECOND
    if not most or not n:
        return now
    about: dict[str, Any] = {"account": processor_account, "endpoint": endpoint, "n": float(n), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {**about, "most": float(most), "recovers": RECOVERS})
        [(start,)] = cursor.fetchall()
    return start


def wait_for_turn(
    *, accounts: Iterable[str], endpoint: str, clock: Clock, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Wait until one request for each of these accounts may leave; an account named twice has two."""
    if not settings.PROCESSOR_PER_SECOND:
        return
    starts = [
        reserve(processor_account=account, endpoint=endpoint, n=n, now=clock())
        for account, n in sorted(Counter(accounts).items())
    ]
    if starts and (seconds := (max(starts) - clock()).total_seconds()) > 0:
        sleep(seconds)


def slow_down(*, processor_account: str, endpoint: str, now: dt.datetime) -> None:
    """The processor's limiter said "too fast": half the pace from here on."""
    about: dict[str, Any] = {"account": processor_account, "endpoint": endpoint, "now": now, "before": now - TOGETHER}
    limits = {"most": float(settings.PROCESSOR_PER_SECOND), "recovers": RECOVERS, "slowest": SLOWEST}
    if limits["most"]:
        with connection.cursor() as cursor:
            cursor.execute(SLOW_DOWN, {**about, **limits})
