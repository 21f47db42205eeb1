"""Money is there and its invoice cannot be written: the run's page says why, and whoever started it is told."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction

from billing.models import MassRun
from billing.services import run_letters

WAIT = "invoices_wait"


@transaction.atomic
def note(*, run: MassRun, why: str, waiting: Callable[[], int], now: dt.datetime) -> None:
    """Keep on the run why the invoices of so many payments wait, and write of it once, until they are written."""
    runs = MassRun.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "confirmed_by")
    run = runs.get(pk=run.pk)
    # Counted with the run held: another sweep may have written them meanwhile, and nobody would take this back.
    if run.options.get(WAIT) == why or not (count := waiting()):
        return
    run.options |= {WAIT: why}
    run.save(update_fields=["options"])
    by = run.confirmed_by
    known = by is not None and run_letters.may(by, run.organization, run_letters.ACTS_WITH[run.kind])
    to = [by] if by is not None and known else run_letters.who_runs(run)
    fact = f"{WAIT}/{now:%Y%m%d%H%M%S}"
    run_letters.write(run=run, kind="invoices_wait", fact=fact, to=to, why=why, waiting=count)


@transaction.atomic
def over(*, run: MassRun) -> None:
    """They are written: nothing is said of it any more, whoever has said it."""
    said = MassRun.objects.filter(pk=run.pk, options__has_key=WAIT).select_for_update(no_key=True).first()
    if said is not None:
        del said.options[WAIT]
        said.save(update_fields=["options"])
