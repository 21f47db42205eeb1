"""Linking payments and credits to the invoice items they pay, under locks taken in one order."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from billing.models import Allocation, Payment, PlannedAllocation
from billing.services import locking

APPLY_PLANNED = """
INSERT INTO billing_allocation (payment_id, item_id, amount, created_at)
SELECT payment_id, item_id, LEAST(amount, room - (upto - amount)), %(now)s
FROM (
  SELECT a.payment_id, a.item_id, a.amount, i.total - i.allocated AS room,
         SUM(a.amount) OVER (PARTITION BY a.item_id ORDER BY a.payment_id) AS upto
  FROM billing_plannedallocation a JOIN billing_invoiceitem i ON i.id = a.item_id
  JOIN billing_invoice v ON v.id = i.invoice_id AND v.state = 'issued'
  WHERE a.payment_id = ANY(%(ids)s)
) d WHERE room - (upto - amount) > 0
ON CONFLICT (payment_id, item_id) DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class Link:
    """So many cents of a payment, or of a credit, for an invoice item."""

    item_id: int
    amount: int
    payment_id: int | None = None
    credit_id: int | None = None


@transaction.atomic
def link(links: Sequence[Link], *, now: dt.datetime) -> None:
    """Write links; one that is there already grows: it is written anew, for a link is never changed.

    The caller holds the locks. Raises `IntegrityError` when a side is worth less.
    """
    wanted = Counter[tuple[int | None, int | None, int]]()
    for one in links:
        wanted[one.payment_id, one.credit_id, one.item_id] += one.amount
    before = Allocation.objects.filter(item__in={one.item_id for one in links})
    grown = [old for old in before if (old.payment_id, old.credit_id, old.item_id) in wanted]
    wanted.update({(old.payment_id, old.credit_id, old.item_id): old.amount for old in grown})
    Allocation.objects.filter(pk__in=[old.pk for old in grown]).delete()
    Allocation.objects.bulk_create(
        Allocation(payment_id=payment, credit_id=credit, item_id=item, amount=amount, created_at=now)
        for (payment, credit, item), amount in wanted.items()
    )


@transaction.atomic
def apply_planned(*, payment_ids: Sequence[int], now: dt.datetime) -> None:
    """Link the payments to the items they were taken for, oldest payment first.

    An item paid some other way meanwhile takes only what it still owes: the rest stays on the payment, unreconciled.
    """
    payment_ids = sorted(payment_ids)
    planned = PlannedAllocation.objects.filter(payment__in=payment_ids).values_list("item__invoice", "item")
    invoices, items = zip(*planned, strict=True) if planned else ((), ())
    locking.hold(payments=payment_ids, invoices=set(invoices), items=items)
    with connection.cursor() as cursor:
        cursor.execute(APPLY_PLANNED, {"ids": payment_ids, "now": now})


def left_of(payment: Payment) -> int:
    """What of a payment may pay invoices: not what was refunded, is held as a deposit or was taken back by a bank."""
    held = Payment.objects.values_list("held", flat=True).get(pk=payment.pk)
    refunded = payment.refunds.filter(state="succeeded").aggregate(cents=Sum("amount", default=0))["cents"]
    given = payment.desk_refund_parts.filter(refund__state="given").aggregate(cents=Sum("amount", default=0))["cents"]
    disputes = payment.disputes.all()
    if not disputes and payment.attempts.filter(state="returned").exists():
        return 0
    withdrawn = sum(dispute.amount for dispute in disputes if dispute.withdrawn)
    return max(0, payment.amount - held - refunded - given - withdrawn)


@transaction.atomic
def release(*, payment: Payment, keep: int, now: dt.datetime) -> None:
    """Unlink a payment until no more than `keep` is linked, newest links first: those invoices are owed again."""
    links = Allocation.objects.filter(payment=payment)
    locking.hold(payments=[payment.pk], invoices=links.values("item__invoice"), items=links.values("item"))
    excess = sum(links.values_list("amount", flat=True)) - keep
    for link in links.order_by("-pk"):
        if excess <= 0:
            return
        link.delete()
        rest = link.amount - min(excess, link.amount)
        if rest:
            Allocation.objects.create(payment=payment, item_id=link.item_id, amount=rest, created_at=now)
        excess -= link.amount


@transaction.atomic
def relink(*, payment: Payment, now: dt.datetime) -> None:
    """Money that came back to the centre pays again what it was taken for, as far as that is still owed.

    What it pays by now, for whatever reason, it goes on paying.
    """
    planned = PlannedAllocation.objects.filter(payment=payment)
    locking.hold(payments=[payment.pk], invoices=planned.values("item__invoice"), items=planned.values("item"))
    if payment.reconcile:
        allocated = Payment.objects.values_list("allocated", flat=True).get(pk=payment.pk)
        pay_again(payment=payment, most=left_of(payment) - allocated, now=now)


def pay_again(*, payment: Payment, most: int, now: dt.datetime) -> None:
    """Link up to `most` cents to what the payment was taken for and is still owed. The caller holds the locks."""
    rest, links = most, []
    paid = dict(Allocation.objects.filter(payment=payment).values_list("item_id", "amount"))
    planned = PlannedAllocation.objects.filter(payment=payment, item__invoice__state="issued").select_related("item")
    for wanted in planned.order_by("pk"):
        missing = min(wanted.amount - paid.get(wanted.item_id, 0), wanted.item.balance, rest)
        if missing > 0:
            links.append(Link(payment_id=payment.pk, item_id=wanted.item_id, amount=missing))
            rest -= missing
    link(links, now=now)
