"""What is unpaid of a mass invoice, credited: all or chosen invoices, each by a credit of its own or not at all."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Greatest, Least
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import trail
from billing.models import Credit, Invoice, InvoiceItem, MassRun, PlannedAllocation
from billing.services import cancelling, locking, telling
from billing.services.cancel_plans import Cancellation, Part
from billing.services.debts import ON_ITS_WAY
from billing.services.once import made_before
from billing.services.writing_credits import Terms
from smartrec.errors import Refused

# Each is a transaction of its own, done while somebody waits.
MOST = 100


@dataclass(kw_only=True)
class Credited:
    """What became of each invoice: its credit, made now or when the same form was sent before, or why it has none."""

    credits: list[Credit] = field(default_factory=list)
    made_now: list[Credit] = field(default_factory=list)
    refused: list[tuple[Invoice, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(credit.total for credit in self.credits)


def with_rest(invoices: QuerySet[Invoice]) -> Any:
    """Each invoice with `rest`, the cents of it that nobody has paid or credited, and `stays`, why it has no credit
    here; empty when it can have one."""
    still = Least(F("total") - F("allocated"), F("total") - F("credited"))
    items = InvoiceItem.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
    rest = Subquery(items.annotate(cents=Sum(Greatest(still, 0))).values("cents"))
    under_way = PlannedAllocation.objects.filter(item__invoice=OuterRef("pk"), payment__attempts__state__in=ON_ITS_WAY)
    settled = Q(allocated__gte=F("total"))
    why = Case(
        When(state="void", then=Value("void")),
        When(settled, written_off__gt=0, then=Value("written_off")),
        When(settled & (Q(total=0) | Q(credited__lt=F("total"))), then=Value("paid")),
        When(settled | Q(rest=0), then=Value("credited_whole")),
        When(Exists(under_way), then=Value("charging")),
        default=Value(""),
    )
    # Only of what is not settled its items are looked at: there may be a hundred thousand.
    of_items = Case(When(settled | Q(state="void"), then=Value(0)), default=rest, output_field=BigIntegerField())
    return invoices.annotate(rest=of_items).annotate(stays=why)


def credit_rest(*, run: MassRun, shown: Mapping[int, int], terms: Terms, by: User, now: dt.datetime) -> Credited:
    """Credit the unpaid rest of these invoices of the run, `shown` by invoice in cents, to their clients.

    One that was paid, credited or charged since is left alone, and why is in the answer. The key of the terms makes
    one credit of each invoice, however often it is asked for.
    """
    done = Credited()
    found = Invoice.objects.filter(run=run, pk__in=shown).select_related("client", "organization")
    for invoice in found.order_by("number"):
        try:
            credit, is_new = _credit(invoice, shown[invoice.pk], terms, by, now)
        except Refused as refusal:
            done.refused.append((invoice, str(refusal)))
            continue
        done.credits.append(credit)
        done.made_now += [credit] if is_new else []
    if done.made_now:
        _tell(run, done, terms, by, now)
    return done


@transaction.atomic
def _credit(invoice: Invoice, shown: int, terms: Terms, by: User, now: dt.datetime) -> tuple[Credit, bool]:
    """The credit of one invoice, and whether it is new."""
    client = locking.held_client(invoice.client)
    key = uuid.uuid5(terms.key, str(invoice.pk))
    if known := made_before(Credit.objects.all(), key=key, client=client):
        return known, False
    parts = _parts(invoice)
    if sum(part.amount for part in parts) != shown or invoice.state != "issued":
        raise Refused(_("Paid, credited or voided since you opened the page."))
    asked = Cancellation(terms=replace(terms, key=key), parts=parts, refunds={})
    return cancelling.cancel(invoice=invoice, cancellation=asked, one_of_many=True, by=by, now=now), True


def _parts(invoice: Invoice) -> list[Part]:
    """What of each item is unpaid, as it is now."""
    invoice.refresh_from_db(fields=["state"])
    rests = [
        (item.pk, min(item.balance, item.total - item.credited), item.total - item.credited)
        for item in invoice.items.order_by("position")
    ]
    return [Part(item_id=pk, amount=rest, seen=room) for pk, rest, room in rests if rest > 0]


def _tell(run: MassRun, done: Credited, terms: Terms, by: User, now: dt.datetime) -> None:
    """One line of the trail, and one letter to the office, for all of them."""
    total = sum(credit.total for credit in done.made_now)
    facts = {"run": run.display_number, "count": len(done.made_now), "total": total}
    with transaction.atomic():
        trail.record(organization=run.organization, verb="invoices_credited", by=by, now=now, facts=facts)
        telling.tell_office(
            organization=run.organization,
            act="invoices_credited",
            key=f"run/{run.pk}/{terms.key}",
            number=run.display_number,
            amount=total,
            by=by,
            path=reverse("bulk-invoice", args=[run.organization.slug, run.pk]),
            reason=terms.description,
        )
