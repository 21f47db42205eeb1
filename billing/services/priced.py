"""What each invoice of a run carries and comes to, with the taxes of its day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.db import connection
from django.utils import timezone

from billing.models import MassRun, RunLine
from billing.services import invoicing
from billing.services.invoicing import Line
from billing.taxes import Rate

LINK_LINES = """
UPDATE billing_runline l SET invoice_id = d.invoice_id
FROM unnest(%(lines)s::bigint[], %(invoices)s::bigint[]) AS d(line_id, invoice_id) WHERE l.id = d.line_id
"""


def lines_of(run: MassRun) -> list[Line]:
    """The lines every invoice of the run will carry, with the taxes of the day they are dated.

    Once the run is confirmed, those it was confirmed with.
    """
    kept = [Rate(*rate) for rate in run.options["rates"]] if "rates" in run.options else None
    return invoicing.lines_of(run.organization, run.options["lines"], on=issued_on(run), rates=kept)


def issued_on(run: MassRun) -> dt.date:
    dated = run.options.get("issued_on")
    return dt.date.fromisoformat(dated) if dated else run.organization.local_day(timezone.now())


def times(lines: Sequence[Line], quantity: int) -> list[Line]:
    """The same lines, that many times each: taxed on the whole, not one by one."""
    return [replace(line, quantity=line.quantity * quantity) for line in lines] if quantity != 1 else list(lines)


def total_of(run: MassRun, quantity: int = 1) -> int:
    """What one invoice of the run comes to, taxes included, in cents."""
    return sum(line.total for line in times(lines_of(run), quantity))


def link(lines: Sequence[RunLine], invoice_ids: Sequence[int]) -> None:
    """Note which invoice each of these lines got, in the order given. In the transaction that wrote them."""
    with connection.cursor() as cursor:
        cursor.execute(LINK_LINES, {"lines": [line.pk for line in lines], "invoices": list(invoice_ids)})
