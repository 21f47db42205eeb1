"""Rows held until the transaction ends, always in the one order, so that no two hands wait for each other."""

from collections.abc import Collection

from django.db.models import Model, QuerySet

from accounts.models import Client
from billing.models import Attempt, Credit, Invoice, InvoiceItem, Payment

Wanted = QuerySet | Collection[int]
# A client's balance, then what they gave and how it was taken, then what it pays.
ORDER: tuple[type[Model], ...] = (Client, Payment, Attempt, Credit, Invoice, InvoiceItem)


def hold(
    *,
    clients: Wanted = (),
    payments: Wanted = (),
    attempts: Wanted = (),
    credits: Wanted = (),
    invoices: Wanted = (),
    items: Wanted = (),
) -> None:
    """Lock these rows, each kind by its key: by ids, or by a query for ids that is asked when its turn comes."""
    wanted = (clients, payments, attempts, credits, invoices, items)
    for model, ids in zip(ORDER, wanted, strict=True):
        if keys := _keys(ids):
            rows = model._default_manager.filter(pk__in=keys).order_by("pk")
            list(rows.select_for_update(no_key=True).values_list("pk"))


def held_client(client: Client) -> Client:
    """Nobody else changes what this client owes until the transaction ends: first in the order, as they are now."""
    held = Client.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("organization", "account").get(pk=client.pk)


def _keys(ids: Wanted) -> Collection[int]:
    """Read before they are locked: as a part of the locking statement the planner may read everything many times."""
    return {key for row in ids for key in row.values() if key} if isinstance(ids, QuerySet) else ids
