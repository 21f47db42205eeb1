"""Trying a failed payment again, because a person asked for it."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import Attempt, DebitNotice, MassRun, Payment
from billing.models.payment import UNTAKEN
from billing.services import announcing, locking, paid_first
from billing.services.refused_methods import may_retry
from wallet.models import Authorization
from wallet.rules import Answer, Presented, may_present_again

# What went to a bank, whatever came of it.
PRESENTED = ["sent", "pending", "succeeded", "declined", "returned"]


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
        locking.hold(payments=[payment.pk])
        last = payment.attempts.select_related("authorization__method").latest("number")
        chosen = authorization or last.authorization
        if chosen is None:
            raise CannotRetry(payment, "no_authorization")
        bank = _bank_rule(payment, chosen, now)
        refusal = _refusal(payment, last, chosen, bank) or ("run_undone" if of_an_undone_run(payment) else "")
        if refusal:
            raise CannotRetry(payment, refusal)
        try:
            with transaction.atomic():
                attempt = _next_attempt(payment, last, chosen, by, now)
        except IntegrityError as error:
            raise CannotRetry(payment, "under_way") from error
        if _must_announce(payment, last, chosen):
            announcing.announce(attempt_ids=[attempt.pk], now=now)
        trail.record(
            organization=payment.organization,
            client=payment.client,
            verb="payment_retried",
            by=by,
            now=now,
            facts={
                "payment": payment.display_number,
                "amount": payment.amount,
                "currency": payment.currency,
                **({"rule": bank.rule} if bank else {}),
            },
        )
    return attempt


def of_an_undone_run(payment: Payment) -> bool:
    """Whether the payment's run was undone. In the transaction that tries it again: until its end nobody undoes it."""
    if payment.run_id is None:
        return False
    return MassRun.objects.select_for_update(no_key=True).get(pk=payment.run_id).is_undone


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


def _bank_rule(payment: Payment, chosen: Authorization, now: dt.datetime) -> Answer | None:
    """What the rule of a bank account's rail says, by everything this payment presented to a bank before; a card's
    rules never decide about a bank account. None for a card."""
    if chosen.method.kind != "bank":
        return None
    tried = payment.attempts.filter(method__kind="bank", sent_at__isnull=False, state__in=PRESENTED)
    before = [
        Presented(method=pk, rail=rail, on=payment.organization.local_day(sent_at or now), code=code)
        for pk, rail, sent_at, code in tried.values_list("method", "method__rail", "sent_at", "code")
    ]
    return may_present_again(chosen.method_id, chosen.method.rail, before, payment.organization.local_day(now))


def _must_announce(payment: Payment, last: Attempt, chosen: Authorization) -> bool:
    """A debit nobody was told of, or told of another account or amount; what was announced and came back was told."""
    if not announcing.days_before(payment=payment, permission=chosen):
        return False
    same = chosen.method_id == last.method_id and last.reason != "not_announced"
    return not (same and DebitNotice.objects.filter(payment=payment, amount=payment.amount).exists())


def _refusal(payment: Payment, last: Attempt, chosen: Authorization, bank: Answer | None) -> str:
    if last.state not in UNTAKEN or paid_first.done_again(payment):
        return why_not(last)
    if forbidden := _forbidden(payment, last, chosen, bank):
        return forbidden
    if not Authorization.objects.filter(pk=chosen.pk).chargeable().exists():
        return "authorization_withdrawn"
    if chosen.processor_account != payment.processor_account:
        return "other_account"
    owed = payment.planned_allocations.select_related("item__invoice")
    if any(p.item.invoice.state != "issued" or p.item.balance < p.amount for p in owed):
        return "already_paid"
    return ""


def why_not(last: Attempt) -> str:
    """Why a payment whose last try did not fail is not tried again."""
    if last.state == "cancelled":
        return last.reason if last.reason == "stopped" else "cancelled"
    return "under_way" if last.state != "returned" else "returned"


def _forbidden(payment: Payment, last: Attempt, chosen: Authorization, bank: Answer | None) -> str:
    """What the rails and the holder's own agreement say against this method, or a cancellation against any."""
    if last.reason == "cancelled":
        return last.reason
    if bank is None:
        return last.reason if chosen.method_id == last.method_id and not may_retry(last) else ""
    if bank.refusal:
        return bank.refusal
    if chosen.debit_schedule == "sporadic":
        return "asks_each_time"
    told = payment.client.account.email or not announcing.days_before(payment=payment, permission=chosen)
    return "" if told else "cannot_be_told"


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
