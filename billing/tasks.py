"""Sweeps: each takes from a table what is due and hands it to a service. A lost message costs seconds, never money."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from time import monotonic, sleep
from uuid import UUID

from celery import shared_task
from django.db import OperationalError, close_old_connections, connection
from django.db.models import QuerySet
from django.utils import timezone

from billing.models import Attempt, MassRun, MatchRun
from billing.services import (
    alarming,
    catching_up,
    comparing,
    earning,
    giving_back,
    inbox,
    invoice_or_charge,
    invoice_runs,
    matching,
    message_runs,
    monthly,
    paid_first,
    paying,
    processor_fees,
    refund_runs,
    reminding,
    runs,
    scheduling,
    sending,
    silence,
    unanswered,
)
from billing.services.calls import Calls
from billing.services.lanes import Turns, lane_of
from wallet.processor.registry import get_processor

log = logging.getLogger("billing.tasks")
IN_FLIGHT = 32
WAVE_OF = 8
# More waves than calls may be in flight: while some write to the database, the others keep the line busy.
WAVES = 8
SWEEP_FOR = 300.0
# Refunds share their worker with the processor's news and the mail: they take turns with them.
GIVE_BACK_FOR = 20.0
GIVING_BACK = 4
# Seconds a wave rests when all there is to send waits for its account's pace.
LOOK_AGAIN_AFTER = 0.1


@shared_task
def dispatch() -> int:
    """Send what is waiting to be charged, several waves side by side, until nothing is left."""
    deadline, turns = monotonic() + SWEEP_FOR, Turns()
    with Calls(IN_FLIGHT) as calls, ThreadPoolExecutor(WAVES, "wave") as waves:
        ended = sum(waves.map(lambda _: _waves(deadline, calls, turns), range(WAVES)))
    _wind_up()
    return ended


def _wind_up() -> None:
    """Write the invoices that waited for their payment, then end the runs in which nothing waits any more."""
    paid_first.write_due(now=timezone.now())
    runs.finish_charges(now=timezone.now())


def _waves(deadline: float, calls: Executor, turns: Turns) -> int:
    """One wave after another in this thread; all waves share the calls that may be in flight, and take turns."""
    ended = 0
    try:
        while monotonic() < deadline:
            lease, attempts = sending.claim(limit=WAVE_OF, now=timezone.now(), turns=turns)
            if attempts:
                ended += _send(attempts, lease, calls, turns)
            elif turns.held_up:
                sleep(LOOK_AGAIN_AFTER)
            else:
                break
    finally:
        connection.close()
    return ended


def _send(attempts: list[Attempt], lease: UUID, calls: Executor, turns: Turns) -> int:
    try:
        sent = sending.send(attempts, lease=lease, processor=get_processor(), pool=calls, clock=timezone.now)
    finally:
        turns.leave(lane_of(attempts[0]))
    return len(sent)


@shared_task
def ask_again() -> int:
    """Ask the processor about payments it never answered, and end the runs that were waiting for it."""
    ended = unanswered.resolve(processor=get_processor(), clock=timezone.now)
    _wind_up()
    return ended


@shared_task
def finish_pages() -> int:
    """Payments on the processor's page whose visitor never came back."""
    return paying.finish_pages(now=timezone.now())


@shared_task
def handle_events() -> int:
    """Act on the processor's news; of much of it a part, the rest behind what others wait for."""
    handled = inbox.handle_new(processor=get_processor(), clock=timezone.now)
    _wind_up()
    if handled >= inbox.MOST:
        handle_events.delay()
    return handled


@shared_task
def give_back() -> int:
    """Write the refunds of mass refunds, send what waits, and ask about those the processor never answered."""
    _write("refund", refund_runs.write_next)
    deadline = monotonic() + GIVE_BACK_FOR
    with ThreadPoolExecutor(GIVING_BACK, "refund") as pool:
        sent = sum(pool.map(lambda _: _give_back(deadline), range(GIVING_BACK)))
    sent += giving_back.resolve_unanswered(processor=get_processor(), clock=timezone.now)
    refund_runs.finish(now=timezone.now())
    return sent


def _give_back(deadline: float) -> int:
    """One handful of refunds after another in this thread."""
    sent = 0
    try:
        while monotonic() < deadline and (refunds := giving_back.claim(now=timezone.now())):
            sent += giving_back.send_these(refunds, processor=get_processor(), clock=timezone.now)
    finally:
        connection.close()
    return sent


@shared_task
def catch_up() -> int:
    """News of the last two days that never reached us."""
    return catching_up.catch_up_lately(processor=get_processor(), now=timezone.now())


@shared_task
def catch_up_fully() -> int:
    """All news of the last thirty days that is not here."""
    return catching_up.catch_up_fully(processor=get_processor(), now=timezone.now())


@shared_task
def compare_with_processor() -> int:
    """Once a day: what the processor lists of each account, compared both ways with ours; every hour until it was."""
    deadline = monotonic() + SWEEP_FOR
    compared = 0
    for account, back in comparing.due(now=timezone.now()):
        if monotonic() > deadline:
            break
        row = comparing.compare(account=account, back=back, processor=get_processor(), clock=timezone.now)
        compared += not row.problem
    return compared


@shared_task
def notice_silence() -> int:
    """What the processor has not answered for a day."""
    return silence.notice(now=timezone.now())


@shared_task
def book_fees() -> int:
    """What the processor kept and is not in the books yet."""
    return processor_fees.book_new(processor=get_processor(), now=timezone.now())


@shared_task
def earn_revenue() -> int:
    """The month before, where revenue is deferred; a month that was earned is passed over."""
    return earning.earn_everywhere(now=timezone.now())


@shared_task
def watch_books() -> int:
    """Check all books; where they disagree everybody who can do something about it is told."""
    return alarming.watch(now=timezone.now())


def _write(kind: str, write_next: Callable[..., int]) -> int:
    """Write all that the running runs of a kind have to; one that cannot be written holds up no other."""
    written = 0
    running: QuerySet[MassRun] = MassRun.objects.filter(kind=kind, state="running").order_by("confirmed_at")
    for run in running:
        try:
            while count := write_next(run=run, now=timezone.now()):
                written += count
        except OperationalError:
            raise
        except Exception:
            log.exception("run_not_written", extra={"run": run.pk})
    return written


@shared_task
def write_invoices() -> int:
    """Write the invoices of confirmed mass invoices, a chunk at a time."""
    written = _write("invoice", invoice_runs.write_next)
    invoice_or_charge.go_on(now=timezone.now())
    close_old_connections()
    return written


@shared_task
def start_scheduled() -> int:
    """Plan what is repeated every month, remind staff the day before, start what is due; how many were started."""
    now = timezone.now()
    monthly.plan_due(now=now)
    reminding.remind_due(now=now)
    return scheduling.start_due(now=now)


@shared_task
def write_messages() -> int:
    """Put the letters of mass e-mails in the outbox, as many as it has room for, and end the runs that are done."""
    return _write("message", message_runs.write_next)


@shared_task
def match_accounts() -> int:
    """Reconcile the accounts of runs that are under way, some at a time; the answer is how many runs ended."""
    ended = 0
    for run in MatchRun.objects.unfinished().order_by("pk"):
        while matching.go_on(run=run, now=timezone.now()):
            pass
        ended += MatchRun.objects.filter(pk=run.pk).exclude(ended_at=None).count()
    return ended
