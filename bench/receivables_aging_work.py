"""Invoices of the last half year, open, paid in part and paid, and the questions about them."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization
from bench.households import a_centre
from billing import ledger
from billing.reports import receivables

INVOICES = [
    """INSERT INTO billing_invoice (organization_id, client_id, number, state, currency, issued_on, due_on, note,
       internal_note, subtotal, tax_total, total, allocated, created_at)
     SELECT %(org)s, (SELECT min(id) FROM accounts_client WHERE organization_id = %(org)s) + n %% %(households)s,
       n, 'issued', 'CAD', current_date - (n %% 180), current_date - (n %% 180) + 15, '', '',
       2000, 300, 2300, 0, now() - (n %% 180) * interval '1 day'
     FROM generate_series(1, %(n)s) n""",
    """INSERT INTO billing_invoiceitem (invoice_id, position, description, quantity, unit_price, ledger_code_id,
       subtotal, tax_total, total, allocated)
     SELECT id, 1, 'Frais de retard', 1, 2000, %(code)s, 2000, 300, 2300, 0
     FROM billing_invoice WHERE organization_id = %(org)s""",
    """INSERT INTO billing_itemtax (item_id, tax_id, rate, amount)
     SELECT i.id, t.id, CASE t.code WHEN 'GST' THEN 50000 ELSE 99750 END, CASE t.code WHEN 'GST' THEN 100 ELSE 200 END
     FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id
     JOIN billing_tax t ON t.organization_id = v.organization_id WHERE v.organization_id = %(org)s""",
]
# Every second invoice is paid; of the open ones every tenth is paid in part.
PAYMENTS = [
    """INSERT INTO billing_payment (organization_id, client_id, number, kind, amount, currency, allocated, note,
       reconcile, email_receipt, key, processor_account, processor_payment, created_at, received_on)
     SELECT organization_id, client_id, number, 'cash', CASE number %% 2 WHEN 0 THEN total ELSE 500 END, 'CAD', 0, '',
       true, false, gen_random_uuid(), '', '', LEAST(created_at + interval '5 days', now()),
       LEAST(issued_on + 5, current_date)
     FROM billing_invoice WHERE organization_id = %(org)s AND (number %% 2 = 0 OR number %% 20 = 1)""",
    """INSERT INTO billing_allocation (payment_id, item_id, amount, created_at)
     SELECT p.id, i.id, p.amount, p.created_at FROM billing_payment p
     JOIN billing_invoice v ON v.organization_id = p.organization_id AND v.number = p.number
     JOIN billing_invoiceitem i ON i.invoice_id = v.id WHERE p.organization_id = %(org)s""",
    """INSERT INTO billing_bucket (organization_id, kind, processor_account) VALUES (%(org)s, 'till', '')""",
    """INSERT INTO billing_entry (organization_id, reference, kind, happened_on, posted_at)
     SELECT organization_id, 'payment/' || id || '/received', 'payment', received_on, created_at
     FROM billing_payment WHERE organization_id = %(org)s""",
    """INSERT INTO billing_transfer (organization_id, entry_id, client_id, debit_id, credit_id, amount)
     SELECT p.organization_id, e.id, p.client_id, d.id, k.id, p.amount FROM billing_payment p
     JOIN billing_entry e ON e.reference = 'payment/' || p.id || '/received'
     JOIN billing_bucket d ON d.organization_id = p.organization_id AND d.kind = 'till'
     JOIN billing_bucket k ON k.organization_id = p.organization_id AND k.kind = 'receivable'
     WHERE p.organization_id = %(org)s""",
    "INSERT INTO billing_numberseries (organization_id, document, next_number) VALUES (%(org)s, 'invoice', %(n)s + 1)",
]
RAW = """
SELECT v.client_id, width_bucket(%(on)s::date - v.due_on, ARRAY[1, 31, 61, 91]), SUM(v.total - v.allocated)
FROM billing_invoice v WHERE v.organization_id = %(org)s AND v.state = 'issued' AND v.allocated < v.total
  AND v.issued_on <= %(on)s GROUP BY 1, 2
"""


def books(centre: Organization, households: int, invoices: int) -> None:
    """That many invoices of the last half year, with their payments, all in the books."""
    params = {"org": centre.pk, "n": invoices, "households": households, "code": centre.ledger_codes.get().pk}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in INVOICES:
            cursor.execute(statement, params)
        cursor.execute("SELECT id FROM billing_invoice WHERE organization_id = %s", [centre.pk])
        ledger.post_issued(organization=centre, invoice_ids=[pk for (pk,) in cursor.fetchall()])
        for statement in PAYMENTS:
            cursor.execute(statement, params)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def ready(households: int, unpaid: int, paid: int) -> Organization:
    centre, _by, _ids = a_centre("aging", households)
    books(centre, households, unpaid + paid)
    return centre


def day(centre: Organization, days: int) -> dt.date:
    return centre.local_day(timezone.now()) - dt.timedelta(days=days)


def report(centre: Organization, days: int) -> None:
    rows = receivables.aged(organization=centre, on=day(centre, days))
    if not any(row.balance for row in rows):
        raise RuntimeError("nobody owes anything")


def raw(centre: Organization, days: int) -> None:
    """The sums of what is open now, by client and age, with neither names nor links nor the books beside them."""
    with connection.cursor() as cursor:
        cursor.execute(RAW, {"org": centre.pk, "on": day(centre, days)})
        cursor.fetchall()
