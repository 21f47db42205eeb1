"""What billing has confirmed and not sent yet, by the saved method it will charge: shown in the wallet, and moved."""

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from billing.models import Attempt, Payment
from billing.services import announcing
from wallet.models import Authorization, PaymentMethod
from wallet.services.planned import PlannedPayment

WORDS = 120


def planned(method: PaymentMethod, organization: Organization | None = None) -> list[PlannedPayment]:
    """Payments that wait to be taken by this method: of a run that is running or paused, or to be tried again."""
    waiting = Attempt.objects.filter(method=method, state="created").select_related("payment", "organization")
    waiting = waiting.prefetch_related("payment__planned_allocations__item")
    if organization is not None:
        waiting = waiting.filter(organization=organization)
    return [_in_words(attempt) for attempt in waiting.order_by("pk")]


def _in_words(attempt: Attempt) -> PlannedPayment:
    payment = attempt.payment
    for_what = dict.fromkeys(planned.item.description for planned in payment.planned_allocations.all())
    return PlannedPayment(
        what=", ".join(for_what)[:WORDS] or _("Payment %(number)s") % {"number": payment.display_number},
        organization=attempt.organization,
        amount=payment.amount,
        currency=payment.currency,
        on=attempt.organization.local_day(attempt.not_before) if attempt.not_before else None,
    )


def move(*, method: PaymentMethod, to: PaymentMethod, by: User | None, now: dt.datetime) -> None:
    """Try these payments by another method instead, in the caller's transaction.

    The payment stays the same one, so that it is taken once at most. What a worker holds at this moment, and what no
    permission covers in the payment's own account at the processor, is left: it is refused when it would be sent.
    """
    allowed = Authorization.objects.filter(method=to).exclude(state="revoked").order_by("pk")
    permissions = {(one.organization_id, one.processor_account): one for one in allowed}
    moved = []
    for attempt in _locked(method, now):
        permission = permissions.get((attempt.organization_id, attempt.processor_account))
        if permission is not None:
            moved += _move(attempt, permission, by, now)
    # A debit that was announced was announced from the other account.
    announcing.announce(attempt_ids=moved, now=now)


def _locked(method: PaymentMethod, now: dt.datetime) -> list[Attempt]:
    """Payments first, as everything else that locks both does."""
    mine = Attempt.objects.filter(method=method, state="created")
    payments = Payment.objects.filter(pk__in=mine.values("payment")).order_by("pk")
    list(payments.select_for_update(no_key=True).values_list("pk", flat=True))
    free = mine.filter(Q(lease_until=None) | Q(lease_until__lt=now))
    return list(free.select_related("payment").select_for_update(of=("self",)).order_by("pk"))


def _move(attempt: Attempt, permission: Authorization, by: User | None, now: dt.datetime) -> list[int]:
    """The new attempt's key, or nothing when it was no longer to be moved."""
    if not Attempt.objects.filter(pk=attempt.pk).move("cancelled", settled_at=now, reason="method_replaced"):
        return []
    next_one = Attempt.objects.create(
        organization_id=attempt.organization_id,
        payment_id=attempt.payment_id,
        number=attempt.number + 1,
        method_id=permission.method_id,
        authorization=permission,
        processor_account=attempt.processor_account,
        not_before=attempt.not_before,
        created_by=by,
        created_at=now,
    )
    return [next_one.pk]
