"""Who owes what and since when, as of a day: the receivables of the books, by age."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Client, Organization
from billing.reports.asking import ask, end_of


@dataclass(frozen=True, slots=True)
class Aged:
    """What one client owed on a day, by the days each invoice was overdue. Cents.

    `credit`, zero or below, is what was paid or credited and linked to no invoice; with it the row is the balance.
    """

    client_id: int
    number: int
    name: str
    current: int
    days_30: int
    days_60: int
    days_90: int
    older: int
    credit: int
    balance: int


# What is open now, what was linked since that day, what was voided since: three small sets, not every invoice ever.
# The books of that day are likewise the balance of today, which the database keeps, less what was booked since.
AGED = """
WITH later AS (
  SELECT i.invoice_id, SUM(a.amount) AS amount FROM billing_allocation a
  JOIN billing_invoiceitem i ON i.id = a.item_id JOIN billing_invoice v ON v.id = i.invoice_id
  WHERE a.created_at >= %(after)s AND v.organization_id = %(org)s AND {of} GROUP BY i.invoice_id
), unpaid AS (
  SELECT v.client_id, v.due_on, v.issued_on, v.total - v.allocated + COALESCE(l.amount, 0) AS owed
  FROM billing_invoice v LEFT JOIN later l ON l.invoice_id = v.id
  WHERE v.organization_id = %(org)s AND v.state = 'issued' AND v.allocated < v.total AND {of}
  UNION ALL
  SELECT v.client_id, v.due_on, v.issued_on, l.amount FROM later l JOIN billing_invoice v ON v.id = l.invoice_id
  WHERE v.state = 'issued' AND v.allocated = v.total
  UNION ALL
  SELECT v.client_id, v.due_on, v.issued_on, v.total FROM billing_invoice v
  WHERE v.organization_id = %(org)s AND v.state = 'void' AND v.voided_at >= %(after)s AND {of}
), aged AS (
  SELECT client_id, SUM(owed) AS owed,
    SUM(owed) FILTER (WHERE %(on)s <= due_on) AS current,
    SUM(owed) FILTER (WHERE %(on)s - due_on BETWEEN 1 AND 30) AS days_30,
    SUM(owed) FILTER (WHERE %(on)s - due_on BETWEEN 31 AND 60) AS days_60,
    SUM(owed) FILTER (WHERE %(on)s - due_on BETWEEN 61 AND 90) AS days_90,
    SUM(owed) FILTER (WHERE %(on)s - due_on > 90) AS older
  FROM unpaid WHERE issued_on <= %(on)s GROUP BY client_id
), since AS (
  SELECT t.client_id, SUM(CASE WHEN d.kind = 'receivable' THEN t.amount ELSE 0 END
                        - CASE WHEN k.kind = 'receivable' THEN t.amount ELSE 0 END) AS amount
  FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.id
  JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
  WHERE e.organization_id = %(org)s AND e.happened_on > %(on)s AND {moved} GROUP BY t.client_id
)
SELECT c.id, c.number, COALESCE(p.last_name || ', ' || p.first_name, ''), COALESCE(g.current, 0)::bigint,
  COALESCE(g.days_30, 0)::bigint, COALESCE(g.days_60, 0)::bigint, COALESCE(g.days_90, 0)::bigint,
  COALESCE(g.older, 0)::bigint, (c.balance - COALESCE(s.amount, 0) - COALESCE(g.owed, 0))::bigint,
  (c.balance - COALESCE(s.amount, 0))::bigint
FROM accounts_client c JOIN accounts_account a ON a.id = c.account_id LEFT JOIN accounts_person p ON p.id = a.owner_id
LEFT JOIN aged g ON g.client_id = c.id LEFT JOIN since s ON s.client_id = c.id
WHERE c.organization_id = %(org)s AND {is} AND (g.owed <> 0 OR c.balance <> COALESCE(s.amount, 0))
ORDER BY p.sort_key, c.id
"""


# One client or all of them: the same question, each with the conditions that let the database use its indexes.
EVERY = {"of": "TRUE", "moved": "TRUE", "is": "TRUE"}
ONE = {"of": "v.client_id = %(client)s", "moved": "t.client_id = %(client)s", "is": "c.id = %(client)s"}


def aged(*, organization: Organization, on: dt.date, client: Client | None = None) -> list[Aged]:
    """Every client who owed something, or had a credit, at the end of that day, by name; or that client alone.

    A link between a payment and an invoice that was taken away since is told as if it had never been: that money then
    stands as a credit. The balances are those of the books of that day in any case.
    """
    params = {"org": organization.pk, "on": on, "after": end_of(on, organization), "client": client and client.pk}
    return ask(AGED.format(**(ONE if client else EVERY)), params, Aged)
