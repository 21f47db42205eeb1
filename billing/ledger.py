"""The one pen of the books: nothing else writes entries and transfers. Positive amounts only; a mistake is reversed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from accounts.models import Organization
from billing.models import Bucket, Entry, LedgerCode, Tax, Transfer


@dataclass(frozen=True, kw_only=True)
class Posting:
    """A fact to book once: `legs` are (debit bucket, credit bucket, cents). `reference` names the fact for ever."""

    organization_id: int
    reference: str
    kind: str
    happened_on: dt.date
    client_id: int | None
    legs: Sequence[tuple[int, int, int]]
    posted_by_id: int | None = None
    reverses_id: int | None = field(default=None)


def bucket(
    *,
    organization_id: int,
    kind: str,
    ledger_code: LedgerCode | None = None,
    tax: Tax | None = None,
    processor_account: str = "",
) -> Bucket:
    """The account of the books of that kind, opened on first use."""
    found, _ = Bucket.objects.get_or_create(
        organization_id=organization_id,
        kind=kind,
        ledger_code=ledger_code,
        tax=tax,
        processor_account=processor_account,
    )
    return found


def post(postings: Iterable[Posting], *, now: dt.datetime) -> list[Entry]:
    """Book the facts, all or none. Raises `IntegrityError` when one of them was booked before."""
    postings = list(postings)
    entries = Entry.objects.bulk_create(
        Entry(
            organization_id=p.organization_id,
            reference=p.reference,
            kind=p.kind,
            happened_on=p.happened_on,
            posted_at=now,
            posted_by_id=p.posted_by_id,
            reverses_id=p.reverses_id,
        )
        for p in postings
    )
    Transfer.objects.bulk_create(
        Transfer(
            organization_id=p.organization_id,
            entry=entry,
            client_id=p.client_id,
            debit_id=debit,
            credit_id=credit,
            amount=amount,
        )
        for p, entry in zip(postings, entries, strict=True)
        for debit, credit, amount in p.legs
    )
    return entries


# With accrual, what is sold for a period is not earned yet.
REVENUE = "CASE WHEN %(defers)s AND i.service_from IS NOT NULL THEN 'deferred' ELSE 'revenue' END"
OPEN_BUCKETS = """
INSERT INTO billing_bucket (organization_id, kind, ledger_code_id, tax_id, processor_account)
SELECT %(org)s, 'receivable', NULL::bigint, NULL::bigint, ''
UNION SELECT %(org)s, REVENUE, i.ledger_code_id, NULL, '' FROM billing_invoiceitem i WHERE i.invoice_id = ANY(%(ids)s)
UNION SELECT %(org)s, 'tax', NULL, t.tax_id, '' FROM billing_itemtax t JOIN billing_invoiceitem i ON i.id = t.item_id
  WHERE i.invoice_id = ANY(%(ids)s)
