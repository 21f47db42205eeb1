"""Asking the processor for its news, for what was never delivered to us: nothing said of money is lost for good."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from accounts.models import Organization
from billing.models import Payment
from billing.services import inbox
from wallet.models import ProcessorAccount
from wallet.processor import Event, Processor, ProcessorUnavailable

log = logging.getLogger("billing.catching_up")
# An hourly look reaches back two days, so that a day without us is caught up with; the processor keeps 30 days of news.
LATELY = dt.timedelta(hours=48)
EVERYTHING = dt.timedelta(days=30)
HEARD = ("payment_intent.", "charge.", "refund.", "checkout.session.", "mandate.", "payment_method.", "account.")
AT_ONCE = 100


def accounts() -> list[str]:
    """Every processor account there can be news of; the platform's own has no name."""
    found = {""}
    found.update(Organization.objects.values_list("processor_account", flat=True))
    found.update(ProcessorAccount.objects.values_list("processor_id", flat=True))
    found.update(Payment.objects.order_by().values_list("processor_account", flat=True).distinct())
    return sorted(found)


def catch_up_lately(*, processor: Processor, now: dt.datetime) -> int:
    """What was not delivered in the last two days."""
    return _catch_up(processor, now - LATELY, now, undelivered=True)


def catch_up_fully(*, processor: Processor, now: dt.datetime) -> int:
    """Everything of the last thirty days, delivered or not: what was answered and lost on our side is found too."""
    return _catch_up(processor, now - EVERYTHING, now, undelivered=False)


def _catch_up(processor: Processor, since: dt.datetime, now: dt.datetime, *, undelivered: bool) -> int:
    """Store what is new; what was stored before is passed over. One account out of reach does not hide the others."""
    new = 0
    for account in accounts():
        try:
            listed = processor.list_events(processor_account=account, since=since, undelivered=undelivered)
            for events in _in_parts(replace(e, account=account) for e in listed if e.type.startswith(HEARD)):
                new += inbox.receive_many(events, now=now)
        except ProcessorUnavailable as problem:
            log.warning("news_not_listed", extra={"account": account, "problem": str(problem)})
    return new


def _in_parts(events: Iterable[Event]) -> Iterator[list[Event]]:
    remaining = iter(events)
    while part := list(islice(remaining, AT_ONCE)):
        yield part
