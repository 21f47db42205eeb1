"""Money that just came in, linked to what it was received for; whoever calls holds the client and what is linked."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection

PLANNED = """
INSERT INTO billing_plannedallocation (payment_id, item_id, amount)
SELECT * FROM unnest(%(payments)s::bigint[], %(items)s::bigint[], %(amounts)s::bigint[])
"""
LINKED = """
INSERT INTO billing_allocation (payment_id, item_id, amount, created_at)
SELECT d.payment_id, d.item_id, d.amount, %(now)s
FROM unnest(%(payments)s::bigint[], %(items)s::bigint[], %(amounts)s::bigint[]) AS d(payment_id, item_id, amount)
"""


def write(links: Sequence[tuple[int, int, int]], *, reconcile: bool, now: dt.datetime) -> None:
    """Write (payment, item, cents) as what the money was received for and, with `reconcile`, as what it pays."""
    if not links:
        return
    payments, items, amounts = (list(column) for column in zip(*links, strict=True))
    params: dict[str, Any] = {"payments": payments, "items": items, "amounts": amounts, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(PLANNED, params)
        if reconcile:
            cursor.execute(LINKED, params)
