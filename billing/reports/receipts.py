"""Money that came in and went out again between two days, by the method that paid, and what of it pays nothing yet."""

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
    ELSE COALESCE(a.payment_id, r.payment_id, x.payment_id) END AS payment_id
FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
LEFT JOIN billing_attempt a
  ON a.id = CASE split_part(e.reference, '/', 1) WHEN 'attempt' THEN split_part(e.reference, '/', 2)::bigint END
LEFT JOIN billing_refund r
  ON r.id = CASE split_part(e.reference, '/', 1) WHEN 'refund' THEN split_part(e.reference, '/', 2)::bigint END
LEFT JOIN billing_dispute x
  ON x.id = CASE split_part(e.reference, '/', 1) WHEN 'dispute' THEN split_part(e.reference, '/', 2)::bigint END
WHERE e.organization_id = %(org)s AND e.happened_on BETWEEN %(since)s AND %(until)s
  AND (d.kind IN ('clearing', 'till')) <> (k.kind IN ('clearing', 'till')) AND 'fees' NOT IN (d.kind, k.kind)
"""
RECEIPTS = """
SELECT COALESCE(p.kind, ''), m.kind, COUNT(DISTINCT m.entry_id), SUM(m.amount)::bigint
FROM ({money}) m LEFT JOIN billing_payment p ON p.id = m.payment_id
WHERE %(method)s = '' OR p.kind = %(method)s
GROUP BY 1, 2 ORDER BY 1, 4 DESC, 2
"""
UNLINKED = """
SELECT p.id, p.number, p.client_id, COALESCE(o.last_name || ', ' || o.first_name, ''), p.kind, m.paid_on, p.amount,
  m.here::bigint, p.allocated, (m.here - p.allocated)::bigint
FROM (SELECT payment_id, MIN(happened_on) AS paid_on, SUM(amount) AS here FROM ({money}) every GROUP BY payment_id) m
JOIN billing_payment p ON p.id = m.payment_id
JOIN accounts_client c ON c.id = p.client_id JOIN accounts_account a ON a.id = c.account_id
LEFT JOIN accounts_person o ON o.id = a.owner_id
WHERE m.here > p.allocated AND (%(method)s = '' OR p.kind = %(method)s)
ORDER BY m.paid_on, p.id
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How often, and how much, one method brought in or gave back in one way. Cents; below zero it left."""

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
