"""A thousand accounts reconciled oldest to newest, batch by batch, beside one statement that links another thousand."""

from collections.abc import Iterator

from bench.figures import Figure
from bench.ground import stand_on

HOUSEHOLDS, ACCOUNTS = 20_000, 1_000


def figures() -> Iterator[Figure]:
    """Seconds for all of it, as the workers do it; then the first pages of what is left, with their totals."""
    stand_on("matching", afresh=True)
    from bench import reconcile_accounts_work as work  # noqa: PLC0415 - Django must stand first

    centre, by = work.ready(HOUSEHOLDS)
    value, links = work.timed(lambda: work.reconciled(centre, by, work.clients(centre, 0, ACCOUNTS)))
    floor, raw_links = work.timed(lambda: work.raw(work.clients(centre, ACCOUNTS, ACCOUNTS)))
    if links != raw_links:
        raise RuntimeError(f"{links} links were made, and {raw_links} by the bare statement")
    yield Figure(name="reconcile_accounts", unit="s", value=value, floor=floor, n=ACCOUNTS)
    for name in ("reconciliation", "unpaid-items", "suggestions"):
        shown = work.slowest_page(centre, by, name)
        yield Figure(name=f"page_{name.replace('-', '_')}", unit="ms", value=shown, floor=0, n=HOUSEHOLDS)
