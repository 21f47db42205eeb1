"""Linking one payment or credit to invoice items by hand, and undoing it. No money moves: only what pays what."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, Trail, User
from accounts.services import trail
from billing.models import Allocation, Credit, InvoiceItem, Payment
from billing.planning import Debt
from billing.services import debts, locking, reconciling
from billing.services.parts import Items
from billing.services.reconciling import Link
from billing.services.sources import Source, sources_of
from smartrec.errors import Refused
from smartrec.money import format_money

Money = Payment | Credit


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many cents for each item, oldest first; `seen` is what was shown as left. `key` makes it happen once."""

    parts: Items
    seen: int
    key: uuid.UUID


def owed_by(client: Client, on: dt.date) -> list[Debt]:
    """What this client has left to pay, item by item in the order of the invoices, oldest first."""
    return debts.debts_of(organization=client.organization, client_ids=[client.pk], which="balance", on=on)


def free_of(money: Money) -> int:
    """What is left of a payment or a credit to link, in cents."""
    found = _source(money)
    return found.free if found else 0


@transaction.atomic
def link(*, money: Money, wanted: Wanted, by: User, now: dt.datetime) -> int:
    """Link a payment or a credit to these items; asked twice, it is done once and the second answer is nothing.

    Raises `Refused`, in words, when either side is worth less, is not this client's, or changed meanwhile.
    """
    client = _held(money, [item for item, _cents in wanted.parts])
    if was_done(client, wanted.key):
        return 0
    _check_source(money, wanted, client.organization.currency)
    _check_items(client, wanted.parts, client.organization.local_day(now))
    key = "payment_id" if isinstance(money, Payment) else "credit_id"
    links = [Link(item_id=item, amount=cents, **{key: money.pk}) for item, cents in wanted.parts]
    reconciling.link(links, now=now)
    _record("linked", money, wanted.parts, by, now, key=str(wanted.key))
    return sum(cents for _item, cents in wanted.parts)


@transaction.atomic
def unlink(*, money: Money, links: Sequence[int] | None = None, by: User, now: dt.datetime) -> int:
    """Undo these links of a payment or credit, or all of them: the items are owed again, the money is free again.

    The answer is what was unlinked, in cents: nothing when somebody already has. Raises `Refused` for what a credit
    cancelled or gave up itself: that stands until the credit is voided.
    """
    mine = money.allocations.all() if links is None else money.allocations.filter(pk__in=links)
    _held(money, list(mine.values_list("item", flat=True)))
    found = _undoable(money, list(mine.order_by("pk")), every=links is None)
    Allocation.objects.filter(pk__in=[one.pk for one in found]).delete()
    if found:
        _record("unlinked", money, [(one.item_id, one.amount) for one in found], by, now)
    return sum(one.amount for one in found)


def _undoable(money: Money, links: list[Allocation], *, every: bool) -> list[Allocation]:
    """What was cancelled is not owed again, and a debt given up is no money that anybody could use or be handed."""
    if not isinstance(money, Credit):
        return links
    own = set(money.lines.values_list("item", flat=True))
    free = [link for link in links if money.kind != "write_off" and link.item_id not in own]
    if len(free) < len(links) and not (every and free):
        told = {"number": money.display_number}
        raise Refused(_("Credit %(number)s cancelled or gave up these items itself: to undo that, void it.") % told)
    return free


def _held(money: Money, items: Sequence[int]) -> Client:
    """Nobody else uses this money, or pays these items, until the transaction ends."""
    invoices = InvoiceItem.objects.filter(pk__in=items).values("invoice")
    locking.hold(
        clients=[money.client_id],
        payments=[money.pk] if isinstance(money, Payment) else (),
        credits=[money.pk] if isinstance(money, Credit) else (),
        invoices=invoices,
        items=list(items),
    )
    return Client.objects.select_related("organization").get(pk=money.client_id)


def was_done(client: Client, key: uuid.UUID) -> bool:
    """Whether the form of that key was sent before and its links were made."""
    return Trail.objects.filter(client=client, verb="linked", facts__key=str(key)).exists()


def _source(money: Money) -> Source | None:
    mine = (money.pk, None) if isinstance(money, Payment) else (None, money.pk)
    every = sources_of([money.client])
    return next((one for one in every if (one.payment_id, one.credit_id) == mine), None)


def _check_source(money: Money, wanted: Wanted, currency: str) -> None:
    free, asked = free_of(money), sum(cents for _item, cents in wanted.parts)
    told = {"number": money.display_number, "amount": format_money(free, currency)}
    if free != wanted.seen:
        raise Refused(_("%(number)s changed meanwhile: %(amount)s is left of it now. Nothing was linked.") % told)
    if not wanted.parts or any(cents <= 0 for _item, cents in wanted.parts):
        raise Refused(_("Enter an amount above zero for one item at least."))
    if asked > free:
        raise Refused(_("Only %(amount)s is left of %(number)s: nothing was linked.") % told)


def _check_items(client: Client, parts: Items, on: dt.date) -> None:
    owed = {debt.item_id: debt for debt in owed_by(client, on)}
    ids = [item for item, _cents in parts]
    known = InvoiceItem.objects.filter(pk__in=ids, invoice__client=client).select_related("invoice").in_bulk()
    for item_id, cents in parts:
        item, debt = known.get(item_id), owed.get(item_id)
        if item is None:
            raise Refused(_("One of these items is of another account: nothing was linked."))
        told = {"item": item.description, "number": item.invoice.display_number}
        if item.invoice.state == "void":
            raise Refused(_("Invoice %(number)s is void: nothing can be linked to it.") % told)
        if debt is None:
            raise Refused(_("“%(item)s” of invoice %(number)s was paid meanwhile: nothing was linked.") % told)
        if debt.busy:
            raise Refused(
                _("A payment on its way will pay “%(item)s” of invoice %(number)s: wait for it to end.") % told
            )
        if cents > debt.amount:
            left = format_money(debt.amount, client.organization.currency)
            raise Refused(
                _("Only %(left)s is left to pay of “%(item)s”, invoice %(number)s: nothing was linked.")
                % {**told, "left": left}
            )


def _record(verb: str, money: Money, parts: Items, by: User, now: dt.datetime, **more: str) -> None:
    items = InvoiceItem.objects.filter(pk__in=[item for item, _cents in parts]).select_related("invoice")
    numbers = sorted({item.invoice.display_number for item in items})
    trail.record(
        organization=money.organization,
        client=money.client,
        verb=verb,
        by=by,
        now=now,
        facts={
            "source": money.display_number,
            "invoices": ", ".join(numbers),
            "amount": sum(cents for _item, cents in parts),
            "currency": money.organization.currency,
            **more,
        },
    )
