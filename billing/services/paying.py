"""One client pays one amount: by a saved method, or on the processor's page by a card typed there and not kept.

While the page is open its payment counts as on its way: nothing else charges the same debt, and the page is not opened
while something else does.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing.models import Attempt, Payment, PlannedAllocation
from billing.services import announcing, crediting, leaving, locking
from billing.services.numbering import take_numbers
from billing.services.parts import Items, Order, already_made, check_due, hold, oldest_items, under_way
from billing.services.settling import settle
from smartrec.errors import Refused
from wallet.models import Authorization
from wallet.processor import PageOrder, PageResult, Processor, ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import accounts
from wallet.services.customers import customer_for

# The shortest life the processor allows for its page.
OPEN_FOR = dt.timedelta(minutes=31)
LOOK_AGAIN_AFTER = dt.timedelta(minutes=5)
NEVER_OPENED_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Opened:
    """A payment that waits for its card, and the page where it is typed."""

    attempt: Attempt
    url: str


@transaction.atomic
def charge(
    *, client: Client, authorization: Authorization, order: Order, by: User, now: dt.datetime, by_holder: bool = False
) -> Payment:
    """Take what was ordered by a method the client lets this organization charge; the next sweep sends it.

    A bank account's holder who is there (`by_holder`) asks for this very debit. Without them, what their agreement
    announces is announced first, and where they authorize each debit there is none.

    Raises `Refused` when the method may not be charged, or when what is due is no longer what was shown.
    """
    attempt = _request(client, authorization, order, by, now, by_holder=by_holder)
    if not attempt.on_session:
        announcing.announce(attempt_ids=[attempt.pk], now=now)
    return attempt.payment


def open_page(
    *,
    client: Client,
    order: Order,
    by: User,
    now: dt.datetime,
    language: str,
    return_url: Callable[[int], str],
    cancel_url: str,
) -> Opened:
    """Open the processor's page for what was ordered: the card typed there pays this once and is not kept.

    Raises `Refused` when that is not due, or is being paid already.
    """
    with transaction.atomic():
        attempt = _request(client, None, order, by, now)
    processor = get_processor()
    try:
        page = processor.open_payment_page(_order(attempt, language, return_url, cancel_url, processor))
    except ProcessorUnavailable as problem:
        _abandon(attempt, now)
        told = [_("The payment processor does not answer. Nothing was charged; try again in a minute.")]
        if order.total < sum(part.amount for part in order.parts):
            told.append(_("The credit stays linked to the invoices."))
        raise Refused(" ".join(told)) from problem
    if not _mark_open(attempt, page.page, now):
        processor.expire_payment_page(page=page.page, processor_account=attempt.processor_account)
        _abandon(attempt, now)
        raise Refused(under_way())
    attempt.refresh_from_db()
    return Opened(attempt, page.url)


def _request(
    client: Client,
    authorization: Authorization | None,
    order: Order,
    by: User,
    now: dt.datetime,
    *,
    by_holder: bool = False,
) -> Attempt:
    """The payment, its first attempt and the debts it will settle, written while nobody else can claim these debts."""
    organization = client.organization
    kind = authorization.method.kind if authorization else "card"
    # Sent twice at once, the second finds what the first has made.
    accounts.hold(organization=organization)
    locking.hold(clients=[client.pk])
    if known := already_made(client, order, kind, order.total):
        if authorization is None:
            raise Refused(under_way())
        return known.attempts.latest("number")
    items = _items(client, order, by, now)
    _check_method(client, authorization, by_holder=by_holder)
    accounts.hold_for_charging(organization=organization)
    account = authorization.processor_account if authorization else organization.processor_account
    payment = _payment(client, kind, account, order, by, now)
    PlannedAllocation.objects.bulk_create(
        [PlannedAllocation(payment=payment, item_id=item, amount=part) for item, part in items]
    )
    _record(payment, by, now)
    return Attempt.objects.create(
        organization=organization,
        payment=payment,
        method=authorization.method if authorization else None,
        authorization=authorization,
        processor_account=account,
        # The bank asks the holder of a card itself, where it wants to.
        on_session=by_holder and kind == "bank",
        created_by=by,
        created_at=now,
    )


def _payment(client: Client, kind: str, account: str, order: Order, by: User, now: dt.datetime) -> Payment:
    organization, notes = client.organization, order.notes
    return Payment.objects.create(
        organization=organization,
        client=client,
        number=take_numbers(organization=organization, document="payment", count=1),
        kind=kind,
        amount=order.total,
        currency=organization.currency,
        note=notes.note,
        details=notes.details,
        internal_note=notes.internal_note,
        reconcile=order.reconcile,
        email_receipt=order.email_receipt,
        key=order.key,
        processor_account=account,
        created_by=by,
        created_at=now,
    )


def _items(client: Client, order: Order, by: User, now: dt.datetime) -> Items:
    on = client.organization.local_day(now)
    if not order.parts:
        hold(client)
        return oldest_items(client, order.total, on)
    items = crediting.hold_and_use(client=client, order=order, by=by, now=now)
    if sum(part for _item, part in items) != order.total:
        raise Refused(_("The total changed meanwhile. Look at it, then confirm again."))
    check_due(client, order.total, on)
    return items


def _check_method(client: Client, authorization: Authorization | None, *, by_holder: bool) -> None:
    if authorization is None:
        return
    if authorization.debit_schedule == "sporadic" and not by_holder:
        raise Refused(_("The client authorizes each debit of this account: ask them to pay online."))
    if authorization.notice_days and not by_holder and not client.account.email:
        raise Refused(_("The debit must be announced and this client has no email address: nothing was started."))
    usable = Authorization.objects.for_organization(client.organization).chargeable()
    if not usable.filter(pk=authorization.pk, client=client).exists():
        raise Refused(_("This payment method may no longer be charged."))


def _record(payment: Payment, by: User, now: dt.datetime) -> None:
    trail.record(
        organization=payment.organization,
        client=payment.client,
        verb="payment_requested",
        by=by,
        now=now,
        facts={"payment": payment.display_number, "amount": payment.amount, "currency": payment.currency},
    )


def _order(
    attempt: Attempt, language: str, return_url: Callable[[int], str], cancel_url: str, processor: Processor
) -> PageOrder:
    payment = attempt.payment
    account = payment.processor_account
    return PageOrder(
        key=f"pg:{attempt.key}",
        processor_account=account,
        amount=payment.amount,
        currency=payment.currency,
        customer=customer_for(account=payment.client.account, processor_account=account, processor=processor),
        rails=("card",),
        description=f"{payment.organization.name} {payment.display_number}",
        metadata={"organization": str(payment.organization_id), "payment": str(payment.pk), "key": str(payment.key)},
        language=language,
        return_url=return_url(payment.pk),
        cancel_url=cancel_url,
        expires_at=attempt.created_at + OPEN_FOR,
    )


@transaction.atomic
def _mark_open(attempt: Attempt, page: str, now: dt.datetime) -> bool:
    """From here on money may come by the page; False when another payment of the same debt left or came meanwhile."""
    if leaving.standing(attempt):
        return False
    facts: dict[str, Any] = {"processor_page": page, "sent_at": now, "lease_until": now + LOOK_AGAIN_AFTER}
    return bool(Attempt.objects.filter(pk=attempt.pk).move("sent", **facts))


def _abandon(attempt: Attempt, now: dt.datetime) -> None:
    """Nobody was sent to the page, so nobody can pay on it."""
    Attempt.objects.filter(pk=attempt.pk, state="created").move("cancelled", settled_at=now)


def finish_page(*, attempt: Attempt, now: dt.datetime) -> Attempt:
    """Book what was paid on the page, even one we had given up. The way back, its news and the sweep all end here."""
    if attempt.state in ("sent", "cancelled") and attempt.processor_page:
        found = get_processor().read_payment_page(
            page=attempt.processor_page, processor_account=attempt.processor_account
        )
        _keep(attempt, found, now)
    attempt.refresh_from_db()
    return attempt


def close_page(*, attempt: Attempt, now: dt.datetime) -> Attempt:
    """Nobody will pay on this page any more, unless they already have."""
    if attempt.state == "sent" and attempt.processor_page:
        found = get_processor().expire_payment_page(
            page=attempt.processor_page, processor_account=attempt.processor_account
        )
        _keep(attempt, found, now)
    attempt.refresh_from_db()
    return attempt


@transaction.atomic
def _keep(attempt: Attempt, found: PageResult, now: dt.datetime) -> None:
    mine = Attempt.objects.filter(pk=attempt.pk)
    if found.state == "expired":
        mine.filter(state="sent").move("cancelled", settled_at=now, lease_until=None)
    elif found.state == "complete" and found.outcome is not None:
        Payment.objects.filter(pk=attempt.payment_id, processor_payment="").update(processor_payment=found.payment)
        mine.update(instrument=found.instrument[:60])
        settle({attempt.pk: found.outcome}, now=now)


def finish_pages(*, now: dt.datetime, limit: int = 100) -> int:
    """Pages whose visitor never came back, and payments whose page was never opened; the answer is how many ended."""
    on_pages = Attempt.objects.filter(authorization=None)
    never_opened = on_pages.filter(state="created", created_at__lt=now - NEVER_OPENED_AFTER)
    ended = never_opened.move("cancelled", settled_at=now)
    for attempt in on_pages.filter(state="sent", lease_until__lt=now).order_by("lease_until")[:limit]:
        if Attempt.objects.filter(pk=attempt.pk, lease_until=attempt.lease_until).update(
            lease_until=now + LOOK_AGAIN_AFTER
        ):
            ended += _ended(attempt, now)
    return ended


def _ended(attempt: Attempt, now: dt.datetime) -> bool:
    try:
        return finish_page(attempt=attempt, now=now).state != "sent"
    except ProcessorUnavailable:
        return False
