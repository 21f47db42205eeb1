"""Confirming, approving and starting a mass run of any kind: once, as it was shown, and not the same twice in a day."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import selections, trail
from billing.models import MassRun, RunLine
from billing.services import asking, charge_runs, invoice_runs, message_runs, paid_first, refund_runs, repeating
from billing.services.runs import NotADraft, RunRefused, ShownDiffers
from smartrec.errors import Refused
from wallet.services import accounts

SAME_WITHIN = dt.timedelta(hours=24)
# What a run would do, besides to whom and for how much.
TELLS_APART = ("lines", "which", "late_fee", "subject", "body", "known_refunds")
LINES_AS_TEXT = """
SELECT COALESCE(string_agg(concat_ws(':', client_id, person_id, gives_back_id, amount, quantity, item_ids::text,
  item_amounts::text), ';' ORDER BY client_id, person_id, gives_back_id), '')
FROM billing_runline WHERE run_id = %s AND state = 'included'
"""

Begin = Callable[[MassRun, dt.datetime], None]
BEGIN: dict[str, Begin] = {
    "charge": charge_runs.begin,
    "invoice": invoice_runs.begin,
    "message": message_runs.begin,
    "refund": refund_runs.begin,
}


class SameRun(RunRefused):
    """The same run was started in the last day: `earlier`."""

    def __init__(self, run: MassRun, earlier: MassRun) -> None:
        super().__init__(run)
        self.earlier = earlier


class PricesChanged(Refused):
    """The taxes of a mass invoice are no longer those it was confirmed with."""


class NotASecondPerson(RunRefused):
    """Whoever confirmed a run cannot approve it too."""


def confirm(
    *,
    run: MassRun,
    count: int,
    total: int,
    by: User,
    now: dt.datetime,
    starts_at: dt.datetime | None = None,
    monthly: repeating.Monthly | None = None,
) -> MassRun:
    """Start a run exactly as reviewed; above the organization's limit it waits for a second person, and with a later
    `starts_at` for that moment. `monthly`: it is then made anew every month. One winner only.

    Raises `NotADraft` when it was started before (double click, reload, a second window), `ShownDiffers` when `count`
    and `total` are not those of the lines, and `SameRun` when the same was started in the last 24 hours.
    """
    if run.kind == "invoice" and invoice_runs.reprice(run=run):
        raise ShownDiffers(run)
    if paid_first.is_one(run) and paid_first.reprice(run=run, on=run.organization.local_day(now)):
        raise ShownDiffers(run)
    return _confirm(run, (count, total), by, now, starts_at, monthly)


@transaction.atomic
def _confirm(
    run: MassRun,
    shown: tuple[int, int],
    by: User,
    now: dt.datetime,
    starts_at: dt.datetime | None,
    monthly: repeating.Monthly | None,
) -> MassRun:
    run = _locked(run)
    if run.state != "draft":
        raise NotADraft(run)
    accounts.hold(organization=run.organization)
    figures = run.lines.filter(state="included").aggregate(count=Count("pk"), total=Sum("amount", default=0))
    count, total = shown
    if not count or (figures["count"], figures["total"]) != shown:
        raise ShownDiffers(run)
    fingerprint = fingerprint_of(run)
    if earlier := started_before(run, fingerprint, now).first():
        raise SameRun(run, earlier)
    # Whatever held it back before, a person has looked.
    facts = {"confirmed_by": by, "confirmed_at": now, "shown_count": count, "shown_total": total, "held_back": ""}
    state = _next_state(run, total, starts_at, now)
    MassRun.objects.filter(pk=run.pk).move(state, fingerprint=fingerprint, starts_at=starts_at, **facts)
    run.refresh_from_db()
    _record(run, "confirmed", by, now)
    if run.selection is not None:
        selections.used(selection=run.selection)
    if monthly is not None:
        repeating.begin(run=run, monthly=monthly, by=by, now=now)
    if state == "waiting":
        asking.ask_to_approve(run)
    if state == "running":
        try:
            _begin(run, now)
        except PricesChanged as changed:
            raise ShownDiffers(run) from changed
    run.refresh_from_db()
    return run


@transaction.atomic
def put_waiting(
    *,
    run: MassRun,
    shown: tuple[int, int],
    by: User,
    now: dt.datetime,
    starts_at: dt.datetime | None,
    why: str,
) -> None:
    """Have a run that was made by itself wait for a second person, as if `by` had confirmed it, and say why."""
    run = _locked(run)
    accounts.hold(organization=run.organization)
    fingerprint = fingerprint_of(run)
    if earlier := started_before(run, fingerprint, now).first():
        raise SameRun(run, earlier)
    facts = {"confirmed_by": by, "confirmed_at": now, "shown_count": shown[0], "shown_total": shown[1]}
    facts |= {"fingerprint": fingerprint, "starts_at": starts_at, "held_back": why}
    if not MassRun.objects.filter(pk=run.pk, state="draft").move("waiting", **facts):
        raise NotADraft(run)
    run.refresh_from_db()
    asking.ask_to_approve(run)


def _locked(run: MassRun) -> MassRun:
    return MassRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)


def _next_state(run: MassRun, total: int, starts_at: dt.datetime | None, now: dt.datetime) -> str:
    if needs_second_person(run, total):
        return "waiting"
    return "scheduled" if starts_at and starts_at > now else "running"


def needs_second_person(run: MassRun, total: int) -> bool:
    """Whether a run of so many cents is started only when a second person approves it."""
    limit = run.organization.approve_above
    return limit is not None and total > limit and run.kind != "message"


@transaction.atomic
def approve(*, run: MassRun, by: User, now: dt.datetime) -> MassRun:
    """A second person lets a waiting run start, or be started on its day.

    Raises `NotADraft` when it does not wait any more, and `NotASecondPerson` for whoever confirmed it.
    """
    run = _locked(run)
    if run.state != "waiting":
        raise NotADraft(run)
    if run.confirmed_by == by:
        raise NotASecondPerson(run)
    state = "scheduled" if run.starts_at and run.starts_at > now else "running"
    MassRun.objects.filter(pk=run.pk).move(state, approved_by=by, approved_at=now)
    run.refresh_from_db()
    _record(run, "approved", by, now)
    if state == "running":
        _begin(run, now)
        run.refresh_from_db()
    return run


@transaction.atomic
def start(*, run: MassRun, now: dt.datetime, by: User | None = None) -> bool:
    """Start a scheduled run whose moment has come; False when somebody else has, or it was moved, called off or held
    back for a person to decide."""
    due = MassRun.objects.filter(pk=run.pk, state="scheduled", starts_at__lte=now, held_back="")
    if not due.move("running"):
        return False
    run.refresh_from_db()
    _record(run, "started", by, now)
    _begin(run, now)
    return True


def _begin(run: MassRun, now: dt.datetime) -> None:
    """Start it for what was shown, or not at all: a tax may have changed since, at this very moment too."""
    BEGIN[run.kind](run, now)
    check_prices(run)


def check_prices(run: MassRun) -> None:
    """Raise `PricesChanged` when a mass invoice would come, with the taxes it begins with, to another total."""
    if run.kind != "invoice":
        return
    priced = run.lines.filter(state="included").exclude(amount=0)
    for quantity in set(priced.order_by().values_list("quantity", flat=True).distinct()):
        if priced.filter(quantity=quantity).exclude(amount=invoice_runs.total_of(run, quantity)).exists():
            raise PricesChanged(_("The taxes have changed since it was confirmed: review it again."))


def fingerprint_of(run: MassRun) -> str:
    """The same for two runs that would do the same to the same people for the same amounts."""
    what = {name: run.options[name] for name in TELLS_APART if name in run.options}
    with connection.cursor() as cursor:
        cursor.execute(LINES_AS_TEXT, [run.pk])
        lines = cursor.fetchone()[0]
    told = json.dumps([run.organization_id, run.kind, what], sort_keys=True, default=str)
    return hashlib.sha256(f"{told}\n{lines}".encode()).hexdigest()


def started_before(run: MassRun, fingerprint: str, now: dt.datetime) -> QuerySet[MassRun]:
    """Runs that did the same in the last day; one of which nothing stands, stopped early or failed, does not count."""
    made = RunLine.objects.filter(run=OuterRef("pk")).filter(
        Q(invoice__isnull=False)
        | Q(message__isnull=False)
        | Q(refund__isnull=False)
        | Q(payment__attempts__state__in=["created", "sent", "pending", "succeeded"])
    )
    same = MassRun.objects.for_organization(run.organization).filter(kind=run.kind, fingerprint=fingerprint)
    # However long ago it was confirmed, one that is still to start, or goes on, is the same.
    going = Q(state__in=["waiting", "scheduled", "running", "paused"])
    # One that was scheduled, or waited, began after it was confirmed.
    since = now - SAME_WITHIN
    began = Q(confirmed_at__gt=since) | Q(approved_at__gt=since) | Q(starts_at__gt=since)
    recent = same.filter(began | going).exclude(pk=run.pk)
    # What is charged before it is invoiced has no debt to protect it: a failure of it may still be tried again.
    idle = ~Exists(made) & (Q(state="stopped") | ~Q(options__which=paid_first.WHICH))
    gone = Q(state__in=["cancelled", "void", "reversed"]) | (Q(state__in=["stopped", "finished"]) & idle)
    return recent.exclude(gone).order_by("-confirmed_at")


def _record(run: MassRun, what: str, by: User | None, now: dt.datetime) -> None:
    facts = {
        "run": run.display_number,
        "count": run.shown_count,
        "total": run.shown_total,
        "currency": run.organization.currency,
    }
    trail.record(organization=run.organization, verb=f"{run.kind}_{what}", by=by, now=now, facts=facts)
