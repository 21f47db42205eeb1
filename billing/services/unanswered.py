"""Attempts that were *sent* and got no answer: asked again, read, or closed at the processor, never sent anew."""

import datetime as dt
from dataclasses import replace

from billing.models import Attempt
from billing.services import leaving, sending
from billing.services.leaving import permission_of
from billing.services.sending import Clock, charge_of, loaded
from billing.services.settling import settle
from wallet.processor import Outcome, Processor, Verdict

RESEND_WITHIN = dt.timedelta(hours=20)
# How long a request that failed in the middle may still be carried out before its payment is closed.
CARRIED_OUT_WITHIN = dt.timedelta(minutes=10)
# The bank's page waits for the holder.
AT_THE_BANK = "requires_action"
CLOSED = "canceled"
PAID_OTHERWISE = "already_paid"
TAKEN = (Verdict.SUCCEEDED, Verdict.PENDING)


def resolve(*, processor: Processor, clock: Clock, limit: int = 100) -> int:
    """Ask again about attempts *sent* without an answer; the answer is how many ended.

    Within 20 hours the same request under the same key is safe to repeat and is answered with what happened the first
    time; later the key may be forgotten, so the payment is only read
    (https://docs.stripe.com/api/idempotent_requests).
    """
    now = clock()
    due = Attempt.objects.filter(state="sent", authorization__isnull=False, lease_until__lt=now)
    first = due.order_by("sent_at").values_list("pk", flat=True)
    ended = 0
    for attempt in loaded(list(first[:limit])):
        # Still due: somebody else may have taken it over before it was loaded.
        if not due.filter(pk=attempt.pk).update(lease=None, lease_until=clock() + sending.LEASE):
            continue
        ended += len(settle({attempt.pk: _ask(attempt, processor, clock())}, now=clock()))
    return ended


def _ask(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    if attempt.on_session or permission_of(attempt).state == "revoked":
        return _closed(attempt, processor, now)
    held = attempt.held_by.state if attempt.held_by else ""
    if held == "stopped":
        # It may never have arrived: what a person has stopped is not sent after all.
        return _over(attempt, processor, now)
    if not leaving.still_owed([attempt]):
        return _not_owed(attempt, processor, now)
    if attempt.sent_at and now - attempt.sent_at < RESEND_WITHIN:
        return _seen(attempt, processor) if held == "paused" else _again(attempt, processor, now)
    found = processor.read_payment(**_where(attempt))
    # A day late nothing is sent by itself: a person decides whether to try again.
    return replace(found, retry=False)


def _not_owed(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """It may never have arrived, and what it was for was paid another way or credited: it is not sent after all."""
    found = _over(attempt, processor, now)
    return replace(found, code=PAID_OTHERWISE) if found.code == CLOSED else found


def _seen(attempt: Attempt, processor: Processor) -> Outcome:
    """While a run is paused nothing leaves; what did arrive can be read."""
    found = processor.read_payment(**_where(attempt))
    return found if _decided(attempt, found) else Outcome(verdict=Verdict.UNKNOWN)


def _again(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """The same request under the same key: it is answered with what happened the first time."""
    again = processor.confirm_payment(charge_of(attempt))
    if again.verdict is Verdict.PENDING:
        # It is told as it was the first time: by now the bank may have answered, and its news been and gone.
        return processor.read_payment(**_where(attempt))
    if again.verdict is Verdict.UNKNOWN and again.repeated:
        return _over(attempt, processor, now)
    # That *this* request was not carried out says nothing about the first one.
    return Outcome(verdict=Verdict.UNKNOWN) if again.verdict is Verdict.NOT_SENT else again


def _over(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """The processor failed in the middle and repeats that for ever: the request is over, and what became of its payment
    can be read. It says of itself that it may still carry such a request out later; a payment that was not taken is
    therefore closed for good, after a while, before its line ends: nothing is left then that could take money."""
    found = processor.read_payment(**_where(attempt))
    if found.verdict is Verdict.UNKNOWN or _decided(attempt, found):
        return found
    if attempt.sent_at is None or now - attempt.sent_at < CARRIED_OUT_WITHIN:
        return Outcome(verdict=Verdict.UNKNOWN)
    return _close(attempt, processor)


def _decided(attempt: Attempt, found: Outcome) -> bool:
    """Whether what is read of a payment tells how this attempt ended. A refusal found on a payment that was tried
    before may be that of the earlier try."""
    answered = found.verdict in (Verdict.DECLINED, Verdict.NEEDS_CLIENT) and found.code != AT_THE_BANK
    return found.verdict in TAKEN or found.code == CLOSED or (answered and attempt.number == 1)


def _close(attempt: Attempt, processor: Processor) -> Outcome:
    """Close the payment at the processor; unknown unless it is closed now, or the money was faster."""
    closed = processor.cancel_payment(**_where(attempt))
    return closed if closed.verdict in TAKEN or closed.code == CLOSED else Outcome(verdict=Verdict.UNKNOWN)


def _closed(attempt: Attempt, processor: Processor, now: dt.datetime) -> Outcome:
    """What is not to be sent again: its holder left for the bank's page, which would still take the money when the debt
    has long been paid another way, or took the permission back. Unless the money was faster it is closed for good."""
    found = processor.read_payment(**_where(attempt))
    decided = attempt.on_session and not found.retry and found.code != AT_THE_BANK
    if decided or found.verdict in (*TAKEN, Verdict.UNKNOWN):
        return found
    closed = _close(attempt, processor)
    if closed.verdict is not Verdict.UNKNOWN:
        return closed
    # What cannot be closed and was refused long ago is over as well: a day late the reading decides, as elsewhere.
    late = attempt.sent_at is not None and now - attempt.sent_at >= RESEND_WITHIN
    return found if late and found.verdict is Verdict.DECLINED else closed


def _where(attempt: Attempt) -> dict[str, str]:
    return {"payment": attempt.payment.processor_payment, "processor_account": attempt.processor_account}
