"""Ten thousand payments registered together, each recorded, booked and linked to what it pays; and one by one."""

from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on
from bench.mass_invoice import timed

N = 10_000
ONE_BY_ONE = 500


def figures() -> Iterator[Figure]:
    """Payments per second, set by set and through the desk's own service; the floor is the bare rows."""
    stand_on("register", afresh=True)
    from bench import register_payments_work as work  # noqa: PLC0415 - Django must stand first

    bare, _by = work.owing("bare", N)
    floor = N / timed(lambda: work.raw(bare))
    centre, by = work.owing("centre", N)
    batch, rows = work.brought(centre, by)
    value = N / timed(lambda: work.registered(batch, rows, by))
    work.check(centre, N)
    yield Figure(name="register_payments", unit="payments/s", value=value, floor=floor, n=N)
    desk, by = work.owing("desk", ONE_BY_ONE)
    asked = work.asked_for(desk)
    value = ONE_BY_ONE / timed(lambda: work.one_by_one(asked, by))
    work.check(desk, ONE_BY_ONE)
    yield Figure(name="register_payments_one_by_one", unit="payments/s", value=value, floor=floor, n=ONE_BY_ONE)
