"""Using credit: what a client has paid or was granted, and is linked to no invoice yet. Linking it moves no money."""

import datetime as dt
from collections import deque

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing.services import parts as chosen
from billing.services import reconciling
from billing.services.parts import Items, Order
from billing.services.reconciling import Link
from billing.services.sources import Source, sources_of
from smartrec.errors import Refused


@transaction.atomic
def settle(*, client: Client, order: Order, by: User, now: dt.datetime) -> int:
    """Pay the chosen invoices with the client's credit alone; the answer is how much of it was used, in cents."""
    rest = hold_and_use(client=client, order=order, by=by, now=now)
    if rest:
        raise Refused(_("The available credit changed meanwhile. Look at the total, then confirm again."))
    return sum(part.amount for part in order.parts)


def hold_and_use(*, client: Client, order: Order, by: User, now: dt.datetime) -> Items:
    """Lock what is chosen, use the credit if asked to, and give the items that remain to be paid."""
    held = sources_of([client]) if order.use_credit else []
    chosen.hold(client, held)
    items = chosen.items_of(client, order.parts, client.organization.local_day(now))
    return _use(client, held, items, by, now) if held else items


def _use(client: Client, held: list[Source], items: Items, by: User, now: dt.datetime) -> Items:
    """Link the oldest credit to the oldest items; the answer is what remains of the items."""
    known = {(source.payment_id, source.credit_id) for source in held}
    still_here = [source for source in sources_of([client]) if (source.payment_id, source.credit_id) in known]
    links, rest = spread(still_here, items)
    reconciling.link(links, now=now)
    if links:
        facts = {"amount": sum(one.amount for one in links), "currency": client.organization.currency}
        trail.record(organization=client.organization, client=client, verb="credit_used", by=by, now=now, facts=facts)
    return rest


def spread(sources: list[Source], items: Items) -> tuple[list[Link], Items]:
    """Link the first source to the first items, and so on; the answer is the links and what remains of the items."""
    money = deque((source, source.free) for source in sources)
    links: list[Link] = []
    rest: Items = []
    for item_id, amount in items:
        left = amount
        while left and money:
            source, free = money.popleft()
            used = min(free, left)
            links.append(Link(payment_id=source.payment_id, credit_id=source.credit_id, item_id=item_id, amount=used))
            left -= used
            if free > used:
                money.appendleft((source, free - used))
        if left:
            rest.append((item_id, left))
    return links, rest
