"""The mass charge from selection to confirmation. Confirming writes payments; the tasks send them."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction

from accounts.models import Organization, Selection, User
from billing.models import MassRun, RunLine
from billing.planning import Choices, Planned, by_client, plan
from billing.services import announcing, debts, paid_first
from billing.services.numbering import take_numbers
from billing.services.runs import NotADraft
from wallet.services import accounts

RECENTLY = dt.timedelta(hours=24)
DEFAULTS = {"which": "balance", "order": "default", "at_most": None, "reconcile": True, "email_receipt": True}


@transaction.atomic
def draft(
    *,
    organization: Organization,
    noun: str,
    ids: Sequence[int],
    by: User,
    now: dt.datetime,
    on: dt.date,
    selection: Selection | None = None,
    source: MassRun | None = None,
    options: dict | None = None,
) -> MassRun:
    """Prepare a mass charge for review: one line per target, with every exclusion and its reason. Takes no money.

    `source` is the invoice run whose invoices are to be paid; without it the whole balance is proposed.
    """
    chosen = DEFAULTS | ({"which": "run"} if source else {}) | (options or {})
    run = MassRun.objects.create(
        organization=organization,
        kind="charge",
        number=take_numbers(organization=organization, document="charge", count=1),
        per="person" if noun == "people" else "account",
        selection=selection,
        selection_size=len(ids),
        source=source,
        options=chosen | {"noun": noun, "ids": list(ids)},
        created_by=by,
        created_at=now,
    )
    _write_lines(run, now=now, on=on)
    return run


@transaction.atomic
def choose(
    *, run: MassRun, now: dt.datetime, on: dt.date, per: str | None = None, note: str | None = None, **options: object
) -> MassRun:
    """Change what the reviewer may choose and plan the lines again; lines removed by hand stay removed.

    Between people and accounts the removal follows the household: rather one payment too few than one too many.
    """
    run = _locked_draft(run)
    replan = (per is not None and per != run.per) or any(
        run.options.get(key) != value for key, value in options.items() if key in ("which", "order", "at_most")
    )
    per_before, run.per = run.per, per or run.per
    run.note = run.note if note is None else note
    run.options = run.options | options
    run.save(update_fields=["per", "note", "options"])
    if replan:
        by_hand = run.lines.filter(reason="removed").values_list("client_id", "person_id")
        removed: set[tuple[int, int | None]] = set(by_hand)
        if per_before != run.per:
            removed = {(client_id, None) for client_id, _person in removed}
        run.lines.all().delete()
        _write_lines(run, now=now, on=on, removed=frozenset(removed))
    return run


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


def _write_lines(
    run: MassRun, *, now: dt.datetime, on: dt.date, removed: frozenset[tuple[int, int | None]] = frozenset()
) -> None:
    if run.options["which"] == paid_first.WHICH:
        rows = paid_first.lines_for(run, now=now, on=on, removed=removed)
        run.lines.bulk_create(rows, batch_size=5000)
        return
    organization = run.organization
    targets = debts.targets_of(organization=organization, noun=run.options["noun"], ids=run.options["ids"])
    clients = list({t.client_id for t in targets})
    owed = debts.debts_of(
        organization=organization, client_ids=clients, which=run.options["which"], on=on, run_id=run.source_id
    )
    lines = plan(
        targets,
        debts=by_client(owed),
        methods=by_client(debts.usable_methods(organization=organization, client_ids=clients)),
        owing=debts.owing(organization=organization, client_ids=clients),
        recent=debts.charged_since(organization=organization, client_ids=clients, since=now - RECENTLY),
        choices=Choices(per=run.per, order=run.options["order"], at_most=run.options["at_most"]),
        on=on,
    )
    rows = [_row(run, position, line, removed) for position, line in enumerate(lines, 1)]
    RunLine.objects.bulk_create(rows, batch_size=5000)


def _row(run: MassRun, position: int, line: Planned, removed: frozenset) -> RunLine:
    by_hand = (line.client_id, line.person_id) in removed or (line.client_id, None) in removed
    reason = line.reason or ("removed" if by_hand else "")
    return RunLine(
        run=run,
        position=position,
        client_id=line.client_id,
        person_id=line.person_id,
        state="excluded" if reason else "included",
        reason=reason,
        flags=list(line.flags),
        amount=line.amount,
        method_id=line.method_id,
        authorization_id=line.authorization_id,
        item_ids=[item_id for item_id, _ in line.items],
        item_amounts=[amount for _, amount in line.items],
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
LET_THE_PLANNER_KNOW = "ANALYZE billing_payment, billing_attempt, billing_plannedallocation"


def begin(run: MassRun, now: dt.datetime) -> None:
    """Write one payment and one attempt per line, ready to be sent. In the transaction that starts the run."""
    accounts.hold_for_charging(organization=run.organization)
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
        for statement in (CREATE_PAYMENTS, LINK_LINES, CREATE_ATTEMPTS, PLAN_ALLOCATIONS, LET_THE_PLANNER_KNOW):
            cursor.execute(statement, params)
    announcing.announce_run(run=run, now=now)
