"""Late fees for 20,000 accounts, each with overdue invoices: reviewed, confirmed, and charged for once."""

from collections.abc import Callable, Iterator
from time import perf_counter

from bench.figures import Figure, peak_megabytes
from bench.ground import stand_on

N = 20_000


def figures(n: int = N) -> Iterator[Figure]:
    """Seconds until it can be reviewed, and until every fee is an invoice; each beside the bare rows by raw SQL."""
    stand_on("late_fees", afresh=True)
    from bench import late_fees_work as work  # noqa: PLC0415 - Django must stand first
    from bench.mass_confirm_work import used  # noqa: PLC0415

    bare, _by, _ids = work.overdue("bare", n)
    lines = timed(lambda: work.raw_lines(bare))
    fees = timed(lambda: work.raw(bare))
    centre, by, ids = work.overdue("centre", n)
    began = perf_counter()
    run = work.drafted(centre, by, ids)
    yield Figure(name="late_fees_review", unit="s", value=perf_counter() - began, floor=lines, n=n)
    cpu = used()
    value = timed(lambda: work.charged(run, n))
    cpu = used() - cpu
    work.check(run, n)
    yield Figure(name="late_fees", unit="s", value=value, floor=fees, n=n)
    yield Figure(name="late_fees_cpu", unit="s", value=cpu, floor=0, n=n)
    peak = peak_megabytes()
    yield Figure(name="late_fees_memory", unit="MB", value=peak, floor=0, n=n)


def timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
