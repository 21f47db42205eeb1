"""Invoices with one line and two taxes, booked, for everyone selected: confirmed, then written as the tasks do."""

import resource
import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on

N = 10_000
EACH = 2_000 + 100 + 200


def figures() -> Iterator[Figure]:
    """Invoices per second, and the memory it took."""
    stand_on("mass", afresh=True)
    from bench import mass_invoice_work as work  # noqa: PLC0415 - Django must stand first

    bare, _by, _ids = work.ready(N, "bare")
    floor = N / timed(lambda: work.raw(bare))
    centre, by, ids = work.ready(N, "centre")
    run = work.drafted(centre, by, ids)
    value = N / timed(lambda: work.written(run, by, N, N * EACH))
    yield Figure(name="mass_invoice", unit="invoices/s", value=value, floor=floor, n=N)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure(name="mass_invoice_memory", unit="MB", value=peak, floor=0, n=N)


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
