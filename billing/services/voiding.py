"""Voiding invoices on which nothing is paid: they are taken back in the books and keep their numbers."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When

from accounts.models import Organization, User
from billing import ledger
from billing.models import Entry, Invoice, InvoiceItem, PlannedAllocation
from billing.services import earning, locking, periods


@transaction.atomic
def void(*, organization: Organization, invoice_ids: Sequence[int], by: User, on: dt.date, now: dt.datetime) -> int:
    """Void those of the invoices on which nothing is paid, being paid or credited, and take them back in the books.

    The answer is how many were voided; the others keep standing.
    """
    periods.check_open(organization=organization, on=on)
    locked = _locked(organization, invoice_ids)
    moved = Invoice.objects.filter(pk__in=locked, allocated=0).move("void", voided_at=now)
    earning.give_up(organization=organization, invoice_ids=locked, by=by, on=on, now=now)
    ledger.reverse(entry_ids=_entries(organization, locked), on=on, now=now, by_id=by.pk)
    return moved


def with_why_not(invoices: QuerySet[Invoice]) -> Any:
    """Each invoice with `stays`: why it cannot be voided; empty when it can."""
    under_way = PlannedAllocation.objects.filter(
        item__invoice=OuterRef("pk"), payment__attempts__state__in=["created", "sent", "pending"]
    )
    why = Case(
        When(state="void", then=Value("void")),
        When(written_off__gt=0, then=Value("written_off")),
        When(credited__gt=0, then=Value("credited")),
        When(allocated=F("total"), total__gt=0, then=Value("paid")),
        When(allocated__gt=0, then=Value("partly_paid")),
        When(Exists(under_way), then=Value("charging")),
        default=Value(""),
    )
    return invoices.annotate(stays=why)


def _entries(organization: Organization, invoice_ids: Sequence[int]) -> list[int]:
    """What told of these invoices in the books; a debt that a client brought along has a name of its own."""
    booked = Entry.objects.filter(organization=organization, kind="invoice")
    named = dict(booked.filter(reference__in=[_name(pk) for pk in invoice_ids]).values_list("reference", "pk"))
    brought = Invoice.objects.filter(pk__in=[pk for pk in invoice_ids if _name(pk) not in named], total__gt=0)
    clients = [f"opening/{client}" for client in brought.values_list("client_id", flat=True)]
    return [*named.values(), *booked.filter(reference__in=clients).values_list("pk", flat=True)]


def _name(invoice_id: int) -> str:
    return f"invoice/{invoice_id}/issued"


def _locked(organization: Organization, invoice_ids: Sequence[int]) -> list[int]:
    """In the order of a payment that settles: the clients' balances first, then the invoices."""
    standing = Invoice.objects.for_organization(organization).filter(pk__in=invoice_ids, state="issued", allocated=0)
    locking.hold(clients=standing.values("client"))
    untouched = standing.exclude(
        items__planned_allocations__payment__attempts__state__in=["created", "sent", "pending"]
    ).exclude(items__credited__gt=0)
    found = list(untouched.values_list("pk", flat=True).distinct())
    locking.hold(invoices=found, items=InvoiceItem.objects.filter(invoice__in=found).values("pk"))
    # Read again under the locks, and only among what is locked.
    return list(untouched.filter(pk__in=found).order_by("pk").values_list("pk", flat=True).distinct())
