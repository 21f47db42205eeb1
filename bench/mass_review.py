"""A mass charge of 20,000 people drafted: every line planned and written; then its pages, from review to result."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure
from bench.ground import stand_on
from bench.people_list import MEASURED, percentile, web

N = 20_000
PAGES = [{"page": str(page)} for page in range(1, 69)]


def figures(n: int = N) -> Iterator[Figure]:
    """Seconds to draft, beside raw SQL writing the same lines, and the 95th percentile of each page over HTTP."""
    folder = stand_on("review", afresh=True)
    from bench import mass_review_work as work  # noqa: PLC0415 - Django must stand first

    centre, by, ids = work.owing("review", n)
    floor = timed(lambda: work.raw(centre, by))
    began = time.perf_counter()
    run = work.drafted(centre, by, ids)
    value = time.perf_counter() - began
    work.check(run, n)
    yield Figure(name="mass_review", unit="s", value=value, floor=floor, n=n)
    yield from _pages(folder, run, n)


def _pages(folder: Path, run, n: int) -> Iterator[Figure]:
    """Of the draft, then under way, then ended: the last of a run is the first page of its history."""
    from bench import mass_pages_work as pages  # noqa: PLC0415

    pages.collected()
    with web(folder) as base:
        asking = pages.browser(base, run.created_by, run)

        def measured(name: str, questions: list[dict[str, str]]) -> Figure:
            value, floor = percentile(asking(name), questions), percentile(pages.raw(name, run), questions)
            return Figure(name=f"mass_{name}_page", unit="ms", value=value, floor=floor, n=MEASURED)

        yield measured("review", PAGES)
        pages.under_way(run, n)
        yield measured("progress", [{}])
        yield measured("progress_polled", [{}])
        pages.ended(run)
        yield measured("result", [{}])
        yield measured("runs", [{}])


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
