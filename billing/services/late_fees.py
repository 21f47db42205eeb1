"""Late fees: who is overdue by a rule, the lines of the run, and what is kept so that no invoice is charged for twice.

A late fee that is itself overdue is not charged for again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from django.db.models import Exists, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Organization, Selection, User
from billing.models import Invoice, InvoiceItem, LateFee, MassRun, PlannedAllocation, RunLine
from billing.planning import LOWERED, LOWERED_FROM, lowered_from
from billing.services import debts, locking, priced
from billing.services.debts import ON_ITS_WAY
from billing.services.late_fee_rules import Fee, Late, Rule, fee_of
from billing.services.refund_lines import SINCE_REVIEW
from billing.services.run_lines import NewLine


def is_one(run: MassRun) -> bool:
    """Whether this mass invoice charges late fees."""
    return "late_fee" in run.options


def last_used(organization: Organization) -> MassRun | None:
    """The run whose rule is proposed next."""
    ours = MassRun.objects.for_organization(organization).filter(kind="invoice", options__has_key="late_fee")
    return ours.exclude(state="cancelled").order_by("-created_at", "-pk").first()


def select_overdue(*, organization: Organization, by: User, on: dt.date) -> Selection | None:
    """Everyone with something overdue on that day, selected as if ticked in the list of accounts; None for nobody."""
    late = Invoice.objects.for_organization(organization).overdue(on).filter(client__archived_at=None)
    ids = list(late.order_by("client__account").values_list("client__account", flat=True).distinct())
    if not ids:
        return None
    return Selection.objects.create(organization=organization, created_by=by, noun="accounts", ids=ids)


# --- the questions ----------------------------------------------------------------------------------
def late_of(
    *, organization: Organization, client_ids: Collection[int], rule: Rule, on: dt.date
) -> dict[int, list[Late]]:
    """The invoices of these clients that are overdue by the rule, by client, oldest first."""
    busy = PlannedAllocation.objects.filter(item=OuterRef("pk"), payment__attempts__state__in=ON_ITS_WAY)
    charged = LateFee.objects.filter(invoice=OuterRef("invoice"), line__invoice__state="issued")
    fees = LateFee.objects.filter(invoice=OuterRef("invoice"))
    itself = LateFee.objects.filter(line__invoice=OuterRef("invoice"))
    rows = (
        _open_items(organization, client_ids)
        .filter(~Exists(itself), invoice__due_on__lte=on - dt.timedelta(days=rule.days))
        .annotate(
            left=F("total") - F("allocated"),
            busy=Exists(busy),
            about=Coalesce("person", "invoice__person", "invoice__client__account__owner"),
            charged_on=Subquery(charged.order_by("-number").values("charged_on")[:1]),
            fees=Coalesce(Subquery(fees.order_by("-number").values("number")[:1]), 0),
        )
        .order_by("invoice__due_on", "invoice", "position")
        .values_list("invoice__client", "invoice", "invoice__number", "invoice__due_on", "charged_on", "fees", "pk",
                     "left", "about", "busy")
    )  # fmt: skip
    return _by_invoice(rows)


def _open_items(organization: Organization, client_ids: Collection[int]):
    return InvoiceItem.objects.filter(
        debts.among("invoice__client", client_ids),
        invoice__organization=organization,
        invoice__state="issued",
        allocated__lt=F("total"),
    )


def _by_invoice(rows: Iterable[tuple]) -> dict[int, list[Late]]:
    grouped: dict[int, dict[int, list[tuple]]] = defaultdict(lambda: defaultdict(list))
    for client, invoice, *rest in rows:
        grouped[client][invoice].append(tuple(rest))
    return {
        client: [
            Late(
                invoice_id=invoice,
                number=parts[0][0],
                due_on=parts[0][1],
                charged_on=parts[0][2],
                fees=parts[0][3],
                items=tuple((item, left) for *_, item, left, _about, _busy in parts),
                people=frozenset(about for *_, about, _busy in parts),
                busy=any(part[-1] for part in parts),
            )
            for invoice, parts in invoices.items()
        ]
        for client, invoices in grouped.items()
    }


def fees_of(
    *,
    organization: Organization,
    client_ids: Collection[int],
    rule: Rule,
    on: dt.date,
    only: Mapping[int, frozenset[int]] | None = None,
) -> dict[int, Fee]:
    """What the rule says of each of these clients; `only`: of those invoices of each, by their ids."""
    ids = list(client_ids)
    late = late_of(organization=organization, client_ids=ids, rule=rule, on=on)
    owing = debts.owing(organization=organization, client_ids=ids)
    busy = PlannedAllocation.objects.filter(item=OuterRef("pk"), payment__attempts__state__in=ON_ITS_WAY)
    free = _open_items(organization, ids).filter(~Exists(busy))
    open_cents = dict(free.values_list("invoice__client").annotate(cents=Sum(F("total") - F("allocated"))))
    fees = {}
    for client in ids:
        about = {"owing": owing.get(client, 0), "open_cents": open_cents.get(client, 0), "rule": rule, "on": on}
        fee = fee_of(late.get(client, []), **about)
        fees[client] = _narrowed(fee, only[client], rule) if only is not None and not fee.reason else fee
    return fees


def _narrowed(fee: Fee, invoices: frozenset[int], rule: Rule) -> Fee:
    """The fee for those invoices alone that were shown."""
    late = tuple(one for one in fee.late if one.invoice_id in invoices)
    return Fee(late=late, quantity=rule.quantity(late)) if late else Fee(reason="paid_since")


# --- the lines of a draft, and the same again when they are written ------------------------------------
def lines_for(run: MassRun, *, now: dt.datetime) -> list[NewLine]:
    """One line for each account of the selection: what it would be charged and for which invoices, or why not."""
    organization, rule = run.organization, Rule.of(run.options)
    targets = debts.targets_of(organization=organization, noun=run.options["noun"], ids=run.options["ids"])
    clients = list(dict.fromkeys(target.client_id for target in targets))
    fees = fees_of(organization=organization, client_ids=clients, rule=rule, on=organization.local_day(now))
    totals = {q: priced.total_of(run, q) for q in {fee.quantity for fee in fees.values()} if q}
    return [_line(position, client, fees[client], totals) for position, client in enumerate(clients, 1)]


def _line(position: int, client_id: int, fee: Fee, totals: Mapping[int, int]) -> NewLine:
    items = [part for one in fee.late for part in one.items]
    return NewLine(
        position=position,
        client_id=client_id,
        reason=fee.reason,
        quantity=fee.quantity or 1,
        amount=totals.get(fee.quantity, 0),
        item_ids=tuple(item for item, _amount in items),
        item_amounts=tuple(amount for _item, amount in items),
    )


def recheck(run: MassRun, lines: Sequence[RunLine], *, now: dt.datetime) -> dict[int, Fee]:
    """Look again at who is overdue, under the clients' locks: by line, what is still to be charged.

    What was paid meanwhile is left out, or charged less often, and the line says so. In the caller's transaction.
    """
    locking.hold(clients={line.client_id for line in lines})
    on, rule = run.organization.local_day(now), Rule.of(run.options)
    shown = _invoices_of(lines)
    only = {line.client_id: frozenset(shown[line.pk]) for line in lines}
    fees = fees_of(organization=run.organization, client_ids=list(only), rule=rule, on=on, only=only)
    fees = {client: _as_since(fee) for client, fee in fees.items()}
    _leave_out(lines, fees)
    _lower(run, [line for line in lines if fees[line.client_id].quantity < line.quantity], fees)
    return {line.pk: fees[line.client_id] for line in lines if not fees[line.client_id].reason}


def _leave_out(lines: Sequence[RunLine], fees: Mapping[int, Fee]) -> None:
    for reason in sorted({fee.reason for fee in fees.values() if fee.reason}):
        out = [line.pk for line in lines if fees[line.client_id].reason == reason]
        RunLine.objects.filter(pk__in=out).update(state="excluded", reason=reason, flags=[SINCE_REVIEW])


def _lower(run: MassRun, lines: Sequence[RunLine], fees: Mapping[int, Fee]) -> None:
    lowered = [line for line in lines if not fees[line.client_id].reason]
    totals = {
        quantity: priced.total_of(run, quantity) for quantity in {fees[one.client_id].quantity for one in lowered}
    }
    for line in lowered:
        line.flags = [*line.flags, LOWERED, f"{LOWERED_FROM}{line.amount}"]
        line.quantity = fees[line.client_id].quantity
        line.amount = totals[line.quantity]
    RunLine.objects.bulk_update(lowered, ["quantity", "amount", "flags"], batch_size=500)


def lowered_of(run: MassRun) -> tuple[int, int]:
    """How many fees of a run came to less when they were written than was shown, and how much less in all."""
    lines = run.lines.filter(flags__contains=[LOWERED]).values_list("amount", "flags")
    less = [lowered_from(flags) - amount for amount, flags in lines]
    return len(less), sum(less)


def _as_since(fee: Fee) -> Fee:
    """What was to be charged when it was shown and is not now was paid, wholly or so far that nothing is charged."""
    return Fee(reason="paid_since") if fee.reason in ("nothing_overdue", "covered", "below_minimum") else fee


def _invoices_of(lines: Sequence[RunLine]) -> dict[int, set[int]]:
    """Which invoices each of these lines was shown with."""
    wanted = {item for line in lines for item in line.item_ids}
    of_item = dict(InvoiceItem.objects.filter(debts.among("pk", wanted)).values_list("pk", "invoice"))
    return {line.pk: {of_item[item] for item in line.item_ids if item in of_item} for line in lines}


def keep(fees: Mapping[int, Fee], *, on: dt.date) -> None:
    """Write down for which overdue invoices each of these lines has charged a fee, so that none does again."""
    LateFee.objects.bulk_create(
        # Numbered by what was seen when it was decided: whoever decided at the same moment is refused.
        LateFee(invoice_id=one.invoice_id, number=one.fees + 1, line_id=line, charged_on=on)
        for line, fee in fees.items()
        for one in fee.late
    )


# --- what a page shows ------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Shown:
    """Of one line: its overdue invoices, since when the oldest is due, and the run that charged for them before."""

    numbers: tuple[str, ...] = ()
    since: dt.date | None = None
    charged_by: str = ""


def shown_of(lines: Sequence[RunLine]) -> dict[int, Shown]:
    """What a page of lines tells of their overdue invoices: two questions, however many lines."""
    of_line = _invoices_of(lines)
    wanted = {pk for invoices in of_line.values() for pk in invoices}
    invoices = {row.pk: row for row in Invoice.objects.filter(pk__in=wanted).order_by("due_on", "pk")}
    live = LateFee.objects.filter(invoice__in=wanted, line__invoice__state="issued").order_by("number")
    by = {fee.invoice_id: fee.line.run.display_number for fee in live.select_related("line__run")}
    order = dict(zip(invoices, count(), strict=False))
    found = {}
    for pk, ids in of_line.items():
        mine = sorted(ids, key=order.__getitem__)
        found[pk] = Shown(
            numbers=tuple(invoices[one].display_number for one in mine),
            since=min((invoices[one].due_on for one in mine), default=None),
            charged_by=next((by[one] for one in mine if one in by), ""),
        )
    return found
