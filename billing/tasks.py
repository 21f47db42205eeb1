"""Sweeps: each takes from a table what is due and hands it to a service. A lost message costs seconds, never money."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from celery import shared_task
from django.db import close_old_connections, connection
from django.utils import timezone

from billing.models import MassRun
from billing.services import inbox, invoice_runs, runs, sending
from wallet.processor.registry import get_processor

IN_FLIGHT = 32
WAVES = 4
WAVE_OF = IN_FLIGHT // WAVES
SWEEP_FOR = 300.0


@shared_task
def dispatch() -> int:
    """Send what is waiting to be charged, several waves side by side, until nothing is left."""
    deadline = monotonic() + SWEEP_FOR
    with ThreadPoolExecutor(WAVES, thread_name_prefix="wave") as waves:
        ended = sum(waves.map(lambda _: _waves(deadline), range(WAVES)))
    runs.finish_charges(now=timezone.now())
    return ended


def _waves(deadline: float) -> int:
    """One wave after another in this thread, each of eight attempts, with its own calls in parallel."""
    ended = 0
    try:
        with ThreadPoolExecutor(WAVE_OF, thread_name_prefix="charge") as pool:
            while monotonic() < deadline:
                lease, attempts = sending.claim(limit=WAVE_OF, now=timezone.now())
                if not attempts:
                    break
                processor = get_processor()
                ended += len(sending.send(attempts, lease=lease, processor=processor, pool=pool, clock=timezone.now))
    finally:
        connection.close()
    return ended


@shared_task
def ask_again() -> int:
    """Ask the processor about payments it never answered, and end the runs that were waiting for it."""
    ended = sending.resolve_unanswered(processor=get_processor(), clock=timezone.now)
    runs.finish_charges(now=timezone.now())
    return ended


@shared_task
def handle_events() -> int:
    """Act on the processor's news."""
    handled = inbox.handle_new(processor=get_processor(), clock=timezone.now)
    runs.finish_charges(now=timezone.now())
    return handled


@shared_task
def write_invoices() -> int:
    """Write the invoices of confirmed mass invoices, a chunk at a time."""
    written = 0
    for run in MassRun.objects.filter(kind="invoice", state="running").order_by("confirmed_at"):
        while count := invoice_runs.write_next(run=run, now=timezone.now()):
            written += count
    close_old_connections()
    return written
