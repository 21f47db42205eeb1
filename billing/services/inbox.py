"""News from the processor: stored as it came, answered at once, handled afterwards, however often it comes."""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import connection, transaction

from billing.models import ProcessorEvent
from billing.services import orphans, routing
from billing.services.sending import Clock
from wallet.processor import Event, Processor

log = logging.getLogger("billing.inbox")
LEASE = dt.timedelta(minutes=10)
RETRY_AFTER = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=1)
GIVE_UP_AFTER = dt.timedelta(days=3)
AT_ONCE = 20
# As much as one sweep handles: then others have their turn.
MOST = 500
# Whoever takes news in hand does so alone for that instant: two about one object are never in two hands.
ONE_AT_A_TIME = 0x_1_B0C

CLAIM = """
UPDATE billing_processorevent SET lease_until = %(until)s WHERE id IN (
  SELECT DISTINCT ON (about) id FROM (
    SELECT e.id, e.received_at, COALESCE(NULLIF(e.object_id, ''), e.processor_event) AS about
    FROM billing_processorevent e
    WHERE e.handled_at IS NULL AND (e.not_before IS NULL OR e.not_before <= %(now)s)
      AND (e.lease_until IS NULL OR e.lease_until < %(now)s)
      AND NOT EXISTS (SELECT 1 FROM billing_processorevent o WHERE o.handled_at IS NULL AND o.object_id = e.object_id
                      AND o.object_id <> '' AND o.id <> e.id AND o.lease_until >= %(now)s)
    ORDER BY e.received_at, e.id LIMIT 10 * %(limit)s) due
  ORDER BY about, received_at, id LIMIT %(limit)s)
RETURNING id
"""


def receive(*, event: Event, now: dt.datetime) -> bool:
    """Keep the event; False when it was already here."""
    return bool(receive_many([event], now=now))


def receive_many(events: Iterable[Event], *, now: dt.datetime) -> int:
    """Keep what is new of these events; the answer is how many were."""
    rows = {event.id: _row(event, now) for event in events}
    known = ProcessorEvent.objects.filter(processor_event__in=rows).values_list("processor_event", flat=True)
    new = [rows[event] for event in rows.keys() - set(known)]
    ProcessorEvent.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _row(event: Event, now: dt.datetime) -> ProcessorEvent:
    return ProcessorEvent(
        processor_event=event.id,
        processor_account=event.account,
        type=event.type,
        object_id=event.object_id,
        payload=event.payload,
        livemode=event.livemode,
        received_at=now,
    )


def is_first(event: Event) -> bool:
    """Whether no older news lies untouched: who was woken for that takes this along, and nobody else has to be."""
    mine = ProcessorEvent.objects.filter(processor_event=event.id).values("pk")[:1]
    untouched = ProcessorEvent.objects.filter(handled_at=None, lease_until=None, not_before=None)
    return not untouched.filter(pk__lt=mine).exists()


def claim(*, now: dt.datetime, limit: int = AT_ONCE) -> list[ProcessorEvent]:
    """Take news in hand, the oldest first and one per object; nobody else handles it until the lease has run out."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        cursor.execute(CLAIM, {"until": now + LEASE, "now": now, "limit": limit})
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(ProcessorEvent.objects.filter(pk__in=ids).order_by("received_at", "pk"))


def handle_new(*, processor: Processor, clock: Clock, limit: int = MOST) -> int:
    """Handle what has come in; the answer is how many are done with."""
    done = taken = 0
    while taken < limit and (events := claim(now=clock())):
        taken += len(events)
        done += sum(handle(event, processor=processor, clock=clock) for event in events)
    return done


def handle(event: ProcessorEvent, *, processor: Processor, clock: Clock) -> bool:
    """Act on one event by what its object *is* now. What is not of ours yet, or went wrong, is tried again later.

    The event was stored in a transaction of its own: an error here is written beside it and loses nothing. What nobody
    could make anything of for a day is shown to a person before it is forgotten.
    """
    late, shown = orphans.is_due(event, clock()), False
    try:
        done, error = routing.act(event, processor=processor, clock=clock), ""
        shown = late and not done and orphans.show(event, processor=processor, clock=clock)
    except Exception as problem:
        log.exception("news_not_handled", extra={"event": event.processor_event, "type": event.type})
        done, error = False, f"{type(problem).__name__}: {problem}"[:300]
    now = clock()
    mine = ProcessorEvent.objects.filter(pk=event.pk)
    if not done:
        # Whoever was slower than its lease leaves to others what they have taken in hand since.
        mine = mine.filter(handled_at=None, lease_until=event.lease_until)
    forgotten = not done and not error and now - event.received_at > GIVE_UP_AFTER
    if done or forgotten:
        if done and event.tries:
            orphans.followed(event, now=now)
        mine.update(handled_at=now, lease_until=None, error=("shown" if shown else "nothing of ours") * forgotten)
        return True
    if late and error:
        orphans.show_failing(event, error, now=now)
    wait = min(RETRY_AFTER * 2 ** min(event.tries, 10), LONGEST_WAIT)
    mine.update(tries=event.tries + 1, not_before=now + wait, lease_until=None, error=error)
    return False
