"""Voiding invoices on which nothing is paid: they are taken back in the books and keep their numbers."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.models import Client, Organization, User
from billing import ledger
from billing.models import Entry, Invoice


@transaction.atomic
def void(*, organization: Organization, invoice_ids: Sequence[int], by: User, on: dt.date, now: dt.datetime) -> int:
    """Void those of the invoices on which nothing is paid, being paid or credited, and take them back in the books.

    The answer is how many were voided; the others keep standing.
    """
    locked = _locked(organization, invoice_ids)
    moved = Invoice.objects.filter(pk__in=locked, allocated=0).move("void", voided_at=now)
    references = [f"invoice/{pk}/issued" for pk in locked]
    entries = Entry.objects.filter(organization=organization, reference__in=references).values_list("pk", flat=True)
    ledger.reverse(entry_ids=list(entries), on=on, now=now, by_id=by.pk)
    return moved


def _locked(organization: Organization, invoice_ids: Sequence[int]) -> list[int]:
    """In the order of a payment that settles: the clients' balances first, then the invoices."""
    standing = Invoice.objects.for_organization(organization).filter(pk__in=invoice_ids, state="issued", allocated=0)
    clients = Client.objects.filter(pk__in=standing.values("client"))
    list(clients.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    untouched = standing.exclude(
        items__planned_allocations__payment__attempts__state__in=["created", "sent", "pending"]
    ).exclude(items__credited__gt=0)
    rows = Invoice.objects.filter(pk__in=untouched.values("pk"), state="issued", allocated=0).order_by("pk")
    return list(rows.select_for_update().values_list("pk", flat=True))
