"""What the processor has not said a word about for a day: it is asked again all the time, and a person knows of it."""

import datetime as dt
from typing import Any

from billing.models import Attempt, Discrepancy, Payment, Refund
from billing.services import discrepancies
from billing.services.discrepancies import Found

KIND = "unanswered"
TOO_LONG = dt.timedelta(days=1)


def notice(*, now: dt.datetime) -> int:
    """Tell of payments and refunds *sent* more than a day ago without an answer, and end what was answered since."""
    before = now - TOO_LONG
    related = ("payment__organization", "payment__client")
    attempts = Attempt.objects.filter(state="sent", sent_at__lt=before).select_related(*related)
    refunds = Refund.objects.filter(state="sent", sent_at__lt=before).select_related(*related)
    new = sum(discrepancies.record(_of_attempt(one), now=now) for one in attempts.iterator())
    new += sum(discrepancies.record(_of_refund(one), now=now) for one in refunds.iterator())
    discrepancies.gone(_answered(), now=now)
    discrepancies.tell_new(now=now)
    return new


def _of_attempt(attempt: Attempt) -> Found:
    payment = attempt.payment
    return Found(
        kind=KIND,
        processor_account=attempt.processor_account,
        object_id=payment.processor_payment or f"payment/{payment.pk}",
        amount=payment.amount,
        currency=payment.currency,
        ours=_said(payment, payment.amount, attempt.sent_at),
        payment=payment,
    )


def _of_refund(refund: Refund) -> Found:
    payment = refund.payment
    return Found(
        kind=KIND,
        processor_account=payment.processor_account,
        object_id=refund.processor_refund or f"refund/{refund.pk}",
        amount=refund.amount,
        currency=payment.currency,
        ours=_said(payment, refund.amount, refund.sent_at),
        payment=payment,
        refund=refund,
    )


def _said(payment: Payment, amount: int, sent_at: dt.datetime | None) -> dict[str, Any]:
    since = sent_at.isoformat() if sent_at else ""
    return {"state": "sent", "amount": amount, "currency": payment.currency, "since": since}


def _answered() -> list[int]:
    """Open ones of which nothing is *sent* any more."""
    standing = Discrepancy.objects.open().filter(kind=KIND)
    waiting = Attempt.objects.filter(state="sent").values("payment")
    refunds = Refund.objects.filter(state="sent").values("pk")
    ended = standing.filter(refund=None).exclude(payment__in=waiting) | standing.filter(refund__isnull=False).exclude(
        refund__in=refunds
    )
    return list(ended.values_list("pk", flat=True))
