"""The nightly check of the books over a million entries, beside one bare sum of every transfer by client."""

import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on

INVOICES, HOUSEHOLDS = 645_162, 100_000


def figures() -> Iterator[Figure]:
    """Seconds for every rule; entries are those of invoices and of the payments of rather more than half of them."""
    stand_on("books", afresh=True)
    from bench import check_books_work as work  # noqa: PLC0415 - Django must stand first

    entries = work.ready(HOUSEHOLDS, INVOICES)
    value, floor = timed(work.check), timed(work.raw)
    yield Figure(name="check_books", unit="s", value=value, floor=floor, n=entries)
    for rule, seconds in work.slowest():
        yield Figure(name=f"check_books: {rule}", unit="s", value=seconds, floor=floor, n=entries)


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
