"""The mass refund: all or chosen payments of a charge given back. Confirmed once, written in chunks, sent paced."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import trail
from billing.models import Allocation, MassRun, Payment, Refund, RunLine
from billing.services import ending, locking, refund_lines, undoing
from billing.services.numbering import take_numbers
from billing.services.runs import NotADraft
from billing.services.undoing import DUE, UNFINISHED
from smartrec.errors import Refused

CHUNK = 1000
DEFAULTS = {"invoices": DUE, "email": True}
ENDED = ["finished", "stopped"]


@transaction.atomic
def draft(
    *, source: MassRun, chosen: Collection[int] | None = None, options: dict | None = None, by: User, now: dt.datetime
) -> MassRun:
    """Prepare the refund of a mass charge's payments: all that can go back, or those `chosen`. Nothing moves yet.

    Raises `Refused` while the charge is still under way.
    """
    if source.kind != "charge" or source.state not in ENDED:
        raise Refused(_("The payments of a mass charge can be refunded once it has ended."))
    payments = list(Payment.objects.filter(run=source).values_list("pk", flat=True))
    known = {"noun": "payments", "ids": [], "known_refunds": refund_lines.refunds_known(payments)}
    run = MassRun.objects.create(
        organization=source.organization,
        kind="refund",
        number=take_numbers(organization=source.organization, document="refund_run", count=1),
        per=source.per,
        source=source,
        selection_size=len(payments),
        options={**DEFAULTS, **(options or {}), **known},
        created_by=by,
        created_at=now,
    )
    refund_lines.write(run=run, payments=payments, chosen=payments if chosen is None else chosen, now=now)
    return run


@transaction.atomic
def choose(*, run: MassRun, note: str, invoices: str, email: bool) -> MassRun:
    """Change what the reviewer may choose: the note, whether clients are written to, what becomes of the invoices."""
    run = MassRun.objects.select_for_update().get(pk=run.pk)
    if run.state != "draft":
        raise NotADraft(run)
    run.note, run.options = note, run.options | {"invoices": invoices, "email": email}
    run.save(update_fields=["note", "options"])
    return run


def begin(run: MassRun, now: dt.datetime) -> None:
    """A mass refund that starts writes nothing at once: the tasks do, a chunk at a time."""


@transaction.atomic
def write_next(*, run: MassRun, now: dt.datetime) -> int:
    """Ask for the refunds of the next lines; what changed since the review is left out. The answer is how many lines.

    A chunk is one transaction: killed half-way it leaves nothing, and the next sweep writes it again.
    """
    run = _held(run)
    todo = list(_unwritten(run).order_by("position")[:CHUNK]) if run.state == "running" else []
    if not todo:
        return 0
    lines, payments = [line.pk for line in todo], [line.gives_back_id for line in todo if line.gives_back_id]
    locking.hold(clients={line.client_id for line in todo}, payments=payments)
    refund_lines.leave_out(run=run, lines=lines, payments=payments, now=now)
    refund_lines.write_refunds(lines=lines, now=now)
    _write_down(run, lines, now)
    return len(todo)


def _held(run: MassRun) -> MassRun:
    """The run as it stands, in one hand at a time."""
    runs = MassRun.objects.select_for_update(of=("self",)).select_related("organization", "confirmed_by")
    return runs.get(pk=run.pk)


def _unwritten(run: MassRun) -> QuerySet[RunLine]:
    return run.lines.filter(state="included", refund=None)


def _write_down(run: MassRun, lines: Collection[int], now: dt.datetime) -> None:
    written = RunLine.objects.filter(pk__in=lines, refund__isnull=False).select_related("gives_back")
    told: list[tuple[int, dict[str, Any]]] = [
        (
            line.client_id,
            {"payment": str(line.gives_back), "amount": line.amount, "currency": run.organization.currency},
        )
        for line in written.order_by("position")
    ]
    by = run.confirmed_by
    trail.record_many(organization=run.organization, verb="refund_requested", by=by, now=now, told=told)


def finish(*, now: dt.datetime) -> list[MassRun]:
    """End the mass refunds whose every refund has an answer (a bank may still be at work), and see to what they leave:
    refunds of a stopped run that came back unsent, and the charges that are undone by now, whoever refunded them."""
    waiting = Refund.objects.filter(run_line__run=OuterRef("pk"), state__in=["created", "sent"])
    unwritten = RunLine.objects.filter(run=OuterRef("pk"), state="included", refund=None)
    done = MassRun.objects.filter(~Exists(waiting), ~Exists(unwritten), kind="refund", state="running")
    finished = [run for run in done.select_related("organization", "confirmed_by") if _finished(run, now)]
    for run in MassRun.objects.filter(Exists(waiting), kind="refund", state="stopped"):
        undoing.cancel_unsent(run=run, now=now)
    for run in MassRun.objects.filter(kind="refund", state__in=ENDED).exclude(options__has_key="settled"):
        _settled(run, now)
    undoing.reverse_what_went_back(now=now)
    return finished


@transaction.atomic
def _finished(run: MassRun, now: dt.datetime) -> bool:
    if not MassRun.objects.filter(pk=run.pk, state="running").move("finished", ended_at=now):
        return False
    ending.tell(run, state="finished")
    facts = {"run": run.display_number}
    trail.record(organization=run.organization, verb="refund_finished", by=None, now=now, facts=facts)
    return True


def _settled(run: MassRun, now: dt.datetime) -> None:
    """Once none of its refunds can change any more, the charge is looked at one last time."""
    if Refund.objects.filter(run_line__run=run, state__in=UNFINISHED).exists():
        return
    undoing.reverse_source(run=run, now=now)
    with transaction.atomic():
        locked = MassRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        locked.options |= {"settled": True}
        locked.save(update_fields=["options"])


def invoices_of(run: MassRun) -> tuple[int, int]:
    """How many of the invoices its payments have paid would be voided, and how many would stay due in any case."""
    included = run.lines.filter(state="included").values("gives_back")
    links = Allocation.objects.filter(payment__in=included).values("item__invoice", "payment", "item__invoice__total")
    whole = links.annotate(cents=Sum("amount")).filter(cents=F("item__invoice__total"), item__invoice__credited=0)
    every = Allocation.objects.filter(payment__in=included).values("item__invoice").distinct().count()
    voidable = whole.values("item__invoice").distinct().count()
    return voidable, every - voidable
