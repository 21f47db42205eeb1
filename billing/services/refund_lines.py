"""The lines of a mass refund: what of each payment can go back, and why nothing of the others can."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count

from billing.models import MassRun, Refund
from billing.services.refunding import BANK_REFUNDS_WITHIN

# Left out after the review, because of what happened since.
SINCE_REVIEW = "since_review"

# Why nothing of a payment can go back, many payments at once: the same answers, in the same order, as
# `refunding.refusal` gives for one. A card that has expired or left the wallet is refunded all the same.
STANDING = """
SELECT p.id AS payment_id, p.number, p.client_id, p.person_id, p.amount, p.amount - p.refunded AS rest, t.method_id,
  CASE WHEN t.id IS NULL THEN 'at_the_desk'
    WHEN t.state IN ('created', 'sent') THEN 'under_way'
    WHEN t.state = 'pending' THEN 'still_processing'
    WHEN t.state = 'returned' THEN 'returned'
    WHEN t.state <> 'succeeded' THEN 'not_taken'
    WHEN EXISTS (SELECT 1 FROM billing_dispute d WHERE d.payment_id = p.id AND (d.closed_at IS NULL OR d.withdrawn))
      THEN 'disputed'
    WHEN EXISTS (SELECT 1 FROM billing_refund f WHERE f.payment_id = p.id AND f.state = 'sent') THEN 'unanswered'
    WHEN m.kind = 'bank' AND t.sent_at < %(oldest)s THEN 'too_late'
    WHEN p.refunded >= p.amount THEN 'all_refunded'
    ELSE '' END AS refused,
  m.status <> 'active' OR (m.exp_year, m.exp_month) < (%(year)s, %(month)s) AS method_gone
FROM billing_payment p
LEFT JOIN LATERAL (SELECT a.id, a.state, a.sent_at, a.method_id FROM billing_attempt a
  WHERE a.payment_id = p.id ORDER BY a.number DESC LIMIT 1) t ON true
LEFT JOIN wallet_paymentmethod m ON m.id = t.method_id
WHERE p.id = ANY(%(payments)s)
"""
WRITE_LINES = f"""
INSERT INTO billing_runline (run_id, position, client_id, person_id, state, reason, flags, amount, quantity, method_id,
  item_ids, item_amounts, gives_back_id)
SELECT %(run)s, row_number() OVER (ORDER BY s.number), s.client_id, s.person_id,
  CASE WHEN s.reason = '' THEN 'included' ELSE 'excluded' END, s.reason,
  array_remove(ARRAY[CASE WHEN s.rest < s.amount THEN 'refunded_before' END,
    CASE WHEN s.method_gone THEN 'method_gone' END]::varchar[], NULL),
  CASE WHEN s.reason IN ('', 'removed') THEN s.rest ELSE s.amount END, 1, s.method_id, '{{}}', '{{}}', s.payment_id
FROM (SELECT *, CASE WHEN refused = '' AND payment_id <> ALL(%(chosen)s) THEN 'removed' ELSE refused END AS reason
  FROM ({STANDING}) found) s
"""  # noqa: S608
# What was shown is what goes back, or nothing does.
LEAVE_OUT = f"""
UPDATE billing_runline l SET state = 'excluded', flags = l.flags || %(since)s::varchar,
  reason = CASE WHEN s.refused <> '' THEN s.refused ELSE 'refunded_meanwhile' END
FROM ({STANDING}) s
WHERE l.id = ANY(%(lines)s) AND l.state = 'included' AND l.refund_id IS NULL AND s.payment_id = l.gives_back_id
  AND (s.refused <> '' OR s.rest < l.amount)
"""  # noqa: S608
WRITE_REFUNDS = """
WITH made AS (
  INSERT INTO billing_refund (organization_id, payment_id, number, amount, note, key, state, reason, processor_refund,
    created_by_id, created_at)
  SELECT r.organization_id, l.gives_back_id,
    1 + coalesce((SELECT max(f.number) FROM billing_refund f WHERE f.payment_id = l.gives_back_id), 0),
    l.amount, r.note, gen_random_uuid(), 'created', '', '', r.confirmed_by_id, %(now)s
  FROM billing_runline l JOIN billing_massrun r ON r.id = l.run_id
  WHERE l.id = ANY(%(lines)s) AND l.state = 'included' AND l.refund_id IS NULL ORDER BY l.position
  RETURNING id, payment_id)
UPDATE billing_runline l SET refund_id = made.id FROM made
WHERE l.id = ANY(%(lines)s) AND l.gives_back_id = made.payment_id AND l.refund_id IS NULL
"""


def _about(payments: Collection[int], now: dt.datetime, on: dt.date) -> dict[str, Any]:
    asked = {"payments": list(payments), "oldest": now - BANK_REFUNDS_WITHIN}
    return asked | {"year": on.year, "month": on.month}


def write(*, run: MassRun, payments: Collection[int], chosen: Collection[int], now: dt.datetime) -> None:
    """One line a payment: how much of it can go back, or why nothing; those not `chosen` are left out."""
    about = _about(payments, now, run.organization.local_day(now))
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINES, about | {"run": run.pk, "chosen": list(chosen)})


def leave_out(*, run: MassRun, lines: Sequence[int], payments: Collection[int], now: dt.datetime) -> int:
    """Take out of a run what cannot go back as it was shown any more. The caller holds the payments."""
    about = _about(payments, now, run.organization.local_day(now))
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_OUT, about | {"lines": list(lines), "since": SINCE_REVIEW})
        return cursor.rowcount


def write_refunds(*, lines: Sequence[int], now: dt.datetime) -> None:
    """Ask for the refund of each of these lines that has none. The caller holds the payments."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE_REFUNDS, {"lines": list(lines), "now": now})


def refunds_known(payments: Collection[int]) -> int:
    """How many refunds these payments have had, whatever became of them."""
    return Refund.objects.filter(payment__in=payments).aggregate(n=Count("pk"))["n"]
