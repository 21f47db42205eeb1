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
from billing.models import Attempt, InvoiceItem, Payment, PlannedAllocation
from billing.planning import Debt, up_to
from billing.services import debts, leaving
from billing.services.numbering import take_numbers
from billing.services.settling import settle
from smartrec.errors import Refused
from smartrec.money import format_money
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


def payable(*, client: Client, on: dt.date) -> int:
    """What this client can pay now, in cents: what is due and not already being paid."""
    return min(sum(one.amount for one in _free(client, on)), _owing(client))


def _free(client: Client, on: dt.date) -> list[Debt]:
    owed = debts.debts_of(organization=client.organization, client_ids=[client.pk], which="balance", on=on)
    return [debt for debt in owed if not debt.busy]


def _owing(client: Client) -> int:
    return max(debts.owing(organization=client.organization, client_ids=[client.pk])[client.pk], 0)


def pay_by_saved_method(
    *, client: Client, authorization: Authorization, amount: int, by: User, now: dt.datetime, note: str = ""
) -> Payment:
    """Take an amount in cents by a method the client lets this organization charge: what is oldest is paid first.

    It is sent by the next sweep. Raises `Refused` when the method may not be charged or that amount is not due.
    """
    with transaction.atomic():
        payment, _attempt = _request(client, authorization, amount, by, now, note)
    return payment


def open_page(
    *,
    client: Client,
    amount: int,
    by: User,
    now: dt.datetime,
    language: str,
    return_url: Callable[[int], str],
    cancel_url: str,
    note: str = "",
) -> Opened:
    """Open the processor's page for an amount in cents: the card typed there pays this once and is not kept.

    Raises `Refused` when that amount is not due, or is being paid already.
    """
    with transaction.atomic():
        payment, attempt = _request(client, None, amount, by, now, note)
    processor = get_processor()
    try:
        page = processor.open_payment_page(_order(payment, attempt, language, return_url, cancel_url, processor))
    except ProcessorUnavailable as problem:
        _abandon(attempt, now)
        raise Refused(
            _("The payment processor does not answer. Nothing was charged; try again in a minute.")
        ) from problem
    if not _mark_open(attempt, page.page, now):
        processor.expire_payment_page(page=page.page, processor_account=attempt.processor_account)
        _abandon(attempt, now)
        raise Refused(_under_way())
    attempt.refresh_from_db()
    return Opened(attempt, page.url)


def _request(
    client: Client, authorization: Authorization | None, amount: int, by: User, now: dt.datetime, note: str
) -> tuple[Payment, Attempt]:
    """The payment, its first attempt and the debts it will settle, written while nobody else can claim these debts."""
    organization = client.organization
    unpaid = InvoiceItem.objects.filter(invoice__client=client, invoice__state="issued")
    list(unpaid.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk"))
    items = _items(client, amount, organization.local_day(now))
    _check_method(client, authorization)
    accounts.hold_for_charging(organization=organization)
    account = authorization.processor_account if authorization else organization.processor_account
    payment = Payment.objects.create(
        organization=organization,
        client=client,
        number=take_numbers(organization=organization, document="payment", count=1),
        kind=authorization.method.kind if authorization else "card",
        amount=amount,
        currency=organization.currency,
        note=note,
        processor_account=account,
        created_by=by,
        created_at=now,
    )
    PlannedAllocation.objects.bulk_create(
        [PlannedAllocation(payment=payment, item_id=item, amount=part) for item, part in items]
    )
    attempt = Attempt.objects.create(
        organization=organization,
        payment=payment,
        method=authorization.method if authorization else None,
        authorization=authorization,
        processor_account=account,
        created_by=by,
        created_at=now,
    )
    _record(payment, by, now)
    return payment, attempt


def _items(client: Client, amount: int, on: dt.date) -> list[tuple[int, int]]:
    free = _free(client, on)
    most = min(sum(one.amount for one in free), _owing(client))
    if amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if amount > most:
        if not most:
            raise Refused(_under_way() if client.balance > 0 else _("Nothing is due."))
        shown = format_money(most, client.organization.currency)
        raise Refused(_("No more than %(amount)s can be paid now.") % {"amount": shown})
    return up_to([(debt.item_id, debt.amount) for debt in free], amount)


def _check_method(client: Client, authorization: Authorization | None) -> None:
    if authorization is None:
        return
    usable = Authorization.objects.for_organization(client.organization).chargeable()
    if not usable.filter(pk=authorization.pk, client=client).exists():
        raise Refused(_("This payment method may no longer be charged."))


def _under_way() -> str:
    return _("This balance is already being paid. Wait for that payment to end.")


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
    payment: Payment,
    attempt: Attempt,
    language: str,
    return_url: Callable[[int], str],
    cancel_url: str,
    processor: Processor,
) -> PageOrder:
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
    Attempt.objects.filter(pk=attempt.pk).move("cancelled", settled_at=now)


def finish_page(*, attempt: Attempt, now: dt.datetime) -> Attempt:
    """Book what was paid on the page. The way back, its news and the sweep all end here, in any order."""
    if attempt.state == "sent" and attempt.processor_page:
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