ON CONFLICT DO NOTHING
""".replace("REVENUE", REVENUE)
ENTRIES_ISSUED = """
INSERT INTO billing_entry (organization_id, reference, kind, happened_on, posted_at, posted_by_id)
SELECT v.organization_id, r.reference, 'invoice', v.issued_on, v.created_at, v.created_by_id
FROM unnest(%(ids)s::bigint[], %(references)s::text[]) AS r(id, reference) JOIN billing_invoice v ON v.id = r.id
WHERE v.total > 0 RETURNING reference, id
"""
# By their numbers: looked up among all others the new entries take minutes where the planner does not know of them yet.
TRANSFERS_ISSUED = """
INSERT INTO billing_transfer (organization_id, entry_id, client_id, debit_id, credit_id, amount)
SELECT v.organization_id, e.id, v.client_id, rec.id, side.bucket_id, side.amount
FROM unnest(%(booked)s::bigint[], %(entries)s::bigint[]) AS e(invoice_id, id)
JOIN billing_invoice v ON v.id = e.invoice_id
JOIN billing_bucket rec ON rec.organization_id = v.organization_id AND rec.kind = 'receivable'
JOIN (
  SELECT i.invoice_id, b.id AS bucket_id, SUM(i.subtotal) AS amount FROM billing_invoiceitem i
    JOIN billing_bucket b ON b.organization_id = %(org)s AND b.ledger_code_id = i.ledger_code_id AND b.kind = REVENUE
    WHERE i.invoice_id = ANY(%(ids)s) AND i.subtotal > 0 GROUP BY i.invoice_id, b.id
  UNION ALL
  SELECT i.invoice_id, b.id, SUM(t.amount) FROM billing_invoiceitem i JOIN billing_itemtax t ON t.item_id = i.id
    JOIN billing_bucket b ON b.organization_id = %(org)s AND b.tax_id = t.tax_id
    WHERE i.invoice_id = ANY(%(ids)s) AND t.amount > 0 GROUP BY i.invoice_id, b.id
) side ON side.invoice_id = v.id
""".replace("REVENUE", REVENUE)
DEFER = """
UPDATE billing_invoiceitem SET deferred = subtotal
WHERE invoice_id = ANY(%(ids)s) AND service_from IS NOT NULL AND subtotal > 0
"""


def post_issued(
    *, organization: Organization, invoice_ids: Sequence[int], references: Sequence[str | None] | None = None
) -> None:
    """Book issued invoices, as many as there are in a few statements: receivable against revenue and taxes.

    Where revenue is deferred, what is sold for a period waits until `earning` has earned it.
    """
    names = [
        reference or f"invoice/{pk}/issued"
        for pk, reference in zip(invoice_ids, references or [None] * len(invoice_ids), strict=True)
    ]
    params: dict[str, Any] = {
        "org": organization.pk,
        "ids": list(invoice_ids),
        "references": names,
        "defers": organization.defers_revenue,
    }
    with connection.cursor() as cursor:
        cursor.execute(OPEN_BUCKETS, params)
        cursor.execute(ENTRIES_ISSUED, params)
        entries = dict(cursor.fetchall())
        booked = {pk: entries[name] for pk, name in zip(invoice_ids, names, strict=True) if name in entries}
        cursor.execute(TRANSFERS_ISSUED, params | {"booked": list(booked), "entries": list(booked.values())})
        if organization.defers_revenue:
            cursor.execute(DEFER, params)


BUCKETS_RECEIVED = """
INSERT INTO billing_bucket (organization_id, kind, processor_account)
SELECT %(org)s, kind, '' FROM unnest(%(held_in)s::text[]) AS d(kind) UNION SELECT %(org)s, 'receivable', ''
ON CONFLICT DO NOTHING
"""
ENTRIES_RECEIVED = """
INSERT INTO billing_entry (organization_id, reference, kind, happened_on, posted_at, posted_by_id)
SELECT organization_id, 'payment/' || id || '/received', 'payment', received_on, created_at, created_by_id
FROM billing_payment WHERE id = ANY(%(ids)s) ORDER BY id RETURNING reference, id
"""
TRANSFERS_RECEIVED = """
INSERT INTO billing_transfer (organization_id, entry_id, client_id, debit_id, credit_id, amount)
SELECT p.organization_id, e.id, p.client_id, b.id, owed.id, p.amount
FROM unnest(%(booked)s::bigint[], %(entries)s::bigint[]) AS e(payment_id, id)
JOIN billing_payment p ON p.id = e.payment_id
JOIN unnest(%(kinds)s::text[], %(held_in)s::text[]) AS held(kind, bucket) ON held.kind = p.kind
JOIN billing_bucket b ON b.organization_id = p.organization_id AND b.kind = held.bucket AND b.processor_account = ''
JOIN billing_bucket owed ON owed.organization_id = p.organization_id AND owed.kind = 'receivable'
ORDER BY p.id
"""


def post_received(*, organization: Organization, payment_ids: Sequence[int], held_in: Mapping[str, str]) -> None:
    """Book money that came in without the processor: into what holds each kind of it, out of what is owed."""
    params: dict[str, Any] = {
        "org": organization.pk,
        "ids": list(payment_ids),
        "kinds": list(held_in),
        "held_in": list(held_in.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(BUCKETS_RECEIVED, params)
        cursor.execute(ENTRIES_RECEIVED, params)
        booked = {int(reference.split("/")[1]): pk for reference, pk in cursor.fetchall()}
        cursor.execute(TRANSFERS_RECEIVED, params | {"booked": list(booked), "entries": list(booked.values())})


REVERSE_ENTRIES = """
INSERT INTO billing_entry (organization_id, reference, kind, happened_on, posted_at, posted_by_id, reverses_id)
SELECT e.organization_id, e.reference || '/reversed', e.kind || '_void', GREATEST(%(on)s, e.happened_on), %(now)s,
  %(by)s, e.id
FROM billing_entry e WHERE e.id = ANY(%(ids)s) RETURNING id
"""
REVERSE_TRANSFERS = """
INSERT INTO billing_transfer (organization_id, entry_id, client_id, debit_id, credit_id, amount)
SELECT t.organization_id, e.id, t.client_id, t.credit_id, t.debit_id, t.amount
FROM billing_entry e JOIN billing_transfer t ON t.entry_id = e.reverses_id WHERE e.reverses_id = ANY(%(ids)s)
"""


def reverse(*, entry_ids: Sequence[int], on: dt.date, now: dt.datetime, by_id: int | None) -> None:
    """Take entries back by their mirror image, never before their own day: what is dated ahead is gone with that day.

    Raises `IntegrityError` when one was already reversed.
    """
    params: dict[str, Any] = {"ids": list(entry_ids), "on": on, "now": now, "by": by_id}
    with connection.cursor() as cursor:
        cursor.execute(REVERSE_ENTRIES, params)
        cursor.execute(REVERSE_TRANSFERS, params)
