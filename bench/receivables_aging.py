"""Receivables by age over a hundred thousand open invoices, beside the bare sums of the same invoices."""

import time
from collections.abc import Callable, Iterator

from bench.figures import Figure
from bench.ground import stand_on

OPEN, PAID, HOUSEHOLDS = 100_000, 100_000, 40_000
TIMES = 7


def figures() -> Iterator[Figure]:
    """Seconds for the whole report, every client: as of today, and as of a day sixty days ago."""
    stand_on("aging", afresh=True)
    from bench import receivables_aging_work as work  # noqa: PLC0415 - Django must stand first

    centre = work.ready(HOUSEHOLDS, OPEN, PAID)
    for name, days in (("receivables_aging", 0), ("receivables_aging_60_days_ago", 60)):
        value = slowest(lambda days=days: work.report(centre, days))
        floor = slowest(lambda days=days: work.raw(centre, days))
        yield Figure(name=name, unit="s", value=value, floor=floor, n=OPEN)


def slowest(work: Callable[[], object]) -> float:
    """The slowest of several, the first left out."""
    times = []
    for _time in range(TIMES + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return max(times[1:])
