"""Credit: what a client has paid and is linked to no invoice yet. Linking it moves no money."""

import datetime as dt
from collections import deque
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing.models import Allocation, Dispute, Payment
from billing.models.payment import RECEIVED_KINDS
from billing.services import parts as chosen
from billing.services.parts import Items, Order
from smartrec.errors import Refused


def credits_of(client: Client) -> QuerySet:
    """Payments of this client with money left, oldest first, each with its `free` cents.

    Only money that is here counts: nothing under way, refunded, about to be, or disputed by a bank.
    """
    payments: Any = Payment.objects.filter(client=client).with_state()
    here = payments.filter(Q(state="succeeded") | Q(state=None, kind__in=RECEIVED_KINDS))
    disputed = Dispute.objects.against_refunds().filter(payment=OuterRef("pk"))
    free = here.annotate(free=F("amount") - F("allocated") - F("refunded")).filter(~Exists(disputed), free__gt=0)
    return free.order_by("created_at", "pk")


def available(client: Client) -> int:
    """The credit this client can use now, in cents."""
    return sum(credits_of(client).values_list("free", flat=True))


@transaction.atomic
def settle(*, client: Client, order: Order, by: User, now: dt.datetime) -> int:
    """Pay the chosen invoices with the client's credit alone; the answer is how much of it was used, in cents."""
    rest = hold_and_use(client=client, order=order, by=by, now=now)
    if rest:
        raise Refused(_("The available credit changed meanwhile. Look at the total, then confirm again."))
    return sum(part.amount for part in order.parts)


def hold_and_use(*, client: Client, order: Order, by: User, now: dt.datetime) -> Items:
    """Lock what is chosen, use the credit if asked to, and give the items that remain to be paid."""
    held = list(credits_of(client).values_list("pk", flat=True)) if order.use_credit else []
    chosen.hold(client, held)
    items = chosen.items_of(client, order.parts, client.organization.local_day(now))
    return _use(client, held, items, by, now) if held else items


def _use(client: Client, held: Sequence[int], items: Items, by: User, now: dt.datetime) -> Items:
    """Link the oldest credit to the oldest items; the answer is what remains of the items."""
    money = deque(credits_of(client).filter(pk__in=held).values_list("pk", "free"))
    links: list[tuple[int, int, int]] = []
    rest: Items = []
    for item_id, amount in items:
        left = amount
        while left and money:
            payment_id, free = money.popleft()
            used = min(free, left)
            links.append((payment_id, item_id, used))
            left -= used
            if free > used:
                money.appendleft((payment_id, free - used))
        if left:
            rest.append((item_id, left))
    _link(links, now)
    if links:
        _record(client, sum(used for _payment, _item, used in links), by, now)
    return rest


def _link(links: Sequence[tuple[int, int, int]], now: dt.datetime) -> None:
    """A link is never changed: one that grows is written anew."""
    wanted = {(payment_id, item_id): amount for payment_id, item_id, amount in links}
    before = Allocation.objects.filter(
        payment__in={payment for payment, _item in wanted}, item__in={item for _payment, item in wanted}
    )
    for link in before:
        if (link.payment_id, link.item_id) in wanted:
            wanted[link.payment_id, link.item_id] += link.amount
            link.delete()
    Allocation.objects.bulk_create(
        Allocation(payment_id=payment, item_id=item, amount=amount, created_at=now)
        for (payment, item), amount in wanted.items()
    )


def _record(client: Client, amount: int, by: User, now: dt.datetime) -> None:
    trail.record(
        organization=client.organization,
        client=client,
        verb="credit_used",
        by=by,
        now=now,
        facts={"amount": amount, "currency": client.organization.currency},
    )
