"""Planning the next run of what is repeated every month, some days before its day: for whoever it then concerns."""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import OperationalError, transaction

from accounts.models import Selection
from accounts.services import selections, trail
from billing.models import MassRun, Repetition
from billing.services import charge_runs, invoice_runs, repeating, run_letters, starting
from billing.services.runs import RunRefused
from smartrec.errors import Refused

log = logging.getLogger("billing.monthly")
DAYS_BEFORE = 3
Draft = Callable[[Repetition, Selection, dt.datetime], MassRun]


def plan_due(*, now: dt.datetime) -> int:
    """Plan the next run of every repetition whose day is near; the answer is how many were planned.

    Several sweeps at once plan each month once.
    """
    near = Repetition.objects.going_on().filter(starts_on__lte=now.date() + dt.timedelta(days=DAYS_BEFORE + 1))
    return sum(_plan(pk, month, now) for pk, month in near.order_by("starts_on", "pk").values_list("pk", "starts_on"))


def _plan(pk: int, month: dt.date, now: dt.datetime) -> bool:
    try:
        return plan_next(pk=pk, now=now)
    except OperationalError:
        raise
    except Exception:
        log.exception("month_not_planned", extra={"repetition": pk})
        return _give_up(pk=pk, month=month, now=now)


@transaction.atomic
def plan_next(*, pk: int, now: dt.datetime) -> bool:
    """Make the next month's run of a repetition, if its day is near and nobody has."""
    repetition = _locked(pk)
    today = repetition.organization.local_day(now)
    if repetition.ended_at or repetition.starts_on > today + dt.timedelta(days=DAYS_BEFORE):
        return False
    missed = _to_the_latest(repetition, today)
    month = repetition.starts_on.replace(day=1)
    if repetition.runs.filter(for_month=month).exists():
        repeating.move_on(repetition)
        return False
    starts_at = repeating.starts_at(repetition)
    late = starts_at <= now
    run = DRAFTS[repetition.kind](repetition, _whom(repetition), now)
    facts = {"repetition": repetition, "for_month": month, "title": repetition.title}
    MassRun.objects.filter(pk=run.pk).update(**facts)
    run.refresh_from_db()
    _let_go(run, repetition, now, starts_at=None if late else starts_at, late=late)
    repeating.move_on(repetition)
    _record(repetition, run, missed, now)
    return True


def _locked(pk: int) -> Repetition:
    locked = Repetition.objects.select_for_update(of=("self",))
    return locked.select_related("organization", "selection", "created_by").get(pk=pk)


def _to_the_latest(repetition: Repetition, today: dt.date) -> int:
    """After a long outage only the latest month is made, never all that were missed; how many were."""
    missed = 0
    while (later := repeating.day_in(repeating.month_after(repetition.starts_on), repetition.day_of_month)) <= today:
        repetition.starts_on, missed = later, missed + 1
    return missed


def _whom(repetition: Repetition) -> Selection:
    """Whoever the filters match now; without filters the very people they were, as far as they are still clients."""
    kept = repetition.selection
    if kept.mode == "query":
        kept = Selection(
            organization=kept.organization,
            created_by=kept.created_by,
            noun=kept.noun,
            mode="query",
            query=kept.query,
            excluded_ids=kept.excluded_ids,
        )
    return selections.freeze(selection=kept)


def _draft_charge(repetition: Repetition, whom: Selection, now: dt.datetime) -> MassRun:
    today = repetition.organization.local_day(now)
    run = charge_runs.draft(
        organization=repetition.organization,
        noun=whom.noun,
        ids=whom.frozen_ids or [],
        by=repetition.created_by,
        now=now,
        on=today,
        selection=whom,
        options=repetition.options,
    )
    return charge_runs.choose(run=run, now=now, on=today, per=repetition.per, note=repetition.note)


def _draft_invoice(repetition: Repetition, whom: Selection, now: dt.datetime) -> MassRun:
    """Dated on the day it starts, and due as many days later as the first."""
    options = repetition.options
    issued_on, due_on = (dt.date.fromisoformat(options[name]) for name in ("issued_on", "due_on"))
    dated = max(repetition.starts_on, repetition.organization.local_day(now))
    dates = {"issued_on": dated.isoformat(), "due_on": (dated + (due_on - issued_on)).isoformat()}
    return invoice_runs.draft(
        organization=repetition.organization,
        noun=whom.noun,
        ids=whom.frozen_ids or [],
        options=options | dates,
        by=repetition.created_by,
        now=now,
        per=repetition.per,
        note=repetition.note,
        selection=whom,
    )


DRAFTS: dict[str, Draft] = {"charge": _draft_charge, "invoice": _draft_invoice}


def _let_go(
    run: MassRun, repetition: Repetition, now: dt.datetime, *, starts_at: dt.datetime | None, late: bool
) -> None:
    """Schedule the run; above the limit, late, or without a creator who may do it, it waits for a second person."""
    included = run.lines.filter(state="included").values_list("amount", flat=True)
    count, total = len(included), sum(included)
    if not count:
        MassRun.objects.filter(pk=run.pk).move("cancelled", held_back="nobody", ended_at=now)
        _tell(run, "nobody")
        return
    why = _why_it_waits(run, repetition, total, late)
    try:
        with transaction.atomic():
            _confirm(run, repetition, (count, total), now, starts_at, why)
    except (RunRefused, Refused):
        MassRun.objects.filter(pk=run.pk).update(held_back="refused")
        _tell(run, "refused")


def _confirm(
    run: MassRun,
    repetition: Repetition,
    shown: tuple[int, int],
    now: dt.datetime,
    starts_at: dt.datetime | None,
    why: str,
) -> None:
    if not why:
        count, total = shown
        starting.confirm(run=run, count=count, total=total, by=repetition.created_by, now=now, starts_at=starts_at)
        return
    starting.put_waiting(run=run, shown=shown, by=repetition.created_by, now=now, starts_at=starts_at, why=why)


def _why_it_waits(run: MassRun, repetition: Repetition, total: int, late: bool) -> str:
    if late:
        return "missed"
    if total > repetition.limit:
        return "over_month_limit"
    permission = run_letters.ACTS_WITH[run.kind]
    return "" if run_letters.may(repetition.created_by, run.organization, permission) else "not_allowed"


def _tell(run: MassRun, why: str) -> None:
    run.refresh_from_db()
    to = run_letters.who_runs(run)
    run_letters.write(run=run, kind="run_held_back", fact=f"month/{why}", to=to, why=why)


@transaction.atomic
def _give_up(*, pk: int, month: dt.date, now: dt.datetime) -> bool:
    """A month that cannot be made is left out once, and told; the next one is tried again."""
    repetition = _locked(pk)
    if repetition.starts_on != month:
        # Another sweep has made it meanwhile, or left it out: what comes next is another month.
        return False
    last = repetition.runs.select_related("organization", "confirmed_by").order_by("-pk").first()
    repeating.move_on(repetition)
    if last is not None:
        to = run_letters.who_runs(last)
        run_letters.write(run=last, kind="run_held_back", fact=f"not_made/{month}", to=to, why="not_made")
    facts = {"run": repeating.name_of(repetition), "day": month.isoformat()}
    trail.record(organization=repetition.organization, verb="repetition_failed", by=None, now=now, facts=facts)
    return False


def _record(repetition: Repetition, run: MassRun, missed: int, now: dt.datetime) -> None:
    run.refresh_from_db()
    facts = {"run": run.display_number, "count": run.shown_count, "total": run.shown_total, "missed": missed}
    trail.record(organization=repetition.organization, verb="repetition_planned", by=None, now=now, facts=facts)
