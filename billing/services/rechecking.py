"""A charge that starts later than it was reviewed: what was paid in between is left out before anybody is told."""

import datetime as dt

from django.db import connection

from billing.models import MassRun
from billing.services import leaving

LEAVE_OUT = """
UPDATE billing_attempt a SET state = 'not_sent', reason = 'already_paid', settled_at = %(now)s
FROM billing_payment p WHERE p.run_id = %(run)s AND a.payment_id = p.id AND a.state = 'created' AND NOT (STANDS)
""".replace("STANDS", leaving.STANDS)


def leave_out_paid(*, run: MassRun, now: dt.datetime) -> int:
    """End the payments of a run whose debt is not due any more, as sending would; the answer is how many.

    In the transaction that starts the run. A debit that will not be made is not announced.
    """
    if run.starts_at is None and run.approved_at is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_OUT, {"run": run.pk, "now": now})
        return cursor.rowcount
