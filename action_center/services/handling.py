"""What staff decide about failed payments: try again, try another method, set aside, put back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from accounts.models import Organization, User
from accounts.services import trail
from action_center.models import Handling
from billing.models import Attempt, Payment
from billing.models.payment import FAILED
from billing.services.retrying import CannotRetry, retry
from wallet.models import Authorization


class NotToDismiss(Exception):
    """This payment is not waiting for anyone: it was tried again, set aside, or paid in the meantime."""


@dataclass
class Retried:
    """What came of asking for retries: the new tries, and those refused with their reasons."""

    started: list[Attempt] = field(default_factory=list)
    refused: list[CannotRetry] = field(default_factory=list)


def retry_failed(
    *,
    organization: Organization,
    attempt_ids: Sequence[int],
    by: User,
    now: dt.datetime,
    authorization: Authorization | None = None,
) -> Retried:
    """Try these failures again, each on its own. A failure is answered by one retry: asking twice starts one."""
    result = Retried()
    attempts = Attempt.objects.for_organization(organization).filter(pk__in=attempt_ids)
    for attempt in attempts.select_related("payment__client", "payment__organization").order_by("payment"):
        try:
            result.started.append(_retry(attempt, by, now, authorization))
        except CannotRetry as refusal:
            result.refused.append(refusal)
    return result


@transaction.atomic
def _retry(attempt: Attempt, by: User, now: dt.datetime, authorization: Authorization | None) -> Attempt:
    Payment.objects.select_for_update().get(pk=attempt.payment_id)
    if Attempt.objects.filter(payment=attempt.payment_id, number__gt=attempt.number).exists():
        raise CannotRetry(attempt.payment, "under_way")
    return retry(payment=attempt.payment, by=by, now=now, authorization=authorization)


@transaction.atomic
def dismiss(*, attempt: Attempt, reason: str, by: User, now: dt.datetime) -> Handling:
    """Set a failed payment aside, saying why. Nothing is collected and nothing forgiven: the balance stays."""
    Payment.objects.select_for_update().get(pk=attempt.payment_id)
    waits = Attempt.objects.filter(pk=attempt.pk, state__in=FAILED).last_of_each_payment()
    if not waits.exists():
        raise NotToDismiss(attempt)
    try:
        with transaction.atomic():
            handling = Handling.objects.create(
                organization_id=attempt.organization_id, attempt=attempt, reason=reason, by=by, at=now
            )
    except IntegrityError as error:
        raise NotToDismiss(attempt) from error
    _note("payment_dismissed", attempt, by, now, reason=reason)
    return handling


@transaction.atomic
def restore(*, handling: Handling, by: User, now: dt.datetime) -> bool:
    """Put a payment that was set aside back among those to handle; False when someone already did."""
    if not Handling.objects.filter(pk=handling.pk, undone_at=None).update(undone_at=now, undone_by=by):
        return False
    _note("payment_restored", handling.attempt, by, now)
    return True


def _note(verb: str, attempt: Attempt, by: User, now: dt.datetime, **more: str) -> None:
    payment = attempt.payment
    trail.record(
        organization=attempt.organization,
        client=payment.client,
        verb=verb,
        by=by,
        now=now,
        facts={"payment": payment.display_number, "amount": payment.amount, "currency": payment.currency, **more},
    )
