"""What a payment costs the sandbox itself, when it keeps little and when it keeps ten times as much."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from smartrec.devstack.sandbox import measure, testing

TURNS, PAYMENTS, CALLERS = 10, 500, 4


def figures() -> Iterator[Figure]:
    """Milliseconds of processor time a payment, over the last turns; the floor is the same over the first ones."""
    costs = []
    with (
        tempfile.TemporaryDirectory() as folder,
        testing.running(data=Path(folder), accounts=("acct_measured",)) as sandbox,
    ):
        for turn in range(TURNS):
            before = measure.processor_seconds(sandbox.pid)
            measure.rate(sandbox, PAYMENTS, CALLERS, f"{turn}.")
            costs.append((measure.processor_seconds(sandbox.pid) - before) / PAYMENTS * 1000)
    first, last = sum(costs[1:4]) / 3, sum(costs[-3:]) / 3
    yield Figure(name="sandbox_pace", unit="ms", value=last, floor=first, n=TURNS * PAYMENTS)
