"""A reviewed mass charge of 20,000 lines confirmed: a payment, a try and its debts for each, in one transaction."""

import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on

N = 20_000


def figures() -> Iterator[Figure]:
    """Seconds, beside the bare rows of the payments and tries by raw SQL."""
    stand_on("confirm", afresh=True)
    from bench import mass_confirm_work as work  # noqa: PLC0415 - Django must stand first

    run = work.reviewed("confirm", N)
    bare = work.reviewed("bare", N)
    began = time.perf_counter()
    work.raw(bare)
    floor = time.perf_counter() - began
    began = time.perf_counter()
    work.confirmed(run, N)
    value = time.perf_counter() - began
    work.check(run, N)
    yield Figure(name="mass_confirm", unit="s", value=value, floor=floor, n=N)
