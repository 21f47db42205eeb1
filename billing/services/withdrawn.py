"""Payments of a draft that may not be taken any more: their authorization ended after the list was prepared."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services import trail
from billing.models import MassRun, RunLine
from billing.services.runs import NotADraft

# What the list itself says of whom nothing may be charged.
REASON = "no_authorization"
ALLOWED = Q(authorization__state="granted", authorization__method__status="active")


def lines_of(run: MassRun) -> QuerySet[RunLine]:
    """What a draft would still charge though its holder withdrew the authorization, or removed the method."""
    return run.lines.filter(~ALLOWED, state="included", authorization__isnull=False)


@transaction.atomic
def leave_out(*, run: MassRun, by: User, now: dt.datetime) -> int:
    """Take the payments that are no longer authorized out of a draft; the answer is how many. Charges nothing.

    Raises `NotADraft` when it was confirmed or thrown away meanwhile.
    """
    run = _held_draft(run)
    n = lines_of(run).update(state="excluded", reason=REASON)
    if n:
        facts = {"run": run.display_number, "count": n}
        trail.record(organization=run.organization, verb="charge_withdrawn_left_out", by=by, now=now, facts=facts)
    return n


def _held_draft(run: MassRun) -> MassRun:
    """The draft, held: it is confirmed before, or after with what is left of it."""
    held = MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if held.state != "draft":
        raise NotADraft(held)
    return held
