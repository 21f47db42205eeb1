"""A second person lets a mass run above the organization's limit start, or sends it back to its review."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import trail
from billing.models import MassRun
from billing.services import repeating, run_letters, starting
from billing.services.runs import NotADraft, ShownDiffers
from smartrec.errors import Refused

APPROVES = "runs.approve"
AS_DRAFT = {
    "confirmed_by": None,
    "confirmed_at": None,
    "approved_by": None,
    "approved_at": None,
    "fingerprint": "",
    "starts_at": None,
    "reminded_at": None,
    "held_back": "",
    "shown_count": 0,
    "shown_total": 0,
}


@transaction.atomic
def approve(*, run: MassRun, seen: str, by: User, now: dt.datetime) -> MassRun:
    """Let a waiting run start, or be started on its day. The permission is looked at at this moment.

    `seen` is the fingerprint of what was shown. Raises `NotADraft` when it does not wait any more, `ShownDiffers` when
    it was reviewed and confirmed anew since, `NotASecondPerson` for whoever confirmed it, `Refused` for somebody who
    may not approve runs, or do what this run does.
    """
    _check_may(run, by)
    run = MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state == "waiting" and run.fingerprint != seen:
        raise ShownDiffers(run)
    run = starting.approve(run=run, by=by, now=now)
    if run.held_back:
        MassRun.objects.filter(pk=run.pk).update(held_back="")
    tell_confirmer(run, "run_approved", by)
    return run


@transaction.atomic
def send_back(*, run: MassRun, by: User, now: dt.datetime, why: str = "") -> MassRun:
    """Make a run that waits, or is scheduled, a draft again: it, and a repetition it began, is confirmed anew.

    Raises `NotADraft` when it has started or was called off meanwhile.
    """
    run = MassRun.objects.select_for_update(of=("self",)).select_related("organization", "confirmed_by").get(pk=run.pk)
    if not MassRun.objects.filter(pk=run.pk, state__in=["waiting", "scheduled"]).move("draft", **AS_DRAFT):
        raise NotADraft(run)
    repeating.take_back(run=run, by=by, now=now)
    if run.confirmed_by != by:
        tell_confirmer(run, "run_sent_back", by, why)
    facts = {"run": run.display_number, "why": why or "–"}
    trail.record(organization=run.organization, verb="run_sent_back", by=by, now=now, facts=facts)
    run.refresh_from_db()
    return run


def _check_may(run: MassRun, by: User) -> None:
    needed = (APPROVES, run_letters.ACTS_WITH[run.kind])
    if not all(run_letters.may(by, run.organization, permission) for permission in needed):
        raise Refused(_("Your role does not let you approve this."))


def tell_confirmer(run: MassRun, kind: str, by: User, why: str = "") -> None:
    """Write to whoever confirmed the run what the second person decided."""
    if run.confirmed_by is not None and run.confirmed_at is not None:
        fact = f"{kind}/{run.confirmed_at:%Y%m%d%H%M%S%f}"
        run_letters.write(run=run, kind=kind, fact=fact, to=[run.confirmed_by], by=str(by), why=why)
