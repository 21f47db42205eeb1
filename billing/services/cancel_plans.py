"""What cancelling items of an invoice would do: the credit, the money it frees, what may go back. Nothing is done."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Prefetch, Sum
from django.utils.translation import gettext as _

from billing.models import (
    Allocation,
    CreditLine,
    CreditTax,
    Invoice,
    InvoiceItem,
    ItemTax,
    LedgerCode,
    Payment,
    PlannedAllocation,
)
from billing.services import refundable, writing_credits
from billing.services.debts import ON_ITS_WAY
from billing.services.writing_credits import Line, Taxed, Terms
from smartrec.errors import Refused
from smartrec.money import format_money, split_by_weight


@dataclass(frozen=True, kw_only=True)
class Part:
    """How much of an item is cancelled, taxes included, in cents; `seen` is what could be when it was shown."""

    item_id: int
    amount: int
    seen: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fee:
    """An administrative fee kept out of the credit, with its own ledger code and taxes."""

    amount: int
    ledger_code: LedgerCode
    description: str
    treatment: str = "exempt"
    taxes: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """What is cancelled and what goes back: `refunds` are cents by payment; None proposes all that was paid."""

    terms: Terms
    parts: Sequence[Part]
    fee: Fee | None = None
    refunds: Mapping[int, int] | None = None
    given_as: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Cents. `amounts` is what of the credit settles each item, `released` what each link gives up for it."""

    invoice: Invoice
    lines: list[Line]
    total: int
    amounts: list[tuple[int, int]]
    released: list[tuple[Allocation, int]]
    refunds: dict[int, int] = field(default_factory=dict)

    @property
    def cancelled(self) -> int:
        return sum(line.taxed.total for line in self.lines if not line.is_fee)

    @property
    def fee(self) -> int:
        return self.cancelled - self.total

    @property
    def freed(self) -> Counter[int]:
        """What each payment has free again."""
        found: Counter[int] = Counter()
        for link, cents in self.released:
            if link.payment_id is not None:
                found[link.payment_id] += cents
        return found

    @property
    def unpaid(self) -> int:
        """What was owed on the items and no longer is."""
        return self.total - sum(cents for _link, cents in self.released)

    @property
    def refunded(self) -> int:
        return sum(self.refunds.values())

    @property
    def kept(self) -> int:
        """What the client then has in credit."""
        return sum(cents for _link, cents in self.released) - self.refunded


def items_of(invoice: Invoice) -> list[InvoiceItem]:
    """The lines of an invoice with what paid them, as the plan and the form read them."""
    links = Allocation.objects.select_related("payment", "credit").order_by("pk")
    taxes = ItemTax.objects.select_related("tax").order_by("tax__position", "pk")
    prefetched = (Prefetch("allocations", links), Prefetch("taxes", taxes))
    items = invoice.items.select_related("ledger_code", "person").order_by("position")
    return list(items.prefetch_related(*prefetched))


def being_paid(invoice: Invoice) -> set[int]:
    """The items a payment on its way will pay."""
    planned = PlannedAllocation.objects.filter(item__invoice=invoice, payment__attempts__state__in=ON_ITS_WAY)
    return set(planned.values_list("item_id", flat=True))


def draw_up(*, invoice: Invoice, cancellation: Cancellation) -> Plan:
    """What it would do, to the cent. Raises `Refused` for what cannot be done."""
    items = {item.pk: item for item in items_of(invoice)}
    _check(invoice, cancellation, items)
    chosen = [(items[part.item_id], part.amount) for part in cancellation.parts]
    lines = _lines(invoice, chosen)
    fee = _fee_line(invoice, cancellation)
    total = writing_credits.total_of([*lines, *fee])
    if total <= 0:
        raise Refused(_("The fee must be lower than what is cancelled."))
    amounts, released = _settle(chosen, total, Counter(cancellation.refunds or {}))
    plan = Plan(invoice=invoice, lines=[*lines, *fee], total=total, amounts=amounts, released=released)
    return _with_refunds(plan, cancellation)


def _check(invoice: Invoice, cancellation: Cancellation, items: Mapping[int, InvoiceItem]) -> None:
    if invoice.state != "issued":
        raise Refused(_("Invoice %(number)s is void.") % {"number": invoice.display_number})
    if not cancellation.parts:
        raise Refused(_("Tick at least one item."))
    if cancellation.terms.on < invoice.issued_on:
        raise Refused(_("This day comes before the invoice."))
    busy = being_paid(invoice)
    for part in cancellation.parts:
        item = items.get(part.item_id)
        if item is None:
            raise Refused(_("Tick items of this invoice."))
        if part.item_id in busy:
            told = {"item": item.description}
            raise Refused(_("A payment is on its way for “%(item)s”: wait until it has ended.") % told)
        _check_amount(part, item, invoice)
    if len({part.item_id for part in cancellation.parts}) < len(cancellation.parts):
        raise Refused(_("Tick each item once."))


def _check_amount(part: Part, item: InvoiceItem, invoice: Invoice) -> None:
    room = item.total - item.credited
    told = {"item": item.description, "amount": format_money(room, invoice.currency)}
    if part.seen is not None and part.seen != room:
        raise Refused(_("“%(item)s” was changed meanwhile: %(amount)s of it can be cancelled now.") % told)
    if part.amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if part.amount > room:
        raise Refused(_("No more than %(amount)s of “%(item)s” can be cancelled.") % told)


