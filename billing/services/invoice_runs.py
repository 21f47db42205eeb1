"""The mass invoice: the same lines for everyone selected, reviewed, confirmed once, written in chunks by the tasks."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, replace

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Organization, Selection, User
from accounts.services import trail
from billing.models import Invoice, MassRun, RunLine
from billing.services import (
    debts,
    ending,
    invoicing,
    late_fees,
    mailing_invoices,
    priced,
    removed,
    run_lines,
    runs,
    voiding,
)
from billing.services.invoicing import Draft, Terms
from billing.services.late_fee_rules import Fee, described
from billing.services.numbering import take_numbers
from billing.services.priced import issued_on, lines_of, total_of
from billing.services.run_lines import NewLine
from billing.services.runs import NotADraft, RunRefused
from smartrec.errors import Refused

__all__ = ["begin", "draft", "lines_of", "redraft", "reprice", "total_of", "void_run", "write_next"]

CHUNK = 5000
# What of a line its invoice is written from.
WRITES_WITH = ("run_id", "client_id", "person_id", "amount", "quantity", "item_ids", "flags")
SAME_INVOICE_WITHIN = dt.timedelta(hours=24)
VOID_WITHIN = dt.timedelta(hours=24)


class TooLateToVoid(RunRefused):
    """The invoices of a run can be voided together for a day after it began."""


@transaction.atomic
def draft(
    *,
    organization: Organization,
    noun: str,
    ids: Sequence[int],
    options: dict,
    by: User,
    now: dt.datetime,
    per: str | None = None,
    note: str = "",
    selection: Selection | None = None,
) -> MassRun:
    """Prepare a mass invoice for review. Creates no invoice.

    `options`: `lines` (as `invoicing.lines_of` takes them), `issued_on` and `due_on` (ISO dates), `internal_note`,
    `email` (whether each invoice is e-mailed as it is written); of late fees also `late_fee`, their rule.
    """
    _check_dates(organization, options, now)
    run = MassRun.objects.create(
        organization=organization,
        kind="invoice",
        number=take_numbers(organization=organization, document="invoicing", count=1),
        title=options["lines"][0]["description"][:120],
        per=per or ("person" if noun == "people" else "account"),
        selection=selection,
        selection_size=len(ids),
        options=options | {"noun": noun, "ids": list(ids)},
        note=note,
        created_by=by,
        created_at=now,
    )
    _write_lines(run, now=now)
    return run


@transaction.atomic
def redraft(*, run: MassRun, options: dict, per: str, note: str, now: dt.datetime) -> MassRun:
    """Change the form of a draft and prepare its lines again; lines removed by hand stay removed."""
    run = MassRun.objects.select_for_update().get(pk=run.pk)
    if run.state != "draft":
        raise NotADraft(run)
    _check_dates(run.organization, options, now)
    out = removed.by_hand(run, per=per)
    run.options, run.per, run.note = run.options | options, per, note
    run.title = options["lines"][0]["description"][:120]
    run.save(update_fields=["options", "per", "note", "title"])
    run.lines.all().delete()
    _write_lines(run, now=now)
    removed.keep_out(run, out)
    return run


def _check_dates(organization: Organization, options: dict, now: dt.datetime) -> None:
    issued_on, due_on = (dt.date.fromisoformat(options[name]) for name in ("issued_on", "due_on"))
    today = organization.local_day(now)
    invoicing.check_dates(organization, issued_on=issued_on, due_on=due_on, today=today)


def _write_lines(run: MassRun, *, now: dt.datetime) -> None:
    rows = late_fees.lines_for(run, now=now) if late_fees.is_one(run) else _same_for_all(run)
    run_lines.write(run, rows)
    _flag_lines(run, now)


def _same_for_all(run: MassRun) -> Iterable[NewLine]:
    targets = debts.targets_of(organization=run.organization, noun=run.options["noun"], ids=run.options["ids"])
    unique = {(t.client_id, t.person_id if run.per == "person" else None): t for t in targets}
    amount = total_of(run)
    return (
        NewLine(position=position, client_id=client_id, person_id=person_id, amount=amount)
        for position, (client_id, person_id) in enumerate(unique, 1)
    )


def _flag_lines(run: MassRun, now: dt.datetime) -> None:
    """Ask for a second look at clients without an e-mail and at those who got the same invoice in the last day."""
    same = Invoice.objects.filter(
        client=OuterRef("client"),
        state="issued",
        total=OuterRef("amount"),
        created_at__gte=now - SAME_INVOICE_WITHIN,
        items__description=run.title,
    )
    same = same.filter(person=OuterRef("person")) if run.per == "person" else same.filter(person=None)
    again, untold = Q(Exists(same)), Q(client__account__email="") if run.options.get("email") else Q(pk=None)
    run.lines.filter(again & ~untold).update(flags=["same_invoice_today"])
    run.lines.filter(untold & ~again).update(flags=["no_email"])
    run.lines.filter(again & untold).update(flags=["same_invoice_today", "no_email"])


@transaction.atomic
def reprice(*, run: MassRun) -> bool:
    """Give the lines of a draft the taxes as they are set now; the answer is whether that changed anything."""
    run = MassRun.objects.select_for_update().get(pk=run.pk)
    if run.state != "draft":
        return False
    priced_lines = run.lines.exclude(amount=0)
    quantities = set(priced_lines.values_list("quantity", flat=True).distinct())
    totals = [(quantity, total_of(run, quantity)) for quantity in quantities]
    return bool(sum(priced_lines.filter(quantity=q).exclude(amount=each).update(amount=each) for q, each in totals))


def begin(run: MassRun, now: dt.datetime) -> None:
    """Fix the taxes the invoices are written with. In the transaction that starts the run.

    Raises `Refused` when the day they are dated cannot be booked any more.
    """
    _check_dates(run.organization, run.options, now)
    rates = invoicing.active_rates(run.organization, on=issued_on(run))
    run.options |= {"rates": [astuple(rate) for rate in rates]}
    run.save(update_fields=["options"])


@transaction.atomic
def write_next(*, run: MassRun, now: dt.datetime) -> int:
    """Write the next chunk of the run's invoices, and end the run when none is left. The answer is how many lines.

    A chunk is one transaction: killed half-way it leaves nothing, and the next sweep writes it again.
    """
    run = MassRun.objects.select_for_update().get(pk=run.pk)
    if run.state != "running":
        return 0
    waiting = run.lines.filter(state="included", invoice=None).only(*WRITES_WITH)
    todo = list(waiting.order_by("position")[:CHUNK])
    if not todo:
        _finish(run, now)
        return 0
    fees = late_fees.recheck(run, todo, now=now) if late_fees.is_one(run) else None
    kept = [line for line in todo if fees is None or line.pk in fees]
    try:
        invoice_ids = invoicing.issue(
            organization=run.organization,
            drafts=_drafts(run, kept, fees),
            terms=_terms(run),
            by=run.confirmed_by,
            now=now,
        )
    except Refused:
        # The period was closed since: a person decides, the other runs go on.
        runs.pause(run=run, by=None, now=now, why="period_closed")
        return 0
    priced.link(kept, invoice_ids)
    if fees:
        late_fees.keep(fees, on=run.organization.local_day(now))
    if run.options.get("email"):
        mailing_invoices.email_created(invoice_ids)
    return len(todo)


def _drafts(run: MassRun, lines: Sequence[RunLine], fees: Mapping[int, Fee] | None) -> list[Draft]:
    """The invoice of each of these lines; a late fee tells which invoices it is for."""
    same = lines_of(run)
    if fees is None:
        return [Draft(client_id=line.client_id, person_id=line.person_id, lines=same) for line in lines]
    return [
        Draft(
            client_id=line.client_id,
            lines=[
                replace(one, description=described(one.description, fees[line.pk].late))
                for one in priced.times(same, line.quantity)
            ],
        )
        for line in lines
    ]


def _finish(run: MassRun, now: dt.datetime) -> None:
    MassRun.objects.filter(pk=run.pk).move("finished", ended_at=now)
    ending.tell(run, state="finished")
    facts = {"run": run.display_number}
    trail.record(organization=run.organization, verb="invoice_finished", by=None, now=now, facts=facts)


def _terms(run: MassRun) -> Terms:
    return Terms(
        issued_on=dt.date.fromisoformat(run.options["issued_on"]),
        due_on=dt.date.fromisoformat(run.options["due_on"]),
        note=run.note,
        internal_note=run.options.get("internal_note", ""),
        run=run,
    )


def may_void(run: MassRun, now: dt.datetime) -> bool:
    """Whether the invoices of a run can still be voided together."""
    ended = run.state in ("finished", "stopped")
    return ended and run.began_at is not None and now - run.began_at <= VOID_WITHIN


@transaction.atomic
def void_run(*, run: MassRun, only: Collection[int] | None = None, by: User, on: dt.date, now: dt.datetime) -> int:
    """Void every invoice of the run on which nothing has been paid, or `only` those; possible for a day. The answer is
    how many. The run is void once none of its invoices stands.

    Raises `TooLateToVoid` after that, or when the run never created an invoice, and `Refused` in a closed period.
    """
    run = MassRun.objects.select_for_update().get(pk=run.pk)
    if not may_void(run, now):
        raise TooLateToVoid(run)
    unpaid = Invoice.objects.filter(run=run, state="issued", allocated=0)
    unpaid = unpaid if only is None else unpaid.filter(pk__in=only)
    voided = voiding.void(
        organization=run.organization, invoice_ids=list(unpaid.values_list("pk", flat=True)), by=by, on=on, now=now
    )
    if not Invoice.objects.filter(run=run, state="issued").exists():
        MassRun.objects.filter(pk=run.pk).move("void", ended_at=now, ended_by=by)
    facts = {"run": run.display_number, "count": voided}
    trail.record(organization=run.organization, verb="invoice_voided", by=by, now=now, facts=facts)
    return voided
