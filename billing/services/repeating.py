"""A mass run made anew every month: begun with a run that is confirmed, one month left out, ended."""

import calendar
import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Selection, User
from accounts.services import trail
from billing.models import MassRun, Repetition

# What a run carries that belongs to that one month.
OF_ONE_MONTH = ("ids", "noun", "rates", "counts", "halted")
# What a run may be told that means something next month too: not the invoices of one run, nor those ticked by hand.
REPEATED = {"charge": ("balance", "overdue", "fixed"), "invoice": (None,)}


@dataclass(frozen=True)
class Monthly:
    """On which day of each month, and how many per cent above this month's total one month may come to."""

    day: int
    margin: int = 0


def may_repeat(run: MassRun) -> bool:
    """Whether a run can be made anew each month, and is not yet."""
    repeated = run.options.get("which") in REPEATED.get(run.kind, ())
    return repeated and run.source_id is None and run.repetition_id is None


def day_in(month: dt.date, day: int) -> dt.date:
    """That day of a month, or its last day when it has fewer."""
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def month_after(day: dt.date) -> dt.date:
    """The first day of the next month."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def starts_at(repetition: Repetition) -> dt.datetime:
    """The moment of its next run, at the centre; an hour the clocks skip is the hour after it."""
    zone = ZoneInfo(repetition.organization.time_zone)
    return dt.datetime.combine(repetition.starts_on, repetition.starts_time, zone).astimezone(dt.UTC)


def begin(*, run: MassRun, monthly: Monthly, by: User, now: dt.datetime) -> Repetition:
    """Have a run that is being confirmed made anew every month. In the transaction that confirms it."""
    zone = ZoneInfo(run.organization.time_zone)
    first = (run.starts_at or now).astimezone(zone)
    repetition = Repetition.objects.create(
        organization=run.organization,
        kind=run.kind,
        title=run.title,
        per=run.per,
        selection=_kept(run, by),
        options={name: value for name, value in run.options.items() if name not in OF_ONE_MONTH},
        note=run.note,
        day_of_month=monthly.day,
        starts_on=day_in(month_after(first.date()), monthly.day),
        starts_time=first.time().replace(second=0, microsecond=0) if run.starts_at else dt.time(9),
        limit=run.shown_total * (100 + monthly.margin) // 100,
        created_by=by,
        created_at=now,
    )
    MassRun.objects.filter(pk=run.pk).update(repetition=repetition, for_month=first.date().replace(day=1))
    _record(repetition, "repetition_begun", by, now, run=run.display_number, total=repetition.limit)
    return repetition


def _kept(run: MassRun, by: User) -> Selection:
    """Whom it is for: the filters the run was selected with, or the very people."""
    if run.selection is not None and run.selection.frozen_ids is not None:
        return run.selection
    return Selection.objects.create(
        organization=run.organization, created_by=by, noun=run.options["noun"], frozen_ids=run.options["ids"]
    )


def is_first(run: MassRun, repetition: Repetition) -> bool:
    """Whether the repetition began with this run."""
    return repetition.runs.order_by("pk").first() == run


def take_back(*, run: MassRun, by: User, now: dt.datetime) -> None:
    """A run that began a repetition is reviewed anew: nothing is made every month until it is confirmed so again.

    A month of a repetition that others have begun stays one. In the caller's transaction.
    """
    begun = Repetition.objects.going_on().filter(runs=run).select_for_update(of=("self",)).first()
    if begun is None or not is_first(run, begun):
        return
    end(repetition=begun, by=by, now=now)
    if not begun.runs.exclude(pk=run.pk).exists():
        MassRun.objects.filter(pk=run.pk).update(repetition=None, for_month=None)


@transaction.atomic
def skip(*, repetition: Repetition, month: dt.date, by: User, now: dt.datetime) -> bool:
    """Leave one month out. False when it has been left out, or planned, since `month` was shown."""
    repetition = Repetition.objects.select_for_update(of=("self",)).get(pk=repetition.pk)
    if repetition.ended_at or repetition.starts_on != month:
        return False
    move_on(repetition)
    _record(repetition, "repetition_skipped", by, now, day=month.isoformat())
    return True


def move_on(repetition: Repetition) -> None:
    """The next run is a month later. Under its lock."""
    repetition.starts_on = day_in(month_after(repetition.starts_on), repetition.day_of_month)
    repetition.save(update_fields=["starts_on"])


@transaction.atomic
def end(*, repetition: Repetition, by: User, now: dt.datetime) -> bool:
    """Make no further run; one that is planned already stays, and is called off by itself."""
    if not Repetition.objects.filter(pk=repetition.pk, ended_at=None).update(ended_at=now, ended_by=by):
        return False
    _record(repetition, "repetition_ended", by, now)
    return True


def name_of(repetition: Repetition) -> str:
    """By the run it began with."""
    first = repetition.runs.order_by("pk").first()
    return first.display_number if first else ""


def _record(repetition: Repetition, verb: str, by: User | None, now: dt.datetime, **facts: object) -> None:
    told = {"run": name_of(repetition), "day_of_month": repetition.day_of_month, **facts}
    trail.record(organization=repetition.organization, verb=verb, by=by, now=now, facts=told)
