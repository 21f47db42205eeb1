"""What one line costs in runs of a thousand, ten thousand and a hundred thousand: it must not grow with the run.

Counted in processor time, of this process and of its database connection, so that who else is at work does not matter.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.figures import Figure
from bench.ground import stand_on
from smartrec.devstack.sandbox import measure

SIZES = (1_000, 10_000, 100_000)
SENT = 800
REPEATED = 3


def figures(n: int = SIZES[-1]) -> Iterator[Figure]:
    """Microseconds a line, beside those of the smallest run: writing invoices, reviewing, confirming and sending; up
    to `n` lines."""
    stand_on("linear", afresh=True)
    from bench import mass_linear_work as work  # noqa: PLC0415 - Django must stand first

    _costs(work, SIZES[0], "warm")
    repeated = [_costs(work, SIZES[0], f"small{n}") for n in range(REPEATED)]
    smallest = {phase: sum(costs[phase] for costs in repeated) / REPEATED for phase in repeated[0]}
    for size in [size for size in SIZES[1:] if size <= n]:
        # As many lines as of the three small runs together: what one slice takes differs by a tenth.
        for phase, cost in _costs(work, size, f"n{size}", sent=SENT * REPEATED).items():
            yield Figure(name=f"mass_linear_{phase}", unit="µs/line", value=cost, floor=smallest[phase], n=size)


def _costs(work: Any, size: int, slug: str, sent: int = SENT) -> dict[str, float]:
    """What each part of a run of that size takes, for one line. Sending is measured over its first lines, with all
    the others waiting behind them."""
    costs = {}
    backend = work.backend()

    def used() -> float:
        return time.process_time() + measure.processor_seconds(backend)

    def timed(phase: str, part: Callable[..., Any], *what: Any, lines: int = size) -> Any:
        began = used()
        found = part(*what)
        costs[phase] = (used() - began) / lines * 1e6
        return found

    centre, by, ids = work.ready(slug, size)
    invoiced = timed("invoice", work.written, centre, by, ids)
    run = timed("review", work.drafted, centre, by, ids, invoiced)
    timed("confirm", work.on_its_way, run, by)
    work.at_rest()
    timed("send", work.send, sent, lines=sent)
    work.away(run, by)
    return costs
