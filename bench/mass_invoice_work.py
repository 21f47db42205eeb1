"""The mass invoice through the services, and the same rows by raw SQL in one transaction."""

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Organization, Trail, User
from bench.households import a_centre, late_fee
from billing import ledger
from billing.models import MassRun
from billing.services import invoice_runs, starting

EACH = 2_000 + 100 + 200
RAW = [
    """INSERT INTO billing_invoice (organization_id, client_id, person_id, number, state, currency, issued_on, due_on,
       note, internal_note, subtotal, tax_total, total, allocated, created_at)
     SELECT c.organization_id, c.id, p.id, row_number() OVER (), 'issued', 'CAD', current_date, current_date, '', '',
       2000, 300, 2300, 0, now()
     FROM accounts_client c JOIN accounts_person p ON p.account_id = c.account_id WHERE c.organization_id = %(org)s""",
    """INSERT INTO billing_invoiceitem (invoice_id, position, person_id, description, quantity, unit_price,
       ledger_code_id, subtotal, tax_total, total, allocated)
     SELECT id, 1, person_id, 'Frais de retard', 1, 2000, %(code)s, 2000, 300, 2300, 0
     FROM billing_invoice WHERE organization_id = %(org)s""",
    """INSERT INTO billing_itemtax (item_id, tax_id, rate, amount)
     SELECT i.id, t.id, CASE t.code WHEN 'GST' THEN 50000 ELSE 99750 END, CASE t.code WHEN 'GST' THEN 100 ELSE 200 END
     FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id
     JOIN billing_tax t ON t.organization_id = v.organization_id WHERE v.organization_id = %(org)s""",
]
LINES = """
INSERT INTO billing_runline (run_id, position, client_id, person_id, state, reason, flags, amount, item_ids,
  item_amounts)
SELECT %(run)s, row_number() OVER (ORDER BY p.sort_key), c.id, p.id, 'included', '', '{}', 2300, '{}', '{}'
FROM accounts_client c JOIN accounts_person p ON p.account_id = c.account_id WHERE c.organization_id = %(org)s
"""


def ready(people: int, slug: str) -> tuple[Organization, User, list[int]]:
    return a_centre(slug, people)


def drafted(centre: Organization, by: User, ids: list[int]) -> MassRun:
    return invoice_runs.draft(
        organization=centre, noun="people", ids=ids, options=late_fee(centre), by=by, now=timezone.now()
    )


def written(run: MassRun, by: User, count: int, total: int) -> None:
    run = starting.confirm(run=run, count=count, total=total, by=by, now=timezone.now())
    while invoice_runs.write_next(run=run, now=timezone.now()):
        pass


def raw(centre: Organization) -> None:
    """The same invoices, lines, taxes, entries, transfers and balances, with nothing around them."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in RAW:
            cursor.execute(statement, {"org": centre.pk, "code": centre.ledger_codes.get().pk})
        # As the services do: what was written in bulk is made known before it is booked.
        cursor.execute("ANALYZE billing_invoice, billing_invoiceitem, billing_itemtax")
        cursor.execute("SELECT id FROM billing_invoice WHERE organization_id = %s", [centre.pk])
        ledger.post_issued(organization=centre, invoice_ids=[pk for (pk,) in cursor.fetchall()])


def raw_lines(centre: Organization, by: User) -> None:
    """The lines of a review in one statement; nobody is looked at twice."""
    run = MassRun.objects.create(
        organization=centre, kind="invoice", number=1_000_000, per="person", created_by=by, created_at=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"run": run.pk, "org": centre.pk})


def check(run: MassRun, count: int) -> None:
    """Everybody has an invoice, in the books and in what they owe, and the run says that it ended."""
    run.refresh_from_db()
    invoices = run.invoices.filter(state="issued", total=EACH).count()
    owed = run.organization.clients.aggregate(cents=Sum("balance"))["cents"]
    told = Trail.objects.filter(organization=run.organization, verb="invoice_finished").count()
    if (run.state, invoices, owed, told) != ("finished", count, count * EACH, 1):
        raise RuntimeError(f"{run.state}: {invoices} of {count} invoices, {owed} cents owed")
