"""The mass charge from selection to confirmation. Confirming writes payments; the tasks send them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, Selection, User
from accounts.services import trail
from billing.models import MassRun
from billing.planning import Choices, Planned, Target, by_client, plan, shared_accounts
from billing.services import announcing, debts, paid_first, rechecking, refused_methods, run_lines, upcoming
from billing.services.numbering import take_numbers
from billing.services.removed import Removed, by_hand, holds
from billing.services.run_lines import NewLine
from billing.services.runs import NotADraft
from smartrec.errors import Refused
from wallet.services import accounts

DEFAULTS = {
    "which": "balance",
    "amount": None,
    "order": "default",
    "at_most": None,
    "notice_days": 0,
    "reconcile": True,
    "email_receipt": True,
}
# What changes the lines of a draft when it changes.
PLANS_AGAIN = ("which", "amount", "order", "at_most", "notice_days")


@transaction.atomic
def draft(
    *,
    organization: Organization,
    noun: str,
    ids: Sequence[int],
    by: User,
    now: dt.datetime,
    on: dt.date,
    per: str | None = None,
    note: str = "",
    selection: Selection | None = None,
    source: MassRun | None = None,
    copy_of: MassRun | None = None,
    options: dict | None = None,
) -> MassRun:
    """Prepare a mass charge for review: one line per target, with every exclusion and its reason. Takes no money.

    `source` is the invoice run whose invoices are to be paid; without it the whole balance is proposed. `copy_of` is
    the charge that this one does again.
    """
    chosen = DEFAULTS | ({"which": "run"} if source else {}) | (options or {})
    run = MassRun(
        organization=organization,
        kind="charge",
        number=take_numbers(organization=organization, document="charge", count=1),
        per=per or ("person" if noun == "people" else "account"),
        note=note,
        selection=selection,
        selection_size=len(ids),
        source=source,
        copy_of=copy_of,
        options=chosen | {"noun": noun, "ids": list(ids)} | prepared(now),
        created_by=by,
        created_at=now,
    )
    _check(run)
    run.save()
    _write_lines(run, now=now, on=on)
    return run


@transaction.atomic
def choose(
    *,
    run: MassRun,
    now: dt.datetime,
    on: dt.date,
    per: str | None = None,
    note: str | None = None,
    source: MassRun | None = None,
    **options: object,
) -> MassRun:
    """Change what the reviewer may choose and plan the lines again; lines removed by hand stay removed."""
    run = _locked_draft(run)
    before, out = plans(run), by_hand(run, per=per or run.per)
    run.per = per or run.per
    run.note = run.note if note is None else note
    run.options = run.options | options
    run.source = source or run.source
    _check(run)
    run.save(update_fields=["per", "note", "options", "source"])
    if plans(run) != before:
        _plan_again(run, out, now=now, on=on)
    return run


@transaction.atomic
def prepare_again(*, run: MassRun, by: User, now: dt.datetime, on: dt.date) -> MassRun:
    """Prepare the list of a draft anew, as things are now; lines removed by hand stay removed. Takes no money.

    Raises `NotADraft` when it was confirmed or thrown away meanwhile.
    """
    run = _locked_draft(run)
    _plan_again(run, by_hand(run, per=run.per), now=now, on=on)
    facts = {"run": run.display_number}
    trail.record(organization=run.organization, verb="charge_prepared_again", by=by, now=now, facts=facts)
    return run


def prepared(now: dt.datetime) -> dict[str, str]:
    """When the list of a draft was made: what has happened since is not in it."""
    return {"prepared_at": now.isoformat()}


def prepared_at(run: MassRun) -> dt.datetime:
    told = run.options.get("prepared_at")
    return dt.datetime.fromisoformat(told) if told else run.created_at


def _plan_again(run: MassRun, removed: Removed, *, now: dt.datetime, on: dt.date) -> None:
    run.options = run.options | prepared(now)
    run.save(update_fields=["options"])
    run.lines.all().delete()
    _write_lines(run, now=now, on=on, removed=removed)


def plans(run: MassRun) -> list[object]:
    """What the lines of a draft follow from."""
    return [run.per, run.source_id if run.options["which"] == "run" else None, *map(run.options.get, PLANS_AGAIN)]


def _check(run: MassRun) -> None:
    """Nothing left blank ever means everything."""
    if run.options["which"] == "fixed" and not run.options["amount"]:
        raise Refused(_("Enter the amount to charge each of them."))
    if run.options["which"] == "run" and run.source is None:
        raise Refused(_("Choose the invoices to charge."))


@transaction.atomic
def exclude(*, run: MassRun, line_id: int) -> None:
    """Take one line out of the charge; it stays listed among the excluded."""
    run = _locked_draft(run)
    run.lines.filter(pk=line_id, state="included").update(state="excluded", reason="removed")


@transaction.atomic
def include(*, run: MassRun, line_id: int) -> None:
    """Put back a line that was removed by hand."""
    run = _locked_draft(run)
    run.lines.filter(pk=line_id, reason="removed").update(state="included", reason="")


def _locked_draft(run: MassRun) -> MassRun:
    locked = MassRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != "draft":
        raise NotADraft(locked)
    return locked


def choices_of(run: MassRun, per: str | None = None) -> Choices:
    """What the reviewer of a draft chose, as the planner takes it."""
    options = run.options
    return Choices(
        per=per or run.per,
        order=options["order"],
        exactly=options.get("amount") if options["which"] == "fixed" else None,
        at_most=options["at_most"],
        notice_days=options.get("notice_days") or 0,
    )


def _write_lines(run: MassRun, *, now: dt.datetime, on: dt.date, removed: Removed = frozenset()) -> None:
    if run.options["which"] == paid_first.WHICH:
        run_lines.write(run, paid_first.lines_for(run, now=now, on=on, removed=removed))
        return
    organization, which = run.organization, run.options["which"]
    targets = debts.targets_of(organization=organization, noun=run.options["noun"], ids=run.options["ids"])
    choices = choices_of(run)
    asked: dict[str, Any] = {"organization": organization, "client_ids": list({t.client_id for t in targets})}
    owed = debts.debts_of(
        which=which if which in ("overdue", "run") else "balance", on=on, run_id=run.source_id, **asked
    )
    known: dict[str, Any] = {
        "debts": by_client(owed),
        "methods": refused_methods.methods_of(run, client_ids=asked["client_ids"], notice_days=choices.notice_days),
        "owing": debts.owing(**asked),
        "on": on,
    }
    lines = plan(targets, choices=choices, around=upcoming.around(now=now, on=on, **asked), **known)
    run_lines.write(run, (_new(position, line, removed) for position, line in enumerate(lines, 1)))
    if run.options["noun"] == "people":
        _keep_both_ways(run, targets, lines, known)


def _keep_both_ways(run: MassRun, targets: Sequence[Target], lines: Sequence[Planned], known: dict[str, Any]) -> None:
    """How many payments, and how much, per person and per account: what the reviewer chooses between."""
    other = "account" if run.per == "person" else "person"
    planned = {run.per: lines, other: plan(targets, choices=choices_of(run, other), **known)}
    charged = {per: [line.amount for line in found if not line.reason] for per, found in planned.items()}
    run.options = run.options | {
        "counts": {per: len(charged[per]) for per in ("person", "account")},
        "totals": {per: sum(charged[per]) for per in ("person", "account")},
        "shared": shared_accounts(targets),
    }
    run.save(update_fields=["options"])


def _new(position: int, line: Planned, removed: Removed) -> NewLine:
    return NewLine(
        position=position,
        client_id=line.client_id,
        person_id=line.person_id,
        reason=line.reason or ("removed" if holds(removed, line.client_id, line.person_id) else ""),
        flags=line.flags,
        amount=line.amount,
        method_id=line.method_id,
        authorization_id=line.authorization_id,
        item_ids=tuple(item for item, _cents in line.items),
        item_amounts=tuple(cents for _item, cents in line.items),
    )


CREATE_PAYMENTS = """
INSERT INTO billing_payment (organization_id, client_id, person_id, run_id, number, kind, amount, currency, allocated,
  note, reconcile, email_receipt, key, processor_account, processor_payment, created_by_id, created_at)
