"""One client with thousands of transactions among a centre's forty thousand, and the raw questions about them."""

import io
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from accounts.models import Client, StaffMembership
from bench import desk
from bench import receivables_aging_work as aging
from bench.households import a_centre
from billing.models import Movement

# Every invoice of the first numbers is the same client's, and two of three are followed by a payment.
OTHERS, HIS = "n %% %(households)s", "CASE WHEN n <= {n} THEN 0 ELSE n %% %(households)s END"
PAGE = """
SELECT * FROM billing_movement WHERE client_id = %(client)s AND NOT has_failed {conditions}
ORDER BY "on" DESC, at DESC, key DESC LIMIT 25 OFFSET %(start)s
"""
COUNT = "SELECT count(*) FROM billing_movement WHERE client_id = %(client)s AND NOT has_failed {conditions}"
BESIDE = (
    "SELECT * FROM billing_invoice WHERE id = ANY(%(invoices)s)",
    "SELECT * FROM billing_invoiceitem WHERE invoice_id = ANY(%(invoices)s)",
    "SELECT * FROM billing_payment WHERE id = ANY(%(payments)s)",
    "SELECT item_id, SUM(amount) FROM billing_allocation WHERE payment_id = ANY(%(payments)s) GROUP BY item_id",
    "SELECT COUNT(*), SUM(total - allocated), MIN(due_on) FROM billing_invoice WHERE client_id = %(client)s "
    "AND state = 'issued' AND allocated < total",
)
CONDITIONS = {
    "q": "AND invoice_id IN (SELECT v.id FROM billing_invoice v JOIN billing_invoiceitem i ON i.invoice_id = v.id "
    "WHERE v.client_id = %(client)s AND i.description ILIKE '%%' || %(q)s || '%%')",
    "kind": "AND kind = %(kind)s",
    "linked": "AND payment_id IN (SELECT id FROM billing_payment WHERE client_id = %(client)s AND allocated = amount)",
}


def ready(households: int, invoices: int, transactions: int) -> Client:
    """The centre with its books, and the client whose file is long."""
    centre, by, _ids = a_centre("erables", households)
    StaffMembership.objects.create(user=by, organization=centre, role="finance")
    his = transactions * 2 // 3
    statements = aging.INVOICES
    try:
        aging.INVOICES = [statements[0].replace(OTHERS, HIS.format(n=his)), *statements[1:]]
        aging.books(centre, households, invoices)
    finally:
        aging.INVOICES = statements
    client = Client.objects.filter(organization=centre).earliest("pk")
    known = Movement.objects.of(client).count()
    if known < transactions:
        raise RuntimeError(f"only {known} transactions")
    call_command("collectstatic", interactive=False, verbosity=0, stdout=io.StringIO())
    return client


def signed_in(client: Client) -> dict[str, str]:
    """The cookie of the finance administrator who looks."""
    return desk.signed_in(StaffMembership.objects.get(organization=client.organization).user)


def address(client: Client) -> str:
    return reverse("client-billing", args=[client.organization.slug, client.pk])


def ask_raw(client: Client, asked: dict[str, str]) -> None:
    """The rows, the count, what stands beside the rows and the figures above, with nothing of ours around them."""
    conditions = " ".join(text for name, text in CONDITIONS.items() if name in asked)
    params: dict[str, Any] = {**asked, "client": client.pk, "start": 25 * (int(asked.get("page", 1)) - 1)}
    with connection.cursor() as cursor:
        cursor.execute(PAGE.format(conditions=conditions), params)
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(COUNT.format(conditions=conditions), params)
        cursor.fetchone()
        beside = {f"{name}s": [row[f"{name}_id"] for row in rows] for name in ("invoice", "payment")}
        for question in BESIDE:
            cursor.execute(question, {**beside, "client": client.pk})
            cursor.fetchall()
