"""Charged first, invoiced after: an invoice exists only where its payment has succeeded.

The run is a mass charge whose payments settle no debt yet. When the money is there, a sweep writes the invoice and
links it: one transaction a chunk, once for each line. What fails leaves no invoice and uses no number.
"""

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import Attempt, Dispute, MassRun, Payment, Refund, RunLine
from billing.planning import Around, choose_method
from billing.services import (
    debts,
    invoice_waits,
    invoicing,
    locking,
    mailing_invoices,
    priced,
    reconciling,
    refused_methods,
    upcoming,
)
from billing.services.invoicing import Draft, Terms
from billing.services.removed import Removed, holds
from billing.services.run_lines import NewLine
from smartrec.errors import Refused

log = logging.getLogger("billing.paid_first")
WHICH = "new"
CHUNK = 500
UNDER_WAY = ["created", "sent", "pending"]

PLAN_ALLOCATIONS = """
INSERT INTO billing_plannedallocation (payment_id, item_id, amount)
SELECT l.payment_id, i.id, i.total FROM billing_runline l JOIN billing_invoiceitem i ON i.invoice_id = l.invoice_id
WHERE l.id = ANY(%(lines)s) AND i.total > 0 ORDER BY i.id
"""


def is_one(run: MassRun) -> bool:
    """Whether this mass charge writes an invoice for each payment that succeeds."""
    return run.kind == "charge" and run.options.get("which") == WHICH


# --- the draft --------------------------------------------------------------------------------------
def lines_for(run: MassRun, *, now: dt.datetime, on: dt.date, removed: Removed = frozenset()) -> list[NewLine]:
    """One line for each target of the selection: by which method it would be charged, or why not.

    The taxes are those of this day: what is shown is what is charged and invoiced, whenever the money arrives.
    """
    _fix_rates(run, on)
    targets = debts.targets_of(organization=run.organization, noun=run.options["noun"], ids=run.options["ids"])
    whom = list(dict.fromkeys((t.client_id, t.person_id if run.per == "person" else None) for t in targets))
    clients = list({client for client, _person in whom})
    methods = refused_methods.methods_of(run, client_ids=clients)
    each, order = priced.total_of(run), run.options["order"]
    lines = []
    for position, (client, person) in enumerate(whom, 1):
        method, reason = choose_method(methods.get(client, ()), order=order, on=on)
        lines.append(
            NewLine(
                position=position,
                client_id=client,
                person_id=person,
                reason=(reason if each else "nothing_due") or ("removed" if holds(removed, client, person) else ""),
                amount=each,
                method_id=method.method_id if method else None,
                authorization_id=method.authorization_id if method else None,
                flags=("expires_soon",) if method and method.expires_this_month(on) else (),
                paid_first=True,
            )
        )
    return _with_flags(lines, upcoming.around(organization=run.organization, client_ids=clients, now=now, on=on))


def _fix_rates(run: MassRun, on: dt.date) -> None:
    run.options |= {"rates": [astuple(rate) for rate in invoicing.active_rates(run.organization, on=on)]}
    run.title = run.options["lines"][0]["description"][:120]
    run.save(update_fields=["options", "title"])


def _with_flags(lines: list[NewLine], around: Around) -> list[NewLine]:
    per_method = Counter(line.method_id for line in lines if not line.reason)

    def flags(line: NewLine) -> tuple[str, ...]:
        same = ("same_method",) if per_method[line.method_id] > 1 else ()
        return (*line.flags, *around.flags(line.client_id), *same)

    return [replace(line, flags=() if line.reason else flags(line)) for line in lines]


@transaction.atomic
def reprice(*, run: MassRun, on: dt.date) -> bool:
    """Give the lines of a draft the taxes as they are now; the answer is whether that changed anything."""
    run = MassRun.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state != "draft":
        return False
    _fix_rates(run, on)
    each = priced.total_of(run)
    return bool(run.lines.exclude(amount=each).update(amount=each))


# --- the failures of one run, charged again by another ---------------------------------------------------
AGAIN = "failed"


def done_again(payment: Payment) -> bool:
    """Whether a run made of the failures of its run charges the same person: then this payment is not tried again."""
    line = RunLine.objects.filter(payment=payment, paid_first=True).first()
    return line is not None and _done_again(line.run_id).filter(_same_target(line)).exists()


def _done_again(run_id: int) -> QuerySet[RunLine]:
    copies = RunLine.objects.filter(run__copy_of=run_id, run__options__again=AGAIN, payment__isnull=False)
    return copies.exclude(payment__attempts__state="cancelled")


def _same_target(line: RunLine) -> Q:
    """A line without a person is its whole household's."""
    whole = Q() if line.person_id is None else Q(person=line.person_id) | Q(person=None)
    return Q(client=line.client_id) & whole


def check_again(run: MassRun) -> None:
    """A run made of another's failures starts only while these stand: there is no debt that both would pay.

    Raises `Refused` when one of them was tried again meanwhile, or is charged by another run. In the transaction that
    starts the run; holds the failed payments, as trying one again does.
    """
    if run.copy_of_id is None or run.options.get("again") != AGAIN:
        return
    mine = _whom(run)
    before = RunLine.objects.filter(run=run.copy_of_id, payment__isnull=False)
    locking.hold(payments=[line.payment_id for line in before if line.payment_id and mine(line)])
    live = Attempt.objects.filter(payment=OuterRef("payment"), state__in=[*UNDER_WAY, "succeeded"])
    if any(mine(line) for line in [*before.filter(Exists(live)), *_done_again(run.copy_of_id)]):
        raise Refused(_("A payment is already under way or was accepted: nothing was started."))


