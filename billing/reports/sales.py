"""What was sold between two days, by ledger code, and the taxes on it: from the books."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from accounts.models import Organization
from billing.models.catalogue import in_reader_language
from billing.reports.asking import SIDES, ask

# What moves between the deferred and the earned revenue of a code was sold before.
SALES = """
WITH sides AS (
  SELECT t.entry_id, k.ledger_code_id AS code_id, t.amount AS credit, 0 AS debit FROM billing_transfer t
  JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
  WHERE t.organization_id = %(org)s AND k.ledger_code_id IS NOT NULL AND d.ledger_code_id IS NULL
  UNION ALL
  SELECT t.entry_id, d.ledger_code_id, 0, t.amount FROM billing_transfer t
  JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
  WHERE t.organization_id = %(org)s AND d.ledger_code_id IS NOT NULL AND k.ledger_code_id IS NULL
)
SELECT c.id, c.code, c.name_fr, c.name_en, SUM(s.credit)::bigint, -SUM(s.debit)::bigint,
  SUM(s.credit - s.debit)::bigint
FROM sides s JOIN billing_entry e ON e.id = s.entry_id JOIN billing_ledgercode c ON c.id = s.code_id
WHERE e.organization_id = %(org)s AND e.happened_on BETWEEN %(since)s AND %(until)s
  AND (%(code)s::bigint IS NULL OR c.id = %(code)s)
GROUP BY c.id ORDER BY c.code
"""
# The books know the amount of a tax; its rate and what it was computed on stand on the invoices and the credits.
TAXED = """
WITH voided AS (
  SELECT split_part(o.reference, '/', 1) AS about, o.reference FROM billing_entry r
  JOIN billing_entry o ON o.id = r.reverses_id
  WHERE r.organization_id = %(org)s AND r.happened_on BETWEEN %(since)s AND %(until)s
    AND o.kind IN ('invoice', 'credit')
), invoices AS (
  SELECT id, 1 AS sign FROM billing_invoice
  WHERE organization_id = %(org)s AND issued_on BETWEEN %(since)s AND %(until)s
  UNION ALL
  SELECT CASE about WHEN 'invoice' THEN split_part(reference, '/', 2)::bigint END, -1 FROM voided
), credits AS (
  SELECT id, -1 AS sign FROM billing_credit
  WHERE organization_id = %(org)s AND issued_on BETWEEN %(since)s AND %(until)s
  UNION ALL
  SELECT CASE about WHEN 'credit' THEN split_part(reference, '/', 2)::bigint END, 1 FROM voided
), lines AS (
  SELECT 'item ' || i.id AS line, f.sign, i.subtotal, t.tax_id, t.rate, t.amount FROM invoices f
  JOIN billing_invoiceitem i ON i.invoice_id = f.id JOIN billing_itemtax t ON t.item_id = i.id
  UNION ALL
  SELECT 'credit ' || l.id, CASE WHEN l.is_fee THEN -f.sign ELSE f.sign END, l.subtotal, t.tax_id, t.rate, t.amount
  FROM credits f JOIN billing_creditline l ON l.credit_id = f.id JOIN billing_credittax t ON t.line_id = l.id
), taxed AS (
  SELECT t.tax_id, t.rate, t.sign, t.amount, t.subtotal + CASE WHEN x.after_previous THEN COALESCE(SUM(t.amount)
    OVER (PARTITION BY t.line, t.sign ORDER BY x.position, x.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
    ELSE 0 END AS base
  FROM lines t JOIN billing_tax x ON x.id = t.tax_id
)
SELECT x.id, x.code, x.name_fr, x.name_en, x.number, t.rate, SUM(t.sign * t.base)::bigint,
  COALESCE(SUM(t.amount) FILTER (WHERE t.sign > 0), 0)::bigint,
  -COALESCE(SUM(t.amount) FILTER (WHERE t.sign < 0), 0)::bigint, SUM(t.sign * t.amount)::bigint
FROM taxed t JOIN billing_tax x ON x.id = t.tax_id GROUP BY x.id, t.rate ORDER BY x.position, x.id, t.rate
"""
BOOKED = """
SELECT x.id, x.code, x.name_fr, x.name_en, x.number, NULL, NULL, 0, 0, SUM(s.credit - s.debit)::bigint
FROM {sides} s JOIN billing_entry e ON e.id = s.entry_id
JOIN billing_bucket b ON b.id = s.bucket_id JOIN billing_tax x ON x.id = b.tax_id
WHERE e.organization_id = %(org)s AND e.happened_on BETWEEN %(since)s AND %(until)s
GROUP BY x.id ORDER BY x.position, x.id
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """What one ledger code earned: sold, taken back by voids and credits (below zero), and what remains. Cents."""

    code_id: int
    code: str
    name_fr: str
    name_en: str
    sold: int
    taken_back: int
    net: int

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax at one rate. Cents; `base` is what it was computed on. Without a rate: what no document explains."""

    tax_id: int
    code: str
    name_fr: str
    name_en: str
    number: str
    rate: int | None
    base: int | None
    collected: int
    taken_back: int
    net: int

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


def sales(*, organization: Organization, since: dt.date, until: dt.date, code: int | None = None) -> list[Sale]:
    """Every ledger code something was booked to between the two days, both included."""
    return ask(SALES, {"org": organization.pk, "since": since, "until": until, "code": code}, Sale)


def taxes(*, organization: Organization, since: dt.date, until: dt.date) -> list[TaxRow]:
    """Every tax at every rate between the two days; its rows add up to the books.

    Invoices count on their day, credits below zero on theirs (but not the fee they keep); what was voided counts the
    other way on the day it was voided. What the books hold beyond invoices and credits is a row of its own.
    """
    params = {"org": organization.pk, "since": since, "until": until}
    rows = ask(TAXED, params, TaxRow)
    explained: Counter[int] = Counter()
    for row in rows:
        explained[row.tax_id] += row.net
    for booked in ask(BOOKED, params, TaxRow, sides=SIDES):
        rest = booked.net - explained[booked.tax_id]
        if rest:
            facts = (booked.tax_id, booked.code, booked.name_fr, booked.name_en, booked.number)
            rows.append(TaxRow(*facts, None, None, max(rest, 0), min(rest, 0), rest))
    return rows
