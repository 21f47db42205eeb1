"""Linking payments to the invoice items they pay. One function writes links, under locks taken in one order."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction

from billing.models import Invoice, InvoiceItem, Payment, PlannedAllocation

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


@transaction.atomic
def apply_planned(*, payment_ids: Sequence[int], now: dt.datetime) -> None:
    """Link the payments to the items they were taken for, oldest payment first.

    An item paid some other way meanwhile takes only what it still owes: the rest stays on the payment, unreconciled.
    """
    payment_ids = sorted(payment_ids)
    planned = PlannedAllocation.objects.filter(payment__in=payment_ids)
    list(Payment.objects.filter(pk__in=payment_ids).order_by("pk").select_for_update().values_list("pk"))
    list(
        Invoice.objects.filter(pk__in=planned.values("item__invoice"))
        .order_by("pk")
        .select_for_update()
        .values_list("pk")
    )
    list(InvoiceItem.objects.filter(pk__in=planned.values("item")).order_by("pk").select_for_update().values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(APPLY_PLANNED, {"ids": payment_ids, "now": now})
