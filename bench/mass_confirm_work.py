"""A reviewed mass charge confirmed through the services, and the same payments and tries by raw SQL."""

import time

from django.db import connection, transaction
from django.utils import timezone

from bench.mass_review_work import EACH, drafted, owing
from billing.models import Attempt, MassRun, PlannedAllocation
from billing.services import starting
from smartrec.devstack.sandbox import measure

RAW = [
    """INSERT INTO billing_payment (organization_id, client_id, person_id, run_id, number, kind, amount, currency,
       allocated, note, reconcile, email_receipt, key, processor_account, processor_payment, created_at)
     SELECT %(org)s, client_id, person_id, run_id, 1000000 + position, 'card', amount, 'CAD', 0, '', true, true,
       gen_random_uuid(), '', '', now() FROM billing_runline WHERE run_id = %(run)s AND state = 'included'""",
    """INSERT INTO billing_attempt (organization_id, payment_id, number, key, method_id, authorization_id, state,
       processor_account, reason, code, advice, message, processor_charge, claims, created_at)
     SELECT p.organization_id, p.id, 1, gen_random_uuid(), l.method_id, l.authorization_id, 'created', '', '', '', '',
       '', '', 0, now()
     FROM billing_payment p JOIN billing_runline l ON l.run_id = p.run_id AND 1000000 + l.position = p.number
     WHERE p.run_id = %(run)s""",
    """INSERT INTO billing_plannedallocation (payment_id, item_id, amount)
     SELECT p.id, l.item_ids[1], l.amount
     FROM billing_payment p JOIN billing_runline l ON l.run_id = p.run_id AND 1000000 + l.position = p.number
     WHERE p.run_id = %(run)s""",
]


def reviewed(slug: str, people: int) -> tuple[MassRun, MassRun]:
    """Two drafts of the same charge."""
    centre, by, ids = owing(slug, people)
    return drafted(centre, by, ids), drafted(centre, by, ids)


def used() -> float:
    """The processor time of this process and of its database connection, in seconds."""
    connection.ensure_connection()
    return time.process_time() + measure.processor_seconds(connection.connection.info.backend_pid)


def confirmed(run: MassRun, people: int) -> None:
    starting.confirm(run=run, count=people, total=people * EACH, by=run.created_by, now=timezone.now())


def raw(run: MassRun) -> None:
    """The bare rows; nothing is checked, numbered or told."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in RAW:
            cursor.execute(statement, {"run": run.pk, "org": run.organization_id})


def check(run: MassRun, people: int) -> None:
    """One try and one debt for every line."""
    tries = Attempt.objects.filter(payment__run=run, state="created").count()
    planned = PlannedAllocation.objects.filter(payment__run=run, amount=EACH).count()
    if (tries, planned) != (people, people):
        raise RuntimeError(f"{tries} tries and {planned} debts of {people}")
