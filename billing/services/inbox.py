"""News from the processor: stored as it came, answered at once, handled afterwards, however often it comes."""

import datetime as dt
from collections import defaultdict

from billing.models import Payment, ProcessorEvent
from billing.services.sending import Clock
from billing.services.settling import settle
from wallet import events as wallet_events
from wallet.processor import Event, Processor, Verdict

RETRY_AFTER = dt.timedelta(seconds=30)
GIVE_UP_AFTER = dt.timedelta(days=3)
# A refusal read from the payment may be an earlier attempt's: while our own request is in flight only its reply, or the
# same request repeated, may end it badly. Money that moved is believed always.
ENDINGS = frozenset({Verdict.SUCCEEDED, Verdict.DECLINED, Verdict.NEEDS_CLIENT})
MONEY = frozenset({Verdict.SUCCEEDED})
BELIEVED = defaultdict(lambda: MONEY, {"pending": ENDINGS, "sent": MONEY | {Verdict.PENDING}})


def receive(*, event: Event, now: dt.datetime) -> bool:
    """Keep the event; False when it was already here."""
    row = ProcessorEvent(
        processor_event=event.id,
        processor_account=event.account,
        type=event.type,
        object_id=event.object_id,
        payload=event.payload,
        livemode=event.livemode,
        received_at=now,
    )
    known = ProcessorEvent.objects.filter(processor_event=event.id).exists()
    ProcessorEvent.objects.bulk_create([row], ignore_conflicts=True)
    return not known


def handle_new(*, processor: Processor, clock: Clock, limit: int = 500) -> int:
    """Handle what has come in, oldest first; the answer is how many are done with."""
    due = ProcessorEvent.objects.filter(handled_at=None).exclude(not_before__gt=clock()).order_by("received_at")
    return sum(handle(event, processor=processor, clock=clock) for event in due[:limit])


def handle(event: ProcessorEvent, *, processor: Processor, clock: Clock) -> bool:
    """Act on one event by what its object *is* now, not by its name; an object we do not know is tried later."""
    done = _about_money(event, processor, clock) if event.type.startswith("payment_intent.") else _about_wallet(event)
    now = clock()
    mine = ProcessorEvent.objects.filter(pk=event.pk)
    if done or now - event.received_at > GIVE_UP_AFTER:
        mine.update(handled_at=now, error="" if done else "nothing of ours")
        return True
    mine.update(tries=event.tries + 1, not_before=now + RETRY_AFTER)
    return False


def _about_wallet(event: ProcessorEvent) -> bool:
    return wallet_events.handle(type=event.type, object_id=event.object_id, account=event.processor_account)


def _about_money(event: ProcessorEvent, processor: Processor, clock: Clock) -> bool:
    payment = Payment.objects.filter(processor_payment=event.object_id).first()
    if payment is None:
        return False
    attempt = payment.attempts.latest("number")
    if attempt.state in ("succeeded", "returned"):
        return True
    outcome = processor.read_payment(payment=payment.processor_payment, processor_account=payment.processor_account)
    if outcome.verdict not in BELIEVED[attempt.state]:
        return outcome.verdict is not Verdict.UNKNOWN
    settle({attempt.pk: outcome}, now=clock())
    return True
