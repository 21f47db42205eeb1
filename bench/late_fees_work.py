"""Accounts that owe two invoices a month late, the late fee of each through the services, and the rows by raw SQL."""

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization, User
from bench import mass_invoice_work
from bench.households import a_centre, late_fee
from billing import ledger
from billing.models import Invoice, LateFee, MassRun
from billing.services import invoice_runs, starting

FEE, EACH = 1_500, 1_500 + 75 + 150
RULE = {"formula": "invoice", "amount": FEE, "days": 15, "minimum": 500, "at_most": FEE, "again_after": None}
# The second invoice of each. The numbers that come next are left to the services.
SECOND = """
INSERT INTO billing_invoice (organization_id, client_id, person_id, number, state, currency, issued_on, due_on, note,
  internal_note, subtotal, tax_total, total, allocated, created_at)
SELECT organization_id, client_id, person_id, 1000000 + number, state, currency, issued_on, due_on, '', '', subtotal,
  tax_total, total, 0, created_at FROM billing_invoice WHERE organization_id = %(org)s
RETURNING id
"""
ITEMS = """
INSERT INTO billing_invoiceitem (invoice_id, position, person_id, description, quantity, unit_price, ledger_code_id,
  subtotal, tax_total, total, allocated)
SELECT id, 1, person_id, 'Natation', 1, total, %(code)s, total, 0, total, 0 FROM billing_invoice WHERE id = ANY(%(ids)s)
"""
LATE = """
UPDATE billing_invoice SET issued_on = current_date - 60, due_on = current_date - 30, number = 3000000 + number
WHERE organization_id = %(org)s
"""
LINES = """
INSERT INTO billing_runline (run_id, position, client_id, state, reason, flags, amount, item_ids, item_amounts)
SELECT %(run)s, row_number() OVER (ORDER BY v.client_id), v.client_id, 'included', '', '{}', 1725, array_agg(i.id),
  array_agg(i.total)
FROM billing_invoice v JOIN billing_invoiceitem i ON i.invoice_id = v.id
WHERE v.organization_id = %(org)s AND v.state = 'issued' AND v.due_on < current_date AND i.allocated < i.total
GROUP BY v.client_id
"""
FEES = """
INSERT INTO billing_invoice (organization_id, client_id, run_id, number, state, currency, issued_on, due_on, note,
  internal_note, subtotal, tax_total, total, allocated, created_at)
SELECT %(org)s, client_id, run_id, 2000000 + position, 'issued', 'CAD', current_date, current_date, '', '', 1500, 225,
  1725, 0, now() FROM billing_runline WHERE run_id = %(run)s RETURNING id
"""
FEE_ITEMS = """
INSERT INTO billing_invoiceitem (invoice_id, position, description, quantity, unit_price, ledger_code_id, subtotal,
  tax_total, total, allocated)
SELECT id, 1, 'Frais de retard', 1, 1500, %(code)s, 1500, 225, 1725, 0 FROM billing_invoice WHERE run_id = %(run)s
"""
TAXES = """
INSERT INTO billing_itemtax (item_id, tax_id, rate, amount)
SELECT i.id, t.id, CASE t.code WHEN 'GST' THEN 50000 ELSE 99750 END, CASE t.code WHEN 'GST' THEN 75 ELSE 150 END
FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id
JOIN billing_tax t ON t.organization_id = v.organization_id WHERE v.run_id = %(run)s
"""
CHARGED_FOR = """
INSERT INTO billing_latefee (invoice_id, number, line_id, charged_on)
SELECT i.invoice_id, 1, l.id, current_date FROM billing_runline l, unnest(l.item_ids) AS d(item_id)
JOIN billing_invoiceitem i ON i.id = d.item_id WHERE l.run_id = %(run)s
"""


def overdue(slug: str, accounts: int) -> tuple[Organization, User, list[int]]:
    """A centre where every account owes two invoices that were due a month ago; and the accounts."""
    centre, by, _people = a_centre(slug, accounts)
    about = {"org": centre.pk, "code": centre.ledger_codes.get().pk}
    mass_invoice_work.raw(centre)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SECOND, about)
        second = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(ITEMS, about | {"ids": second})
        ledger.post_issued(organization=centre, invoice_ids=second)
        cursor.execute(LATE, about)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return centre, by, list(centre.clients.values_list("account", flat=True))


def drafted(centre: Organization, by: User, ids: list[int]) -> MassRun:
    options = late_fee(centre) | {"late_fee": RULE}
    options["lines"][0]["unit_price"] = FEE
    about = {"organization": centre, "noun": "accounts", "ids": ids, "options": options, "per": "account"}
    return invoice_runs.draft(**about, by=by, now=timezone.now())


def charged(run: MassRun, count: int) -> None:
    """Confirmed as shown, and written as the tasks do."""
    now = timezone.now()
    run = starting.confirm(run=run, count=count, total=count * EACH, by=run.created_by, now=now)
    while invoice_runs.write_next(run=run, now=now):
        pass


def check(run: MassRun, count: int) -> None:
    """One invoice of one fee for each, for both of the invoices it owed."""
    fees = Invoice.objects.filter(run=run, state="issued", total=EACH).count()
    told = LateFee.objects.filter(line__run=run, number=1).count()
    if (fees, told) != (count, 2 * count):
        raise RuntimeError(f"{fees} fees of {count}, for {told} invoices")


def _bare(centre: Organization) -> dict[str, int]:
    about = {"organization": centre, "kind": "invoice", "number": 1_000_000, "per": "account"}
    run, _made = MassRun.objects.get_or_create(
        **about, defaults={"created_by": User.objects.get(email="finance@bare.example"), "created_at": timezone.now()}
    )
    return {"org": centre.pk, "code": centre.ledger_codes.get().pk, "run": run.pk}


def raw_lines(centre: Organization) -> None:
    """The lines in one statement; nobody's payments are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, _bare(centre))


def raw(centre: Organization) -> None:
    """The fees with their lines, taxes and bookings, and for which invoices they are, with nothing around them."""
    about = _bare(centre)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FEES, about)
        ids = [pk for (pk,) in cursor.fetchall()]
        for statement in (FEE_ITEMS, TAXES, CHARGED_FOR):
            cursor.execute(statement, about)
        ledger.post_issued(organization=centre, invoice_ids=ids)
