"""How fast requests leave for one of the processor's accounts: one pace, kept in a table, for every worker there is.

A wave asks for its turn in one statement and waits for it with no transaction open; its requests leave one by one, each
at its time. When the processor's limiter says "too fast" the pace halves, once for all that were on their way together,
and comes back little by little. What a limit is for says whose pace it is: one kind of request, or all of an account
(https://docs.stripe.com/rate-limits).
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

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
RETURNING next_at - %(n)s / ({NOW_ALLOWED}) * interval '1 second', {NOW_ALLOWED}
"""  # noqa: S608
SLOW_DOWN = f"""
UPDATE wallet_pace p SET per_second = greatest(%(slowest)s, ({NOW_ALLOWED}) / 2), slowed_at = %(now)s
WHERE processor_account = %(account)s AND (endpoint = %(endpoint)s OR %(endpoint)s = '')
  AND (slowed_at IS NULL OR slowed_at <= %(before)s)
"""  # noqa: S608
# Of what a charge needs, whatever is free last and goes slowest.
OUTLOOK = f"""
SELECT processor_account, max(next_at), min({NOW_ALLOWED}) FROM wallet_pace p
WHERE processor_account = ANY(%(accounts)s) AND endpoint = ANY(%(endpoints)s) GROUP BY processor_account
"""  # noqa: S608
TO_CHARGE = ["create", "confirm"]
EVERY_ENDPOINT = ""

Clock = Callable[[], dt.datetime]


class Outlook(NamedTuple):
    """When the next charge may leave for an account, and how many a second."""

    next_at: dt.datetime
    per_second: float


def turns(*, processor_account: str, endpoint: str, n: int, now: dt.datetime) -> list[dt.datetime]:
    """When each of the next `n` requests of a kind may leave for an account; without a limit, all at once."""
    most = settings.PROCESSOR_PER_SECOND
    if not most or not n:
        return [now] * n
    about: dict[str, Any] = {"account": processor_account, "endpoint": endpoint, "n": float(n), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, {**about, "most": float(most), "recovers": RECOVERS})
        [(start, per_second)] = cursor.fetchall()
    return [start + dt.timedelta(seconds=one / per_second) for one in range(n)]


def reserve(*, processor_account: str, endpoint: str, n: int, now: dt.datetime) -> dt.datetime:
    """When the first of the next `n` requests of a kind may leave for an account."""
    return turns(processor_account=processor_account, endpoint=endpoint, n=n, now=now)[0] if n else now


def outlook(*, accounts: Collection[str], now: dt.datetime) -> dict[str, Outlook]:
    """How soon and how fast charges may leave for these accounts; one that was never asked waits for nothing."""
    most = settings.PROCESSOR_PER_SECOND
    if not most:
        return {}
    wanted: dict[str, Any] = {"accounts": list(accounts), "endpoints": TO_CHARGE, "now": now, "most": float(most)}
    with connection.cursor() as cursor:
        cursor.execute(OUTLOOK, {**wanted, "recovers": RECOVERS})
        known = {account: Outlook(next_at, pace) for account, next_at, pace in cursor.fetchall()}
    return {account: known.get(account, Outlook(now, float(most))) for account in accounts}


def turns_of_each(
    *, accounts: Collection[str], endpoint: str, clock: Clock, sleep: Callable[[float], object] = time.sleep
) -> list[dt.datetime]:
    """When one request for each of these accounts may leave, in their order, once the first of them may. Without a
    limit there are no times."""
    if not settings.PROCESSOR_PER_SECOND or not accounts:
        return []
    taken = {
        account: iter(turns(processor_account=account, endpoint=endpoint, n=n, now=clock()))
        for account, n in sorted(Counter(accounts).items())
    }
    times = [next(taken[account]) for account in accounts]
    if (seconds := (min(times) - clock()).total_seconds()) > 0:
        sleep(seconds)
    return times


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
    """The processor's limiter said "too fast": half the pace from here on, of `EVERY_ENDPOINT` or of one."""
    about: dict[str, Any] = {"account": processor_account, "endpoint": endpoint, "now": now, "before": now - TOGETHER}
    limits = {"most": float(settings.PROCESSOR_PER_SECOND), "recovers": RECOVERS, "slowest": SLOWEST}
    if limits["most"]:
        with connection.cursor() as cursor:
            cursor.execute(SLOW_DOWN, {**about, **limits})
