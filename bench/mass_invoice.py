"""Invoices with one line and two taxes, booked, for everyone selected: confirmed, then written as the tasks do."""

import time
from collections.abc import Iterator

from bench.figures import Figure, peak_megabytes
from bench.ground import stand_on

N = 100_000


def figures(n: int = N) -> Iterator[Figure]:
    """Seconds to draft and to write them, how many a second that is, and the memory the process took at most."""
    stand_on("invoice", afresh=True)
    from bench import mass_invoice_work as work  # noqa: PLC0415 - Django must stand first
    from bench.mass_confirm_work import used  # noqa: PLC0415

    bare, _by, _ids = work.ready(n, "bare")
    floor = timed(lambda: work.raw(bare))
    centre, by, ids = work.ready(n, "centre")
    lines = timed(lambda: work.raw_lines(centre, by))
    began = time.perf_counter()
    run = work.drafted(centre, by, ids)
    yield Figure(name="mass_invoice_review", unit="s", value=time.perf_counter() - began, floor=lines, n=n)
    cpu = used()
    value = timed(lambda: work.written(run, by, n, n * work.EACH))
    cpu = used() - cpu
    work.check(run, n)
    yield Figure(name="mass_invoice_seconds", unit="s", value=value, floor=floor, n=n)
    yield Figure(name="mass_invoice", unit="invoices/s", value=n / value, floor=n / floor, n=n)
    yield Figure(name="mass_invoice_cpu", unit="s", value=cpu, floor=0, n=n)
    peak = peak_megabytes()
    yield Figure(name="mass_invoice_memory", unit="MB", value=peak, floor=0, n=n)


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
