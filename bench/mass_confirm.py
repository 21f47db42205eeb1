"""A reviewed mass charge of 20,000 lines confirmed: a payment, a try and its debts for each, in one transaction."""

import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on

N = 20_000


def figures(n: int = N) -> Iterator[Figure]:
    """Seconds, beside the bare rows of the payments, tries and debts by raw SQL; and its processor time alone."""
    stand_on("confirm", afresh=True)
    from bench import mass_confirm_work as work  # noqa: PLC0415 - Django must stand first

    run, bare = work.reviewed("confirm", n)
    began, used = time.perf_counter(), work.used()
    work.confirmed(run, n)
    value, used = time.perf_counter() - began, work.used() - used
    work.check(run, n)
    began = time.perf_counter()
    work.raw(bare)
    floor = time.perf_counter() - began
    yield Figure(name="mass_confirm", unit="s", value=value, floor=floor, n=n)
    yield Figure(name="mass_confirm_cpu", unit="s", value=used, floor=0, n=n)
