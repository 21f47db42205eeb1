"""News about something we never saw, or that we could not follow: after a day it is shown to a person."""

import datetime as dt
import logging
from typing import Any

from billing.models import Discrepancy, Payment, ProcessorEvent
from billing.services import discrepancies, examining, owning, routing
from billing.services.discrepancies import Found
from billing.services.sending import Clock
from wallet.processor import Processor

log = logging.getLogger("billing.inbox")
AFTER = dt.timedelta(days=1)
UNKNOWN, FAILING = "unknown_news", "failing_news"
AT_MOST = 50
ABOUT_CHARGES = ("payment_intent.", "charge.")
DISPUTES = "charge.dispute."


def is_due(event: ProcessorEvent, now: dt.datetime) -> bool:
    return now - event.received_at > AFTER


def show(event: ProcessorEvent, *, processor: Processor, clock: Clock) -> bool:
    """Tell of money this news is about and nobody here knows; False when it is about no money, or all of it went back.

    News of a method, a page or an account that is not ours moves no money: it is left to be forgotten.
    """
    about = routing.object_of(event)
    if event.type.startswith(DISPUTES):
        dispute = _of_dispute(event, about)
        ours = dispute.payment is not None or owning.may_be_ours(event.processor_account, dispute.marks)
        return ours and _keep(dispute, clock)
    if not event.type.startswith((*ABOUT_CHARGES, *routing.REFUND_NEWS)):
        return False
    charge = event.object_id if event.type.startswith("payment_intent.") else about.get("payment_intent") or ""
    if not charge:
        return _keep(_unnamed(event, about), clock)
    account = event.processor_account
    found = examining.stranger(charge=charge, processor_account=account, processor=processor, clock=clock)
    return _keep(found, clock)


def _keep(found: Found | None, clock: Clock) -> bool:
    if found is None:
        return False
    discrepancies.record(found, now=clock())
    return True


def _of_dispute(event: ProcessorEvent, about: Any) -> Found:
    """A bank takes back a charge that is not here, or that we believe was never taken."""
    account = event.processor_account
    mine = Payment.objects.filter(processor_account=account, processor_payment=about.get("payment_intent") or "")
    paid = mine.exclude(processor_payment="").select_related("organization", "client").first()
    return _news(UNKNOWN, event, about, payment=paid)


def _unnamed(event: ProcessorEvent, about: Any) -> Found:
    return _news(UNKNOWN, event, about)


def _news(kind: str, event: ProcessorEvent, about: Any, error: str = "", **more: Any) -> Found:
    said = {"type": event.type, "state": about.get("status"), "charge": about.get("payment_intent")}
    return Found(
        kind=kind,
        processor_account=event.processor_account,
        object_id=event.object_id or event.processor_event,
        amount=about.get("amount") or 0,
        currency=(about.get("currency") or "").upper(),
        theirs={name: value for name, value in {**said, "error": error}.items() if value},
        marks=about.get("metadata") or {},
        **more,
    )


def show_failing(event: ProcessorEvent, error: str, *, now: dt.datetime) -> None:
    """Tell of news that went wrong each time for a day. It is tried again all the same.

    Where nothing of an account can be followed, some say it as well as all.
    """
    shown = Discrepancy.objects.open().filter(kind=FAILING, processor_account=event.processor_account)
    try:
        if shown.count() < AT_MOST:
            discrepancies.record(_news(FAILING, event, routing.object_of(event), error), now=now)
    except Exception:
        log.exception("news_not_shown", extra={"event": event.processor_event})


def followed(event: ProcessorEvent, *, now: dt.datetime) -> None:
    """What was shown of this news is over: it was followed after all."""
    about = event.object_id or event.processor_event
    shown = Discrepancy.objects.open().filter(
        processor_account=event.processor_account, object_id=about, kind__in=(UNKNOWN, FAILING)
    )
    discrepancies.gone(shown.values_list("pk", flat=True), now=now)
