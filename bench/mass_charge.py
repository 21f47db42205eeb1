"""Charges sent by worker processes to a sandbox that takes 100 ms for every call, 32 of each process in flight."""

import os
from collections.abc import Iterator

from bench import charging
from bench.figures import Figure
from bench.ground import stand_on
from smartrec.devstack.sandbox import measure, testing

N, PACED, LONG = 1_500, 500, 20_000
LATENCY_MS, HARDLY = 100, 5
IN_FLIGHT = 32
PER_SECOND = 25


def figures() -> Iterator[Figure]:
    """One process beside a bare client loop and what the latency allows; two processes beside one; pace; memory."""
    with testing.running(settle_after=3600, accounts=("acct_measured",)) as sandbox:
        os.environ["STRIPE_API_BASE"] = sandbox.base_url
        os.environ["STRIPE_SECRET_KEY"] = testing.PLATFORM_KEY
        stand_on("mass", afresh=True)
        from bench import mass_charge_work as work  # noqa: PLC0415 - Django must stand first

        sandbox.latency(LATENCY_MS)
        one = yield from _one(work, measure.rate(sandbox, N, IN_FLIGHT))
        work.confirmed(2 * N, "two")
        both = charging.send(workers=2)
        work.check(2 * N, "two")
        two = 2 * N / max(used["seconds"] for used in both)
        yield Figure(name="mass_charge_two_workers", unit="charges/s", value=two, floor=one, n=2 * N)
        work.confirmed(PACED, "paced")
        charging.send(workers=2, PROCESSOR_PER_SECOND=str(PER_SECOND))
        pace = work.pace_of(PACED, "paced")
        yield Figure(name="mass_charge_paced", unit="charges/s", value=pace, floor=PER_SECOND, n=PACED)
        sandbox.latency(HARDLY)
        work.confirmed(LONG, "long")
        [used] = charging.send()
        work.check(LONG, "long")
        yield Figure(name="mass_charge_memory", unit="MB", value=used["megabytes"], floor=0, n=LONG)


def _one(work, floor: float) -> Iterator[Figure]:
    work.confirmed(N, "one")
    [used] = charging.send()
    work.check(N, "one")
    value = N / used["seconds"]
    yield Figure(name="mass_charge", unit="charges/s", value=value, floor=floor, n=N)
    yield Figure(name="mass_charge_of_latency", unit="charges/s", value=value, floor=limit(), n=N)
    yield Figure(name="mass_charge_cpu", unit="ms", value=used["cpu"] / N * 1000, floor=0, n=N)
    return value


def limit() -> float:
    """What the latency alone allows: two calls a charge."""
    return IN_FLIGHT / (2 * LATENCY_MS / 1000)