def _whom(run: MassRun) -> Callable[[RunLine], bool]:
    """Whether a line of another run is about somebody this one charges."""
    whom = set(run.lines.filter(state="included").values_list("client_id", "person_id"))
    clients = {client for client, _person in whom}

    def mine(line: RunLine) -> bool:
        if line.person_id is None:
            return line.client_id in clients
        return (line.client_id, line.person_id) in whom or (line.client_id, None) in whom

    return mine


# --- the invoices of what was paid ------------------------------------------------------------------
def due() -> QuerySet[RunLine]:
    """Lines whose money is there and whose invoice is not; one that is being refunded whole waits for that."""
    taken = Attempt.objects.filter(payment=OuterRef("payment"), state="succeeded")
    going_back = Refund.objects.filter(payment=OuterRef("payment"), amount=OuterRef("amount"), state__in=UNDER_WAY)
    waiting = RunLine.objects.filter(paid_first=True, state="included", invoice=None, payment__isnull=False)
    return waiting.filter(Exists(taken), ~Exists(going_back))


def write_due(*, now: dt.datetime) -> int:
    """Write the invoices of all that was paid and has none yet; the answer is how many lines were dealt with."""
    written = 0
    runs = MassRun.objects.filter(Exists(due().filter(run=OuterRef("pk")))).select_related("organization")
    for run in runs.order_by("pk"):
        try:
            while count := _write_next(run, now):
                written += count
            invoice_waits.over(run=run)
        except Refused:
            # The next sweep finds these lines again, and writes them once the books are open.
            _say_that_they_wait(run, "period_closed", now)
        except OperationalError:
            raise
        except Exception:
            # The runs of others are wound up all the same.
            log.exception("invoices_not_written", extra={"run": run.pk})
            _say_that_they_wait(run, "error", now)
    return written


def _say_that_they_wait(run: MassRun, why: str, now: dt.datetime) -> None:
    invoice_waits.note(run=run, why=why, waiting=due().filter(run=run).count, now=now)


@transaction.atomic
def _write_next(run: MassRun, now: dt.datetime) -> int:
    """A chunk of one run. Killed half-way it leaves nothing; two workers at once take different lines."""
    found = due().filter(run=run).order_by("position").select_for_update(no_key=True, skip_locked=True, of=("self",))
    lines = list(found[:CHUNK])
    if not lines:
        return 0
    payments = [line.payment_id for line in lines if line.payment_id]
    locking.hold(clients={line.client_id for line in lines}, payments=payments)
    # Under the locks: what came back in the meantime is not invoiced.
    still = set(due().filter(pk__in=[line.pk for line in lines]).values_list("pk", flat=True))
    back = _given_back(payments)
    gone = [line.pk for line in lines if line.payment_id in back]
    RunLine.objects.filter(pk__in=gone).update(state="excluded", reason="refunded_first")
    kept = [line for line in lines if line.pk in still and line.payment_id not in back]
    if kept:
        _write(run, kept, now)
    return len(lines)


def _given_back(payment_ids: Sequence[int]) -> set[int]:
    """Those of these payments of which nothing is left because all of it was refunded."""
    touched = Payment.objects.filter(Q(refunds__isnull=False) | Q(desk_refund_parts__isnull=False), pk__in=payment_ids)
    untouched_by_banks = touched.filter(~Exists(Dispute.objects.filter(payment=OuterRef("pk")))).distinct()
    return {payment.pk for payment in untouched_by_banks if not reconciling.left_of(payment)}


def _write(run: MassRun, lines: Sequence[RunLine], now: dt.datetime) -> None:
    today, same = run.organization.local_day(now), priced.lines_of(run)
    key_of = dict(Payment.objects.filter(run=run, run_line__in=lines).values_list("run_line", "key"))
    drafts = [
        Draft(
            client_id=line.client_id,
            person_id=line.person_id,
            lines=same,
            # The database holds no two invoices of the same key: one payment makes one.
            key=uuid.uuid5(key_of[line.pk], "invoice"),
        )
        for line in lines
    ]
    terms = Terms(
        issued_on=today, due_on=today, note=run.note, internal_note=run.options.get("internal_note", ""), run=run
    )
    invoice_ids = invoicing.issue(
        organization=run.organization, drafts=drafts, terms=terms, by=run.confirmed_by, now=now
    )
    priced.link(lines, invoice_ids)
    with connection.cursor() as cursor:
        cursor.execute(PLAN_ALLOCATIONS, {"lines": [line.pk for line in lines]})
    _link([line.payment_id for line in lines if line.payment_id], now)
    if run.options.get("email"):
        mailing_invoices.email_created(invoice_ids)


def _link(payment_ids: Sequence[int], now: dt.datetime) -> None:
    """Each payment pays its invoice; one of which a part went elsewhere meanwhile, with what is left of it."""
    payments = Payment.objects.filter(pk__in=payment_ids)
    whole = payments.filter(allocated=0, held=0, refunds=None, desk_refund_parts=None, disputes=None)
    plain = set(whole.values_list("pk", flat=True))
    reconciling.apply_planned(payment_ids=sorted(plain), now=now)
    for payment in payments.exclude(pk__in=plain).order_by("pk"):
        reconciling.relink(payment=payment, now=now)
