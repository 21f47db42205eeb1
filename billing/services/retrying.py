"""Trying a failed payment again, because a person asked for it."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import Attempt, Payment
from billing.reasons import may_retry
from wallet.models import Authorization


class CannotRetry(Exception):
    """This payment is not to be tried again as it is; `reason` says why."""

    def __init__(self, payment: Payment, reason: str) -> None:
        super().__init__(reason)
        self.payment, self.reason = payment, reason


def retry(*, payment: Payment, by: User, now: dt.datetime, authorization: Authorization | None = None) -> Attempt:
    """Ask for one more attempt on the same payment, by the same method or another authorized one.

    Raises `CannotRetry` when one is already under way or succeeded, when the last failure forbids it with this method,
    when the method is no longer authorized, or when the debt is gone. Two people clicking at once make one attempt.
    """
    with transaction.atomic():
        Payment.objects.select_for_update().get(pk=payment.pk)
        last = payment.attempts.select_related("authorization").latest("number")
        chosen = authorization or last.authorization
        refusal = _refusal(payment, last, chosen)
        if refusal:
            raise CannotRetry(payment, refusal)
        try:
            with transaction.atomic():
                attempt = _next_attempt(payment, last, chosen, by, now)
        except IntegrityError as error:
            raise CannotRetry(payment, "under_way") from error
        trail.record(
            organization=payment.organization,
            client=payment.client,
            verb="payment_retried",
            by=by,
            now=now,
            facts={"payment": payment.display_number, "amount": payment.amount, "currency": payment.currency},
        )
    return attempt


def _next_attempt(payment: Payment, last: Attempt, chosen: Authorization, by: User, now: dt.datetime) -> Attempt:
    return Attempt.objects.create(
        organization_id=payment.organization_id,
        payment=payment,
        number=last.number + 1,
        method_id=chosen.method_id,
        authorization=chosen,
        processor_account=payment.processor_account,
        created_by=by,
        created_at=now,
    )


def _refusal(payment: Payment, last: Attempt, chosen: Authorization) -> str:
    if last.state not in ("declined", "needs_client", "not_sent"):
        return "under_way" if last.state != "returned" else "returned"
    if chosen.method_id == last.method_id and not may_retry(last.reason, advice=last.advice):
        return last.reason
    if not Authorization.objects.filter(pk=chosen.pk).chargeable().exists():
        return "authorization_withdrawn"
    owed = payment.planned_allocations.select_related("item__invoice")
    if any(p.item.invoice.state != "issued" or p.item.balance < p.amount for p in owed):
        return "already_paid"
    return ""


def retry_many(
    *, organization: Organization, payment_ids: Sequence[int], by: User, now: dt.datetime
) -> tuple[list[Attempt], list[CannotRetry]]:
    """Retry several payments; those that cannot be are given back with their reasons, and do not stop the others."""
    started: list[Attempt] = []
    refused: list[CannotRetry] = []
    for payment in Payment.objects.for_organization(organization).filter(pk__in=payment_ids).order_by("pk"):
        try:
            started.append(retry(payment=payment, by=by, now=now))
        except CannotRetry as refusal:
            refused.append(refusal)
    return started, refused
