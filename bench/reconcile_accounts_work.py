"""Accounts with five unpaid invoices and three receipts left unreconciled each, and the hands that link them."""

import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, StaffMembership, User
from bench.households import a_centre
from bench.receivables_aging_work import INVOICES
from billing.services import matching

INVOICES_EACH, PAYMENTS_EACH, PAID, TIMES = 5, 3, 3_000, 10
PAYMENTS = """
INSERT INTO billing_payment (organization_id, client_id, number, kind, amount, currency, allocated, note,
  reconcile, email_receipt, key, processor_account, processor_payment, created_at, received_on)
SELECT %(org)s, (SELECT min(id) FROM accounts_client WHERE organization_id = %(org)s) + n %% %(households)s,
  n, 'cash', %(paid)s, 'CAD', 0, '', false, false, gen_random_uuid(), '', '', now() - (n %% 90) * interval '1 day',
  current_date - (n %% 90)
FROM generate_series(1, %(payments)s) n
"""
RAW = """
INSERT INTO billing_allocation (payment_id, item_id, amount, created_at)
SELECT p.id, i.id, LEAST(p.upto, i.upto) - GREATEST(p.upto - p.free, i.upto - i.due), now()
FROM (
  SELECT id, client_id, amount - allocated AS free,
    SUM(amount - allocated) OVER (PARTITION BY client_id ORDER BY created_at, id) AS upto
  FROM billing_payment WHERE client_id = ANY(%(ids)s) AND allocated < amount) p
JOIN (
  SELECT i.id, v.client_id, i.total - i.allocated AS due,
    SUM(i.total - i.allocated) OVER (PARTITION BY v.client_id ORDER BY v.issued_on, v.id, i.position) AS upto
  FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id
  WHERE v.client_id = ANY(%(ids)s) AND v.state = 'issued' AND i.allocated < i.total) i ON i.client_id = p.client_id
WHERE p.upto > i.upto - i.due AND i.upto > p.upto - p.free
"""


def ready(households: int) -> tuple[Organization, User]:
    centre, by, _ids = a_centre("matching", households)
    StaffMembership.objects.create(organization=centre, user=by, role="finance")
    params = {"org": centre.pk, "n": households * INVOICES_EACH, "households": households, "paid": PAID}
    params |= {"payments": households * PAYMENTS_EACH, "code": centre.ledger_codes.get().pk}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (*INVOICES, PAYMENTS):
            cursor.execute(statement, params)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return centre, by


def clients(centre: Organization, first: int, n: int) -> list[int]:
    return list(centre.clients.order_by("pk").values_list("pk", flat=True)[first : first + n])


def reconciled(centre: Organization, by: User, ids: list[int]) -> int:
    """A run from beginning to end; the answer is how many links it made."""
    now = timezone.now()
    run = matching.start(organization=centre, client_ids=ids, key=uuid.uuid4(), by=by, now=now)
    while matching.go_on(run=run, now=now):
        pass
    run.refresh_from_db()
    return run.links


def raw(ids: list[int]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW, {"ids": ids})
        return cursor.rowcount


def timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    made = work()
    return time.perf_counter() - began, made


def slowest_page(centre: Organization, by: User, name: str) -> float:
    """The slowest of several looks at a page, in milliseconds; the first is left out."""
    settings.ALLOWED_HOSTS = ["*"]
    call_command("collectstatic", interactive=False, verbosity=0)
    browser, url = Browser(), reverse(name, args=[centre.slug])
    browser.force_login(by)
    times = []
    for _time in range(TIMES + 1):
        began = time.perf_counter()
        if browser.get(url, secure=True).status_code != 200:
            raise RuntimeError(f"{url} does not answer")
        times.append(time.perf_counter() - began)
    return max(times[1:]) * 1000
