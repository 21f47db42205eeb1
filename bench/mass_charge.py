"""Charges sent by one worker process to a sandbox that takes 100 ms for every call, 32 in flight."""

import os
import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on
from smartrec.devstack.sandbox import measure, testing

N = 1_500
LATENCY_MS = 100
IN_FLIGHT = 32


def figures() -> Iterator[Figure]:
    """Charges per second against a bare client loop with as many calls in flight, and the processor time of one."""
    with testing.running(settle_after=3600, accounts=("acct_measured",)) as sandbox:
        os.environ["STRIPE_API_BASE"] = sandbox.base_url
        os.environ["STRIPE_SECRET_KEY"] = testing.PLATFORM_KEY
        stand_on("mass", afresh=True)
        from bench import mass_charge_work as work  # noqa: PLC0415 - Django must stand first

        work.confirmed(N)
        sandbox.latency(LATENCY_MS)
        floor = measure.rate(sandbox, N, IN_FLIGHT)
        began, cpu = time.perf_counter(), time.process_time()
        work.dispatch()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        taken = work.succeeded()
    if taken != N:
        raise RuntimeError(f"{taken} of {N} charges succeeded")
    yield Figure(name="mass_charge", unit="charges/s", value=N / seconds, floor=floor, n=N)
    yield Figure(name="mass_charge_of_latency", unit="charges/s", value=N / seconds, floor=limit(), n=N)
    yield Figure(name="mass_charge_cpu", unit="ms", value=cpu / N * 1000, floor=0, n=N)


def limit() -> float:
    """What the latency alone allows: two calls a charge."""
    return IN_FLIGHT / (2 * LATENCY_MS / 1000)
