"""A million entries, and the check of them."""

import time

from django.db import connection

from bench.households import a_centre
from bench.receivables_aging_work import books
from billing.models import Entry
from billing.services.checking import RULES, check_books

RAW = """
SELECT t.client_id, SUM(CASE WHEN d.kind = 'receivable' THEN t.amount ELSE -t.amount END)
FROM billing_transfer t JOIN billing_bucket d ON d.id = t.debit_id JOIN billing_bucket k ON k.id = t.credit_id
WHERE 'receivable' IN (d.kind, k.kind) GROUP BY t.client_id
"""
SHOWN = 3


def ready(households: int, invoices: int) -> int:
    centre, _by, _ids = a_centre("books", households)
    books(centre, households, invoices)
    return Entry.objects.count()


def check() -> None:
    found = check_books()
    if found:
        raise RuntimeError(f"the books of the measurement do not hold: {found[0]}")


def raw() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        cursor.fetchall()


def slowest() -> list[tuple[str, float]]:
    """The rules that take longest, each with its seconds."""
    times = []
    for rule, sql in RULES.items():
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
        times.append((rule, time.perf_counter() - began))
    return sorted(times, key=lambda pair: -pair[1])[:SHOWN]
