"""What a mass invoice goes on to: the invoices stay due, are charged afterwards, or exist only once they are paid."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, transaction

from accounts.models import Organization, Selection, User
from billing.models import MassRun
from billing.services import charge_runs, invoice_runs, paid_first, removed, run_lines, runs
from billing.services.runs import NotADraft

log = logging.getLogger("billing.invoice_or_charge")
THEN = ("due", "after", "first")
CHARGE_OPTIONS = {"which": paid_first.WHICH, "at_most": None, "reconcile": True}
LATELY = dt.timedelta(days=2)


@transaction.atomic
def draft(
    *,
    organization: Organization,
    noun: str,
    ids: Sequence[int],
    options: dict,
    per: str,
    note: str,
    by: User,
    now: dt.datetime,
    selection: Selection | None = None,
) -> MassRun:
    """Prepare a mass invoice or, where nothing is invoiced before it is paid, a mass charge. Creates and takes nothing.

    `options`: those of a mass invoice, with `then` and, of a charge, `order` and `email_receipt`.
    """
    asked: dict[str, Any] = {
        "organization": organization,
        "noun": noun,
        "ids": ids,
        "by": by,
        "now": now,
        "selection": selection,
    }
    if options.get("then") != "first":
        return invoice_runs.draft(options=options, per=per, note=note, **asked)
    on = organization.local_day(now)
    run = charge_runs.draft(on=on, options={**options, **CHARGE_OPTIONS}, **asked)
    return charge_runs.choose(run=run, now=now, on=on, per=per, note=note)


@transaction.atomic
def redraft(*, run: MassRun, options: dict, per: str, note: str, by: User, now: dt.datetime) -> MassRun:
    """Change the form of a draft. Where it becomes a run of the other kind, it is thrown away for a new one.

    Lines removed by hand stay removed.
    """
    kind = "charge" if options.get("then") == "first" else "invoice"
    if kind == run.kind == "invoice":
        return invoice_runs.redraft(run=run, options=options, per=per, note=note, now=now)
    if kind == run.kind:
        return _redraft_charge(run, {**options, **CHARGE_OPTIONS}, per, note, now)
    held = MassRun.objects.select_for_update(of=("self",)).select_related("organization", "selection")
    locked = held.get(pk=run.pk)
    if locked.state != "draft":
        raise NotADraft(locked)
    out = removed.by_hand(locked, per=per)
    runs.cancel_draft(run=locked, by=by, now=now)
    whom: dict[str, Any] = {"noun": locked.options["noun"], "ids": locked.options["ids"], "selection": locked.selection}
    made = draft(organization=locked.organization, options=options, per=per, note=note, by=by, now=now, **whom)
    removed.keep_out(made, out)
    return made


def _redraft_charge(run: MassRun, options: dict, per: str, note: str, now: dt.datetime) -> MassRun:
    run = MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state != "draft":
        raise NotADraft(run)
    out = removed.by_hand(run, per=per)
    run.options, run.per, run.note = run.options | options | charge_runs.prepared(now), per, note
    run.save(update_fields=["options", "per", "note"])
    run.lines.all().delete()
    run_lines.write(run, paid_first.lines_for(run, now=now, on=run.organization.local_day(now), removed=out))
    return run


def go_on(*, now: dt.datetime) -> list[MassRun]:
    """Prepare the charge of invoices that were to be charged as soon as they are written; a person reviews it."""
    waiting = MassRun.objects.filter(
        kind="invoice", state="finished", options__then="after", followers=None, ended_at__gte=now - LATELY
    )
    found = [_tried(pk, now) for pk in waiting.values_list("pk", flat=True)]
    return [run for run in found if run is not None]


def _tried(pk: int, now: dt.datetime) -> MassRun | None:
    """A charge that cannot be prepared holds up no other."""
    try:
        return _charge_of(pk, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("charge_not_prepared", extra={"run": pk})
        return None


@transaction.atomic
def _charge_of(pk: int, now: dt.datetime) -> MassRun | None:
    source = MassRun.objects.select_for_update(of=("self",)).select_related("organization", "selection").get(pk=pk)
    if source.followers.exists() or source.confirmed_by is None or not source.invoices.exists():
        return None
    on = source.organization.local_day(now)
    run = charge_runs.draft(
        organization=source.organization,
        noun=source.options["noun"],
        ids=source.options["ids"],
        by=source.confirmed_by,
        now=now,
        on=on,
        selection=source.selection,
        source=source,
    )
    return charge_runs.choose(run=run, now=now, on=on, per=source.per) if run.per != source.per else run
