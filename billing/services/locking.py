"""Rows held until the transaction ends, always in the one order, so that no two hands wait for each other."""

from collections.abc import Collection

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.transaction import TransactionManagementError

from accounts.models import Client
from billing.models import Attempt, Credit, Invoice, InvoiceItem, Payment

Wanted = QuerySet | Collection[int]
# A client's balance, then what they gave and how it was taken, then what it pays.
ORDER: tuple[type[Model], ...] = (Client, Payment, Attempt, Credit, Invoice, InvoiceItem)


def lock(model: type[Model], keys: str) -> str:
    """The statement that holds the rows of a kind whose ids are in the parameter of that name."""
    return f"SELECT 1 FROM {model._meta.db_table} WHERE id = ANY(%({keys})s) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


def hold(
    *,
    clients: Wanted = (),
    payments: Wanted = (),
    attempts: Wanted = (),
    credits: Wanted = (),
    invoices: Wanted = (),
    items: Wanted = (),
) -> None:
    """Lock these rows, each kind by its key: by ids, or by a query for ids that is asked when its turn comes. Raises
    `TransactionManagementError` outside a transaction, where nothing would be held."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("rows are held until the transaction ends, and there is none")
    wanted = (clients, payments, attempts, credits, invoices, items)
    for model, ids in zip(ORDER, wanted, strict=True):
        if keys := _keys(ids):
            with connection.cursor() as cursor:
                # Some eight times for each handful of payments: Django's own would take longer to put together.
                cursor.execute(lock(model, "keys"), {"keys": list(keys)})


def held_client(client: Client) -> Client:
    """Nobody else changes what this client owes until the transaction ends: first in the order, as they are now."""
    held = Client.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("organization", "account").get(pk=client.pk)


def _keys(ids: Wanted) -> Collection[int]:
    """Read before they are locked: as a part of the locking statement the planner may read everything many times."""
    return {key for row in ids for key in row.values() if key} if isinstance(ids, QuerySet) else ids
