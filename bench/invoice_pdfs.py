"""A thousand invoices as accessible PDFs, from their rows to their bytes, by one process."""

import time
from collections.abc import Callable, Iterator

from bench.figures import Figure
from bench.ground import stand_on

N = 1_000


def figures() -> Iterator[Figure]:
    """Seconds for all of them beside the bare typesetting of the same pages; then one by one, as they are asked for."""
    stand_on("mass", afresh=True)
    from bench import invoice_pdfs_work as work  # noqa: PLC0415 - Django must stand first

    work.invoiced(N)
    work.warm_up()
    facts = work.facts()
    floor = timed(lambda: work.typeset_bare(facts))
    cpu = time.process_time()
    seconds = timed(lambda: work.made(N))
    cpu = time.process_time() - cpu
    yield Figure(name="invoice_pdfs", unit="s", value=seconds, floor=floor, n=N)
    yield Figure(name="invoice_pdfs_cpu", unit="s", value=cpu, floor=0, n=N)
    each = timed(lambda: work.one_by_one(N // 10)) / (N // 10) * 1000
    yield Figure(name="invoice_pdf_alone", unit="ms", value=each, floor=floor / N * 1000, n=N // 10)
    yield Figure(name="invoice_pdf_size", unit="kB", value=work.size() / 1000, floor=0, n=1)


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