SELECT r.organization_id, l.client_id, l.person_id, r.id, %(first)s - 1 + row_number() OVER (ORDER BY l.position),
  m.kind, l.amount, o.currency, 0, r.note, %(reconcile)s, %(email)s, gen_random_uuid(), z.processor_account, '',
  %(by)s, %(now)s
FROM billing_runline l JOIN billing_massrun r ON r.id = l.run_id
JOIN accounts_organization o ON o.id = r.organization_id
JOIN wallet_paymentmethod m ON m.id = l.method_id JOIN wallet_authorization z ON z.id = l.authorization_id
WHERE l.run_id = %(run)s AND l.state = 'included'
"""
LINK_LINES = """
UPDATE billing_runline l SET payment_id = p.id FROM (
  SELECT id, %(first)s - 1 + row_number() OVER (ORDER BY position) AS number FROM billing_runline
  WHERE run_id = %(run)s AND state = 'included') n
JOIN billing_payment p ON p.run_id = %(run)s AND p.number = n.number WHERE l.id = n.id
"""
CREATE_ATTEMPTS = """
INSERT INTO billing_attempt (organization_id, payment_id, number, key, method_id, authorization_id, state,
  processor_account, reason, code, advice, message, processor_charge, claims, created_by_id, created_at)
SELECT p.organization_id, p.id, 1, gen_random_uuid(), l.method_id, l.authorization_id, 'created',
  p.processor_account, '', '', '', '', '', 0, %(by)s, %(now)s
FROM billing_runline l JOIN billing_payment p ON p.id = l.payment_id WHERE l.run_id = %(run)s ORDER BY l.position
"""
PLAN_ALLOCATIONS = """
INSERT INTO billing_plannedallocation (payment_id, item_id, amount)
SELECT l.payment_id, d.item_id, d.amount FROM billing_runline l,
  unnest(l.item_ids, l.item_amounts) AS d(item_id, amount) WHERE l.run_id = %(run)s AND l.payment_id IS NOT NULL
"""
# What was just written in bulk, the planner takes for nothing: each payment would be looked for among all the others.
KNOW_THE_PAYMENTS = "ANALYZE billing_runline, billing_payment"
LET_THE_PLANNER_KNOW = "ANALYZE billing_runline, billing_attempt, billing_plannedallocation"
WRITE = (CREATE_PAYMENTS, KNOW_THE_PAYMENTS, LINK_LINES, CREATE_ATTEMPTS, PLAN_ALLOCATIONS, LET_THE_PLANNER_KNOW)


def begin(run: MassRun, now: dt.datetime) -> None:
    """Write one payment and one attempt per line, ready to be sent. In the transaction that starts the run."""
    accounts.hold_for_charging(organization=run.organization)
    if paid_first.is_one(run):
        paid_first.check_again(run)
    params = {
        "run": run.pk,
        "first": take_numbers(
            organization=run.organization, document="payment", count=run.lines.filter(state="included").count()
        ),
        "reconcile": run.options["reconcile"],
        "email": run.options["email_receipt"],
        "by": run.confirmed_by_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in WRITE:
            cursor.execute(statement, params)
    rechecking.leave_out_paid(run=run, now=now)
    announcing.announce_run(run=run, now=now)
