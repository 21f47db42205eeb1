"""What every mass run can do once it is a draft or running: pause, resume, stop, end."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from accounts.services import trail
from billing.models import Attempt, MassRun
from billing.services import ending, paid_first, taking_back, undoing
from billing.services.debts import among


class RunRefused(Exception):
    """A run cannot do what was asked in its present state; carries the run."""

    def __init__(self, run: MassRun) -> None:
        super().__init__(run)
        self.run = run


class NotADraft(RunRefused):
    """The run has already started."""


class ShownDiffers(RunRefused):
    """The lines are no longer those that were shown, or the typed number is not theirs."""


@transaction.atomic
def pause(
    *, run: MassRun, by: User | None, now: dt.datetime, why: str = "", figures: Mapping[str, int] | None = None
) -> bool:
    """Send nothing more until someone resumes; what is in flight ends by itself.

    A run that pauses by itself says why, with the `figures` that made it, to whoever started it.
    """
    if not MassRun.objects.filter(pk=run.pk).move("paused"):
        return False
    _note(run, halted=why, halted_figures=dict(figures or {}))
    if by is None:
        ending.tell_paused(run, why=why, figures=figures or {}, now=now)
    return _told(run, "paused", by, now, why)


@transaction.atomic
def resume(*, run: MassRun, by: User, now: dt.datetime) -> bool:
    """Go on where the run was paused. What went wrong before is not held against it again."""
    if not MassRun.objects.filter(pk=run.pk, state="paused").move("running"):
        return False
    _note(run, halted="", halted_figures={}, resumed_at=now.isoformat())
    return _told(run, "running", by, now)


@transaction.atomic
def stop(*, run: MassRun, by: User, now: dt.datetime) -> bool:
    """End the run after what is in flight: payments, refunds and letters not yet sent never are. Accepted ones stay."""
    if not MassRun.objects.filter(pk=run.pk).move("stopped", ended_by=by, ended_at=now):
        return False
    _never_send(Attempt.objects.filter(payment__run=run), now)
    undoing.cancel_unsent(run=run, now=now)
    taking_back.letters(run=run)
    ending.tell(run, state="stopped")
    return _told(run, "stopped", by, now)


def _never_send(attempts: QuerySet, now: dt.datetime) -> None:
    """Those of these attempts that have not been sent never are."""
    unsent = attempts.filter(state="created").order_by("pk").select_for_update(of=("self",))
    mine = among("pk", unsent.values_list("pk", flat=True))
    Attempt.objects.filter(mine).move("cancelled", settled_at=now, reason="stopped")


@transaction.atomic
def cancel_draft(*, run: MassRun, by: User, now: dt.datetime) -> bool:
    """Throw a draft away; nothing was created or charged."""
    drafts = MassRun.objects.filter(pk=run.pk, state="draft")
    return bool(drafts.move("cancelled", ended_by=by, ended_at=now))


@transaction.atomic
def finish_charges(*, now: dt.datetime) -> list[MassRun]:
    """End the running charges whose every payment has an answer (e-checks may still be processing).

    Where an invoice follows each payment, none that was taken is still without. What was on its way when its run was
    stopped, and was not carried out, ends as well.
    """
    _never_send(Attempt.objects.filter(held_by__state="stopped"), now)
    waiting = Attempt.objects.filter(payment__run=OuterRef("pk"), state__in=["created", "sent"])
    uninvoiced = paid_first.due().filter(run=OuterRef("pk"))
    done = MassRun.objects.filter(~Exists(waiting), ~Exists(uninvoiced), kind="charge", state="running")
    finished = [run for run in done if MassRun.objects.filter(pk=run.pk).move("finished", ended_at=now)]
    for run in finished:
        ending.tell(run, state="finished")
        _told(run, "finished", None, now)
    return finished


def _note(run: MassRun, **facts: object) -> None:
    """Keep these beside what was chosen; the row is held by the move."""
    chosen = MassRun.objects.values_list("options", flat=True).get(pk=run.pk)
    if chosen | facts != chosen:
        MassRun.objects.filter(pk=run.pk).update(options=chosen | facts)


def _told(run: MassRun, state: str, by: User | None, now: dt.datetime, why: str = "") -> bool:
    facts = {"run": run.display_number} | ({"why": why} if why else {})
    trail.record(organization=run.organization, verb=f"{run.kind}_{state}", by=by, now=now, facts=facts)
    return True
