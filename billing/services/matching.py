"""Reconciling oldest to newest: what a client has paid or was granted is linked to what they owe. No money moves."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Client, Organization, User
from accounts.services import trail
from billing.models import Credit, MatchRun, Payment, Unreconciled
from billing.planning import Debt
from billing.services import crediting, debts, locking, reconciling
from billing.services.reconciling import Link
from billing.services.sources import Source, sources_of
from smartrec.errors import Refused

# So many accounts are held at once: a clerk who takes a payment meanwhile waits for a moment only.
BATCH = 100
# As many as are done while the person waits; more are left to the workers.
AT_ONCE = 300


@dataclass(frozen=True, kw_only=True)
class Matched:
    """What came of it: how many accounts something was linked in, how many links, for how much in cents."""

    accounts: int = 0
    links: int = 0
    amount: int = 0


def reconcilable(organization: Organization) -> QuerySet[Client]:
    """The accounts with money on one side and, on the other, an item that no payment on its way will pay."""
    every = Unreconciled.objects.for_organization(organization)
    paying = organization.clients.filter(pk__in=every.money().values("client"))
    return paying.filter(pk__in=every.items().filter(busy=False).values("client"))


def both_sides_of(client_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """What each of these accounts has to use and what it has to pay, in cents."""
    rows = Unreconciled.objects.filter(client__in=client_ids, busy=False).order_by()
    money = Sum("rest", filter=~Q(kind="item"), default=0)
    sums = rows.values("client").annotate(money=money, owed=Sum("rest", filter=Q(kind="item"), default=0))
    found = {row["client"]: (row["money"], row["owed"]) for row in sums}
    return {pk: found.get(pk, (0, 0)) for pk in client_ids}


def plan(sources: Sequence[Source], owed: Sequence[Debt]) -> list[Link]:
    """Link each client's oldest money to their oldest items, until one side has nothing left.

    Both come oldest first; what a payment on its way will pay is left alone.
    """
    money: dict[int, list[Source]] = defaultdict(list)
    for source in sources:
        money[source.client_id].append(source)
    items: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for debt in owed:
        if not debt.busy:
            items[debt.client_id].append((debt.item_id, debt.amount))
    return [link for client in money if client in items for link in crediting.spread(money[client], items[client])[0]]


def preview(client: Client, *, on: dt.date) -> list[Link]:
    """The links that would be made now."""
    owed = debts.debts_of(organization=client.organization, client_ids=[client.pk], which="balance", on=on)
    return plan(sources_of([client]), owed)


@transaction.atomic
def match(
    *, organization: Organization, client_ids: Collection[int], by: User, now: dt.datetime, seen: int | None = None
) -> Matched:
    """Reconcile these accounts, oldest to newest, all or none. Done again, it finds nothing left to do.

    `seen` is what the person was shown as the total: when it is another by now, nothing is linked.
    """
    hold(client_ids)
    clients = list(Client.objects.for_organization(organization).filter(pk__in=client_ids))
    on = organization.local_day(now)
    owed = debts.debts_of(organization=organization, client_ids=[one.pk for one in clients], which="balance", on=on)
    found = sources_of(clients)
    links = plan(found, owed)
    if links and seen is not None and sum(link.amount for link in links) != seen:
        raise Refused(_("This account changed meanwhile: look at the links again. Nothing was linked."))
    reconciling.link(links, now=now)
    of_client = _by_client(links, owed)
    _record(organization, of_client, by, now)
    return Matched(accounts=len(of_client), links=len(links), amount=sum(link.amount for link in links))


def hold(client_ids: Collection[int]) -> None:
    """Nobody else takes or uses the money of these clients, or pays their invoices, until the transaction ends."""
    left = F("allocated") + F("refunded") + F("held")
    unpaid = Unreconciled.objects.items().filter(client__in=client_ids)
    locking.hold(
        clients=list(client_ids),
        payments=Payment.objects.filter(client__in=client_ids, amount__gt=left).values("pk"),
        credits=Credit.objects.filter(client__in=client_ids).with_free().values("pk"),
        invoices=unpaid.values("invoice"),
        items=unpaid.values("item"),
    )


def _by_client(links: Sequence[Link], owed: Sequence[Debt]) -> dict[int, Matched]:
    client_of = {debt.item_id: debt.client_id for debt in owed}
    told: dict[int, Matched] = {}
    for link in links:
        before = told.get(client_of[link.item_id], Matched())
        told[client_of[link.item_id]] = Matched(links=before.links + 1, amount=before.amount + link.amount)
    return told


def _record(organization: Organization, told: dict[int, Matched], by: User, now: dt.datetime) -> None:
    facts = [
        (client, {"links": one.links, "amount": one.amount, "currency": organization.currency})
        for client, one in told.items()
    ]
    trail.record_many(organization=organization, verb="account_reconciled", by=by, now=now, told=facts)


def start(
    *, organization: Organization, client_ids: Collection[int], key: uuid.UUID, by: User, now: dt.datetime
) -> MatchRun:
    """Write down which accounts are to be reconciled; asked twice with one key, it is one run."""
    ids = organization.clients.filter(pk__in=client_ids).order_by("pk").values_list("pk", flat=True)
    if MatchRun.objects.filter(key=key).exclude(organization=organization).exists():
        raise Refused(_("This form was sent already from elsewhere. Open the page again."))
    run, _new = MatchRun.objects.get_or_create(
        key=key, organization=organization, defaults={"client_ids": list(ids), "created_by": by, "created_at": now}
    )
    return run


@transaction.atomic
def go_on(*, run: MatchRun, now: dt.datetime) -> bool:
    """Reconcile the next accounts of a run; False when another worker holds it, or nothing is left to do.

    What was done and how far the run is are written together: interrupted, it goes on exactly there.
    """
    mine = MatchRun.objects.unfinished().select_related("organization", "created_by").filter(pk=run.pk)
    held = mine.select_for_update(skip_locked=True, of=("self",)).first()
    if held is None:
        return False
    batch = held.client_ids[held.done : held.done + BATCH]
    came = match(organization=held.organization, client_ids=batch, by=held.created_by, now=now) if batch else Matched()
    held.done += len(batch)
    held.accounts += came.accounts
    held.links += came.links
    held.amount += came.amount
    held.ended_at = now if held.done == len(held.client_ids) else None
    held.save(update_fields=["done", "accounts", "links", "amount", "ended_at"])
    return held.ended_at is None
