"""Reminding staff the day before a run starts by itself: how many, how much, who is left out."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.models import MassRun
from billing.services import repeating, run_letters

LOOK_AHEAD = dt.timedelta(hours=26)


def remind_due(*, now: dt.datetime) -> int:
    """Write once about each scheduled run that starts within a day; the answer is about how many."""
    coming = MassRun.objects.filter(state="scheduled", reminded_at=None, held_back="", starts_at__gt=now)
    soon = coming.filter(starts_at__lte=now + LOOK_AHEAD).select_related("organization", "confirmed_by")
    return sum(_remind(run, now) for run in soon.order_by("starts_at", "pk") if _day_before(run) <= now)


def _day_before(run: MassRun) -> dt.datetime:
    """The same time of the day before by the clocks of the centre, also when they change in between."""
    zone = ZoneInfo(run.organization.time_zone)
    assert run.starts_at is not None
    return (run.starts_at.astimezone(zone) - dt.timedelta(days=1)).astimezone(dt.UTC)


@transaction.atomic
def _remind(run: MassRun, now: dt.datetime) -> bool:
    """Whoever scheduled it less than a day before knows: they are not written to again."""
    mine = MassRun.objects.filter(pk=run.pk, state="scheduled", reminded_at=None, starts_at=run.starts_at)
    if not mine.update(reminded_at=now):
        return False
    if run.confirmed_at and run.confirmed_at > _day_before(run):
        return False
    run_letters.write(
        run=run,
        kind="run_reminder",
        fact=f"reminder/{run.starts_at:%Y%m%d%H%M}",
        to=run_letters.who_runs(run),
        excluded=run.lines.filter(state="excluded").count(),
        monthly=run.repetition is not None and not repeating.is_first(run, run.repetition),
    )
    return True
