"""A mass charge of 20,000 people drafted: every line planned and written; then its review, page by page."""

import time
from collections.abc import Callable, Iterator

from bench.figures import Figure
from bench.ground import stand_on

N = 20_000
PAGES = 60
WARM_UP = 5


def figures() -> Iterator[Figure]:
    """Seconds to draft, beside raw SQL writing the same lines, and the 95th percentile of a page of the review."""
    stand_on("review", afresh=True)
    from bench import mass_review_work as work  # noqa: PLC0415 - Django must stand first

    centre, by, ids = work.owing("review", N)
    floor = timed(lambda: work.raw(centre, by))
    began = time.perf_counter()
    run = work.drafted(centre, by, ids)
    value = time.perf_counter() - began
    work.check(run, N)
    yield Figure(name="mass_review", unit="s", value=value, floor=floor, n=N)
    ask = work.browser(centre, by)
    pages = percentile([lambda page=page: ask(run, page) for page in range(1, WARM_UP + PAGES + 1)])
    bare = percentile([lambda page=page: work.raw_page(run, page) for page in range(1, WARM_UP + PAGES + 1)])
    yield Figure(name="mass_review_page", unit="ms", value=pages, floor=bare, n=PAGES)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(asked: list[Callable[[], object]]) -> float:
    """The 95th percentile of a measured series, in milliseconds."""
    times = [timed(one) * 1000 for one in asked]
    return sorted(times[WARM_UP:])[int(PAGES * 0.95) - 1]
