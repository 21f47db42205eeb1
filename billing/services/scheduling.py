"""A confirmed run that waits for its day: when that is, starting it once, moving it, calling it off."""

import datetime as dt
import logging
from zoneinfo import ZoneInfo

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from billing.models import MassRun
from billing.services import asking, repeating, run_letters, starting
from billing.services.runs import NotADraft
from smartrec.errors import Refused

log = logging.getLogger("billing.scheduling")
FURTHEST = dt.timedelta(days=365)
# Later than this, nobody knows any more whether it is still wanted.
TOO_LATE = dt.timedelta(hours=24)
REFUSED = {"charge": "account_not_ready", "refund": "account_not_ready", "invoice": "period_closed"}


def moment(*, organization: Organization, day: dt.date, time: dt.time, now: dt.datetime) -> dt.datetime:
    """That day and time by the clocks of the centre.

    Raises `Refused` for a moment that is past, more than a year ahead, or skipped when the clocks go forward.
    """
    zone = ZoneInfo(organization.time_zone)
    local = dt.datetime.combine(day, time.replace(second=0, microsecond=0), zone)
    found = local.astimezone(dt.UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(_("That time does not exist on that day: the clocks go forward. Choose another time."))
    if found <= now:
        raise Refused(_("Choose a date and time that are still to come."))
    if day > organization.local_day(now) + FURTHEST:
        raise Refused(_("Choose a date within a year from today."))
    return found


@transaction.atomic
def move(*, run: MassRun, starts_at: dt.datetime, by: User, now: dt.datetime) -> MassRun:
    """Give a scheduled run another day; staff are reminded the day before that one.

    Raises `NotADraft` when it has started or was called off meanwhile.
    """
    facts = {"starts_at": starts_at, "reminded_at": None, "held_back": ""}
    if not MassRun.objects.filter(pk=run.pk, state="scheduled").move("scheduled", **facts):
        raise NotADraft(run)
    run.refresh_from_db()
    _record(run, "run_moved", by, now, when=run_letters.at_the_centre(run.organization, starts_at).replace("T", " "))
    return run


@transaction.atomic
def start_now(*, run: MassRun, seen: str, by: User, now: dt.datetime) -> MassRun:
    """Start a scheduled run before its day, or after it was held back. `seen` is the fingerprint of what was shown.

    Raises `NotADraft` when it has started or was called off meanwhile, `Refused` when it cannot start now, or needs a
    second person by now.
    """
    if starting.needs_second_person(run, run.shown_total) and run.approved_at is None:
        raise Refused(_("A second person has to approve this by now. Review it again."))
    mine = MassRun.objects.filter(pk=run.pk, state="scheduled", fingerprint=seen)
    if not mine.update(starts_at=now, held_back="") or not starting.start(run=run, now=now, by=by):
        raise NotADraft(run)
    run.refresh_from_db()
    return run


@transaction.atomic
def call_off(*, run: MassRun, by: User, now: dt.datetime) -> MassRun:
    """Never start a run that waits or is scheduled: nothing was created or charged.

    Raises `NotADraft` when it has started, or was called off, meanwhile.
    """
    # Held: whoever approves it at this moment has done so before, or finds it called off.
    state = MassRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
    mine = MassRun.objects.filter(pk=run.pk, state__in=["waiting", "scheduled"])
    if not mine.move("cancelled", ended_by=by, ended_at=now):
        raise NotADraft(run)
    run.refresh_from_db()
    if state == "waiting":
        # Nobody has agreed to the first month: the next ones are not made by themselves either.
        repeating.take_back(run=run, by=by, now=now)
    _record(run, "run_called_off", by, now)
    return run


def start_due(*, now: dt.datetime) -> int:
    """Start every run whose moment has come; the answer is how many. Several sweeps at once start each run once."""
    due = MassRun.objects.filter(state="scheduled", starts_at__lte=now, held_back="").order_by("starts_at", "pk")
    return sum(_start(run, now) for run in due.select_related("organization", "confirmed_by"))


def _start(run: MassRun, now: dt.datetime) -> bool:
    """A run that cannot start is left whole, and told: it is not tried again until a person decides."""
    if why := _for_a_person(run, now):
        wait(run=run, why=why, now=now)
        return False
    if run.starts_at and now - run.starts_at > TOO_LATE:
        hold_back(run=run, why="too_late", now=now)
        return False
    try:
        return starting.start(run=run, now=now)
    except OperationalError:
        raise
    except starting.PricesChanged:
        hold_back(run=run, why="prices_changed", now=now)
    except Refused:
        hold_back(run=run, why=REFUSED.get(run.kind, "refused"), now=now)
    except Exception:
        log.exception("run_not_started", extra={"run": run.pk})
        hold_back(run=run, why="error", now=now)
    return False


def _for_a_person(run: MassRun, now: dt.datetime) -> str:
    """Why a second person has to look first: the limits and the roles of this moment count."""
    if run.approved_at is not None:
        return ""
    if starting.needs_second_person(run, run.shown_total):
        return "over_limit"
    allowed = run_letters.may(run.confirmed_by, run.organization, run_letters.ACTS_WITH[run.kind])
    return "" if allowed else "not_allowed"


@transaction.atomic
def wait(*, run: MassRun, why: str, now: dt.datetime) -> None:
    """Have a scheduled run wait for a second person."""
    if MassRun.objects.filter(pk=run.pk, state="scheduled").move("waiting", held_back=why):
        run.refresh_from_db()
        _record(run, "run_held_back", None, now)
        asking.ask_to_approve(run)


@transaction.atomic
def hold_back(*, run: MassRun, why: str, now: dt.datetime) -> None:
    """Note why a scheduled run did not start, and tell everybody who could start it."""
    mine = MassRun.objects.filter(pk=run.pk, state="scheduled", starts_at=run.starts_at, held_back="")
    if mine.update(held_back=why):
        run.refresh_from_db()
        _record(run, "run_held_back", None, now)
        fact = f"held_back/{run.starts_at:%Y%m%d%H%M}"
        run_letters.write(run=run, kind="run_held_back", fact=fact, to=run_letters.who_runs(run), why=why)


def _record(run: MassRun, verb: str, by: User | None, now: dt.datetime, **facts: object) -> None:
    told = {"run": run.display_number, **facts}
    trail.record(organization=run.organization, verb=verb, by=by, now=now, facts=told)
