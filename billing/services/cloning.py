"""The same run once more: a new draft for the same people, for whoever the filter holds today, or for who failed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Selection, User
from accounts.services import selections
from billing.models import Attempt, MassRun
from billing.models.payment import FAILED
from billing.services import charge_runs, invoice_runs, invoice_waits
from smartrec import selection as lists
from smartrec.errors import Refused

WHO = ("same", "today", "failed")
# What belongs to one run alone.
OWN_OPTIONS = (
    *("noun", "ids", "rates", "halted", "halted_figures", "resumed_at", "counts", "again"),
    invoice_waits.WAIT,
)


@transaction.atomic
def clone(*, run: MassRun, who: str, by: User, now: dt.datetime) -> MassRun:
    """A draft that does again what this run did: with its choices, dated today, reviewed like any other.

    `who`: `same`, those selected then; `today`, everyone its filter holds now; `failed`, those whose payment failed.
    Raises `Refused` when nobody is left of them.
    """
    chosen = _selection_for(run, who, by)
    ids = _failed(run) if who == "failed" else _members(run, chosen)
    if not ids:
        raise Refused(_("Nobody is left to do this for."))
    on = run.organization.local_day(now)
    if run.kind == "charge":
        return _charge(run, ids, chosen, who, by, now, on)
    made = _invoice(run, ids, chosen, by, now, on)
    MassRun.objects.filter(pk=made.pk).update(copy_of=run, options=made.options | {"again": who})
    made.refresh_from_db()
    return made


def can_clone(run: MassRun) -> bool:
    """Whether this kind of run can be done again."""
    return run.kind in ("charge", "invoice") and run.state != "draft" and "ids" in run.options


def _selection_for(run: MassRun, who: str, by: User) -> Selection | None:
    """The filter of then, asked again by whoever clones: with what their role may see."""
    kept = run.selection
    if who != "today" or kept is None or kept.mode != "query":
        return kept if who == "same" else None
    anew = Selection(
        organization=run.organization, created_by=by, noun=kept.noun, mode="query", query=kept.query,
        excluded_ids=kept.excluded_ids,
    )  # fmt: skip
    return selections.freeze(selection=anew)


def _members(run: MassRun, chosen: Selection | None) -> list[int]:
    if chosen is not None and chosen.frozen_ids is not None:
        return chosen.frozen_ids
    return list(run.options["ids"])


def _failed(run: MassRun) -> list[int]:
    """The rows of the list for whom the last try failed: what the run was made of, people or accounts."""
    failed = Attempt.objects.filter(payment__run=run, state__in=FAILED).last_of_each_payment()
    payments = failed.values("payment")
    if run.options["noun"] == "accounts":
        accounts = run.lines.filter(payment__in=payments).values_list("client__account", flat=True)
        return sorted(set(accounts) & set(run.options["ids"]))
    people = run.lines.filter(payment__in=payments)
    if run.per == "person":
        return sorted(people.values_list("person", flat=True))
    rows = lists.of_ids("people", run.options["ids"], run.organization)
    return sorted(rows.filter(account__clients__in=people.values("client")).order_by().values_list("pk", flat=True))


def _charge(
    run: MassRun, ids: list[int], chosen: Selection | None, who: str, by: User, now: dt.datetime, on: dt.date
) -> MassRun:
    made = charge_runs.draft(
        organization=run.organization,
        noun=run.options["noun"],
        ids=ids,
        by=by,
        now=now,
        on=on,
        selection=chosen,
        source=run.source,
        copy_of=run,
        options=_options(run) | {"again": who},
    )
    return charge_runs.choose(run=made, now=now, on=on, per=run.per, note=run.note)


def _invoice(
    run: MassRun, ids: list[int], chosen: Selection | None, by: User, now: dt.datetime, on: dt.date
) -> MassRun:
    """Dated today, and due as many days later as then."""
    options = _options(run)
    term = dt.date.fromisoformat(options["due_on"]) - dt.date.fromisoformat(options["issued_on"])
    return invoice_runs.draft(
        organization=run.organization,
        noun=run.options["noun"],
        ids=ids,
        options=options | {"issued_on": on.isoformat(), "due_on": (on + term).isoformat()},
        by=by,
        now=now,
        per=run.per,
        note=run.note,
        selection=chosen,
    )


def _options(run: MassRun) -> dict[str, Any]:
    return {name: value for name, value in run.options.items() if name not in OWN_OPTIONS}
