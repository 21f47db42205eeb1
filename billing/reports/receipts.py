"""Money that came in and went out again between two days, by the way it took, and what of it pays nothing yet."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Organization
from billing.models.payment import RECEIVED_KINDS
from billing.reports.asking import ask

# As they stand in every list of methods.
METHODS = ("card", "bank", *RECEIVED_KINDS)
# Money the centre holds, against whatever is not money: what the processor keeps as a fee is not given to a client.
# The name of a fact in the books begins with what it is about.
MONEY = """
SELECT e.id AS entry_id, e.happened_on, e.kind, t.client_id,
  CASE WHEN d.kind IN ('clearing', 'till') THEN t.amount ELSE -t.amount END AS amount,
  CASE split_part(e.reference, '/', 1) WHEN 'payment' THEN split_part(e.reference, '/', 2)::bigint
    ELSE COALESCE(a.payment_id, r.payment_id, x.payment_id) END AS payment_id, g.kind AS handed_back_by
FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
LEFT JOIN billing_attempt a
  ON a.id = CASE split_part(e.reference, '/', 1) WHEN 'attempt' THEN split_part(e.reference, '/', 2)::bigint END
LEFT JOIN billing_refund r
  ON r.id = CASE split_part(e.reference, '/', 1) WHEN 'refund' THEN split_part(e.reference, '/', 2)::bigint END
LEFT JOIN billing_deskrefund g
  ON g.id = CASE split_part(e.reference, '/', 1) WHEN 'desk_refund' THEN split_part(e.reference, '/', 2)::bigint END
LEFT JOIN billing_dispute x
  ON x.id = CASE split_part(e.reference, '/', 1) WHEN 'dispute' THEN split_part(e.reference, '/', 2)::bigint END
WHERE e.organization_id = %(org)s AND e.happened_on BETWEEN %(since)s AND %(until)s
  AND (d.kind IN ('clearing', 'till')) <> (k.kind IN ('clearing', 'till')) AND 'fees' NOT IN (d.kind, k.kind)
"""
RECEIPTS = """
SELECT COALESCE(p.kind, m.handed_back_by, ''), m.kind, COUNT(DISTINCT m.entry_id), SUM(m.amount)::bigint
FROM ({money}) m LEFT JOIN billing_payment p ON p.id = m.payment_id
WHERE %(method)s = '' OR COALESCE(p.kind, m.handed_back_by) = %(method)s
GROUP BY 1, 2 ORDER BY 1, 4 DESC, 2
"""
# A deposit that is held pays nothing and is no credit; what was handed back at the desk is not here any more.
UNLINKED = """
SELECT p.id, p.number, p.client_id, COALESCE(o.last_name || ', ' || o.first_name, ''), p.kind, m.paid_on, p.amount,
  m.here::bigint, p.allocated, (m.here - p.allocated)::bigint
FROM (
  SELECT every.payment_id, MIN(every.happened_on) AS paid_on,
    SUM(every.amount) - MAX(q.held) - COALESCE(MAX(b.back), 0) AS here
  FROM ({money}) every JOIN billing_payment q ON q.id = every.payment_id LEFT JOIN (
    SELECT t.payment_id, SUM(t.amount) AS back FROM billing_deskrefundpart t
    JOIN billing_deskrefund d ON d.id = t.refund_id AND d.state = 'given' AND d.organization_id = %(org)s
    GROUP BY t.payment_id) b ON b.payment_id = every.payment_id
  GROUP BY every.payment_id) m
JOIN billing_payment p ON p.id = m.payment_id
JOIN accounts_client c ON c.id = p.client_id JOIN accounts_account a ON a.id = c.account_id
LEFT JOIN accounts_person o ON o.id = a.owner_id
WHERE m.here > p.allocated AND (%(method)s = '' OR p.kind = %(method)s)
ORDER BY m.paid_on, p.id
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How often, and how much, one method brought in or gave back in one way. Cents; below zero it left.

    A deposit comes in like any money; releasing it moves none. What was handed back is told by the way it left.
    """

    method: str
    kind: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A payment the centre holds more of than is linked to invoices. Cents; `here` is what is left of it."""

    payment_id: int
    number: int
    client_id: int
    name: str
    method: str
    paid_on: dt.date
    amount: int
    here: int
    allocated: int
    unlinked: int


def receipts(*, organization: Organization, since: dt.date, until: dt.date, method: str = "") -> list[Receipt]:
    """What moved between the two days, both included, by method and by what it was."""
    params = {"org": organization.pk, "since": since, "until": until, "method": method}
    rows = ask(RECEIPTS, params, Receipt, money=MONEY)
    return sorted(rows, key=lambda row: METHODS.index(row.method) if row.method in METHODS else len(METHODS))


def unlinked(*, organization: Organization, method: str = "") -> list[Unlinked]:
    """Every payment of today with something left that pays no invoice, oldest first."""
    params = {"org": organization.pk, "since": dt.date.min, "until": dt.date.max, "method": method}
    return ask(UNLINKED, params, Unlinked, money=MONEY)