def _lines(invoice: Invoice, chosen: Sequence[tuple[InvoiceItem, int]]) -> list[Line]:
    """Of what an item still holds, its price and each tax in proportion: the last cancellation takes what is left."""
    gone = _taken_back(invoice)
    lines = []
    for item, amount in chosen:
        taxes = list(item.taxes.all())
        weights = [item.subtotal - gone[item.pk, None], *[t.amount - gone[item.pk, t.tax_id] for t in taxes]]
        subtotal, *shares = split_by_weight(amount, weights)
        lines.append(
            Line(
                description=item.description,
                taxed=Taxed(
                    subtotal=subtotal,
                    taxes=tuple((t.tax_id, t.rate, cents) for t, cents in zip(taxes, shares, strict=True) if cents),
                ),
                ledger_code_id=item.ledger_code_id,
                item_id=item.pk,
                deferred=min(item.deferred, subtotal),
            )
        )
    return lines


def _taken_back(invoice: Invoice) -> Counter[tuple[int, int | None]]:
    """What earlier cancellations took of each item: its price under None, each tax under its own key."""
    of_items = CreditLine.objects.filter(item__invoice=invoice, credit__state="issued", credit__kind="cancellation")
    gone: Counter[tuple[int, int | None]] = Counter()
    for item, cents in of_items.values_list("item").annotate(Sum("subtotal")).order_by():
        gone[item, None] = cents
    of_taxes = CreditTax.objects.filter(line__in=of_items).values_list("line__item", "tax").annotate(Sum("amount"))
    for item, tax, cents in of_taxes.order_by():
        gone[item, tax] = cents
    return gone


def _fee_line(invoice: Invoice, cancellation: Cancellation) -> list[Line]:
    fee, organization = cancellation.fee, invoice.organization
    if fee is None:
        return []
    writing_credits.check_amount(fee.amount, organization.currency)
    writing_credits.check_code(organization, fee.ledger_code)
    asked: dict[str, Any] = {
        "amount": fee.amount,
        "treatment": fee.treatment,
        "taxes": fee.taxes,
        "on": cancellation.terms.on,
    }
    amounts = writing_credits.taxed(organization=organization, **asked)
    line = Line(description=fee.description, taxed=amounts, ledger_code_id=fee.ledger_code.pk, is_fee=True)
    return [line]


def _settle(
    chosen: Sequence[tuple[InvoiceItem, int]], total: int, wanted: Counter[int]
) -> tuple[list[tuple[int, int]], list[tuple[Allocation, int]]]:
    """The credit first settles what was unpaid, then takes the place of what paid: payments to refund, then newest."""
    left, amounts = total, {}
    for item, amount in chosen:
        amounts[item.pk] = min(amount, item.balance, left)
        left -= amounts[item.pk]
    own = _cancelling_credits([item for item, _amount in chosen])
    released: list[tuple[Allocation, int]] = []
    for item, amount in chosen:
        links = [link for link in item.allocations.all() if link.credit_id not in own[item.pk]]
        for link, most in _in_order(links, wanted):
            cents = min(most, amount - amounts[item.pk], left)
            if cents > 0:
                released.append((link, cents))
                amounts[item.pk] += cents
                left -= cents
                wanted[link.payment_id or 0] -= cents
    return list(amounts.items()), _joined(released)


def _in_order(links: Sequence[Allocation], wanted: Counter[int]) -> list[tuple[Allocation, int]]:
    """Each link with the most it may give up: what is to go back first, then the newest, whatever they have left."""
    newest = sorted(links, key=lambda link: -link.pk)
    first = [
        (link, min(link.amount, wanted[link.payment_id or 0])) for link in newest if wanted[link.payment_id or 0] > 0
    ]
    given = {link.pk: cents for link, cents in first}
    return [*first, *[(link, link.amount - given.get(link.pk, 0)) for link in newest]]


def _joined(released: Sequence[tuple[Allocation, int]]) -> list[tuple[Allocation, int]]:
    sums: Counter[int] = Counter()
    for link, cents in released:
        sums[link.pk] += cents
    links = {link.pk: link for link, _cents in released}
    return [(links[pk], cents) for pk, cents in sums.items()]


def _cancelling_credits(items: Sequence[InvoiceItem]) -> Mapping[int, set[int]]:
    """The credits that cancelled or gave up a part of each item before: they stay where they are."""
    found: dict[int, set[int]] = defaultdict(set)
    for item, credit in CreditLine.objects.filter(item__in=items).values_list("item_id", "credit_id"):
        found[item].add(credit)
    return found


def may_go_back(plan: Plan) -> dict[int, int]:
    """Of each payment, what is free again and can be given back, newest first: nothing a bank disputes or took back."""
    freed = plan.freed
    here = refundable.of_payments(Payment.objects.filter(pk__in=freed), plan.invoice.client)
    payments = [one.of for one in here if isinstance(one.of, Payment) and not one.of_deposit]
    # What is asked to go back already, and what goes on paying other items, does not go back a second time.
    left = {
        p.pk: min(freed[p.pk], p.amount - p.refunded - p.held - max(p.allocated - freed[p.pk], 0)) for p in payments
    }
    return {pk: left[pk] for pk in sorted(left, reverse=True) if left[pk] > 0}


def _with_refunds(plan: Plan, cancellation: Cancellation) -> Plan:
    """The amounts that go back: those asked for, never more than these items were paid with, or all of it."""
    most = may_go_back(plan)
    asked = most if cancellation.refunds is None else cancellation.refunds
    refunds = {pk: cents for pk, cents in asked.items() if cents}
    for pk, cents in refunds.items():
        if cents < 0:
            raise Refused(_("Enter an amount above zero."))
        if cents > most.get(pk, 0):
            told = {"amount": format_money(most.get(pk, 0), plan.invoice.currency)}
            raise Refused(
                _("No more than %(amount)s can go back: that is what this payment paid of the credit.") % told
            )
    return replace(plan, refunds=refunds)
