"""Bank debits that come back: the debt is open again, and the account is not debited as if nothing had happened."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts.services import trail
from billing.models import Attempt
from billing.reasons import reason_for
from billing.services import locking, reconciling
from billing.services.booking import book
from messaging.services import outbox
from messaging.services.outbox import Letter
from wallet.models import PaymentMethod
from wallet.services import authorizing, disabling

# What a bank says of an account that takes no debit any more, or of a holder who allows none.
DEAD, FORBIDDEN = "account_closed", "authorization_withdrawn"
MOST_RETURNS = 2
RELATED = ("payment__client__account", "payment__organization", "method__account", "authorization__method__account")


@transaction.atomic
def take_back(*, attempt: Attempt, code: str, now: dt.datetime) -> bool:
    """A debit that had succeeded was returned by the bank; False when that was known.

    The agreement ends with it: https://docs.stripe.com/payments/ach-direct-debit (a disputed debit invalidates its
    mandate).
    """
    payment = attempt.payment
    locking.hold(clients=[payment.client_id], payments=[payment.pk], attempts=[attempt.pk])
    facts = {"settled_at": now, "code": code[:60], "reason": reason_for(code).key, "advice": ""}
    if not Attempt.objects.filter(pk=attempt.pk).move("returned", **facts):
        return False
    attempt = Attempt.objects.select_related(*RELATED).get(pk=attempt.pk)
    payment = attempt.payment
    book(payment=payment, reference=f"attempt/{attempt.pk}/returned", kind="return", amount=payment.amount, now=now)
    reconciling.release(payment=payment, keep=0, now=now)
    _hold_method(attempt)
    _withdraw(attempt, now)
    if attempt.reason == DEAD or _returns_of(attempt) >= MOST_RETURNS:
        _disable(attempt, now)
    trail.record(
        organization=payment.organization,
        client=payment.client,
        verb="payment_returned",
        by=None,
        now=now,
        facts={"payment": payment.display_number, "amount": payment.amount, "currency": payment.currency},
    )
    outbox.write_many(_letters(attempt))
    return True


def stop_using(attempts: Iterable[Attempt], *, now: dt.datetime) -> None:
    """Debits refused before they settled: a dead account is tried no more, a forbidden one loses its permission."""
    refused = [a.pk for a in attempts if a.state == "declined" and a.reason in (DEAD, FORBIDDEN)]
    if not refused:
        return  # an empty query costs as much to put together as a full one
    for attempt in Attempt.objects.filter(pk__in=refused, method__kind="bank").select_related(*RELATED).order_by("pk"):
        if attempt.reason == DEAD:
            _disable(attempt, now)
        else:
            _withdraw(attempt, now)


def _hold_method(attempt: Attempt) -> None:
    """Several organizations may debit one account: of two returns at once the second counts the first."""
    PaymentMethod.objects.select_for_update(no_key=True).filter(pk=attempt.method_id or 0).first()


def _returns_of(attempt: Attempt) -> int:
    return Attempt.objects.filter(method=attempt.method_id, state="returned").count()


def _withdraw(attempt: Attempt, now: dt.datetime) -> None:
    if attempt.authorization is not None:
        authorizing.withdraw(authorization=attempt.authorization, by=None, now=now)


def _disable(attempt: Attempt, now: dt.datetime) -> None:
    if attempt.method is not None:
        disabling.disable(method=attempt.method, reason=attempt.code, now=now)


def _letters(attempt: Attempt) -> list[Letter]:
    account, payment = attempt.payment.client.account, attempt.payment
    if not account.email:
        return []
    return [
        Letter(
            organization_id=payment.organization_id,
            client_id=payment.client_id,
            kind="payment_returned",
            key=f"attempt/{attempt.pk}/returned",
            to=account.email,
            language=account.language,
            facts={
                "payment": payment.display_number,
                "amount": payment.amount,
                "currency": payment.currency,
                "method": str(attempt.method or attempt.instrument),
                "reason": attempt.reason,
            },
        )
    ]
