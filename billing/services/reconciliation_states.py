"""How far invoices, payments and credits are linked to one another: one of five states, told from the links alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Allocation, Credit, DeskRefundPart, Dispute, InvoiceItem, Payment, PlannedAllocation, Refund
from billing.models.payment import RECEIVED_KINDS
from billing.services.debts import ON_ITS_WAY

# What is linked in full, in part, not at all; what payments on their way will cover; more linked than it is worth.
STATES = ("full", "partial", "none", "planned", "error")
# What has nothing to be linked: a void document, money that never came or went back.
NOTHING = ""

Key = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One thing that is linked, in cents: what it is worth, what links and planned payments take of it.

    `twice` when two links join it to the same item.
    """

    worth: int
    linked: int = 0
    planned: int = 0
    twice: bool = False


def state_of(parts: Sequence[Side]) -> str:
    """The state of an invoice from its items, or of a payment or credit from itself."""
    worth, linked = sum(part.worth for part in parts), sum(part.linked for part in parts)
    if any(part.twice or part.linked > part.worth for part in parts):
        return "error"
    if linked == worth:
        return "full"
    if all(part.linked + part.planned >= part.worth for part in parts):
        return "planned"
    return "partial" if linked or any(part.planned for part in parts) else "none"


def states_of(
    *, invoices: Iterable[int] = (), payments: Iterable[int] = (), credits: Iterable[int] = ()
) -> dict[Key, str]:
    """The states of a page of rows by (`invoice`, `payment` or `credit`, key), in as many questions however many rows.

    What has nothing to link has an empty state: a void document, a payment that took no money.
    """
    found: dict[Key, str] = {}
    for kind, keys, ask in (
        ("invoice", set(invoices), _of_invoices),
        ("payment", set(payments), _of_payments),
        ("credit", set(credits), _of_credits),
    ):
        if keys:
            found |= {(kind, pk): NOTHING for pk in keys}
            found |= {(kind, pk): state for pk, state in ask(keys).items()}
    return found


def _of_invoices(keys: set[int]) -> dict[int, str]:
    coming = PlannedAllocation.objects.filter(item=OuterRef("pk"), payment__attempts__state__in=ON_ITS_WAY)
    links = Allocation.objects.filter(item=OuterRef("pk")).order_by()
    items = InvoiceItem.objects.filter(invoice__in=keys, invoice__state="issued").annotate(
        planned=_total(coming, "item"),
        linked=_total(links, "item"),
        times=_count(links, "item"),
        sources=_sources(links),
    )
    of_invoice: dict[int, list[Side]] = {}
    rows = items.values_list("invoice_id", "total", "linked", "planned", "times", "sources")
    for invoice, total, linked, planned, times, sources in rows:
        # Zero has nothing to be paid: such an item is paid as it stands.
        side = Side(worth=total, linked=linked, planned=planned, twice=times != sources)
        of_invoice.setdefault(invoice, []).append(side)
    return {invoice: state_of(sides) for invoice, sides in of_invoice.items()}


def _of_payments(keys: set[int]) -> dict[int, str]:
    links = Allocation.objects.filter(payment=OuterRef("pk")).order_by()
    handed = DeskRefundPart.objects.filter(payment=OuterRef("pk"), refund__state="given").order_by()
    back = Refund.objects.filter(payment=OuterRef("pk"), state="succeeded").order_by()
    taken = Dispute.objects.filter(payment=OuterRef("pk"), withdrawn=True).order_by()
    rows = (
        Payment.objects.filter(pk__in=keys)
        .with_state()
        .annotate(
            linked=_total(links, "payment"),
            times=_count(links, "payment"),
            items=_count(links, "payment", "item"),
            handed=_total(handed, "payment"),
            gone=_total(back, "payment") + _total(taken, "payment"),
        )
    )
    here = rows.filter(Q(state="succeeded") | Q(state=None, kind__in=RECEIVED_KINDS) | Q(linked__gt=0))
    facts = here.values_list("pk", "amount", "gone", "linked", "handed", "times", "items")
    return {
        pk: _of_money(amount - gone, linked, handed, times != items)
        for pk, amount, gone, linked, handed, times, items in facts
    }


def _of_money(worth: int, linked: int, handed: int, twice: bool) -> str:
    """What was handed back at the desk is settled by that; what the processor gave back is not there to be linked."""
    if worth <= 0 and not linked:
        return NOTHING
    return state_of([Side(worth=max(worth, 0), linked=linked + handed, twice=twice)])


def _of_credits(keys: set[int]) -> dict[int, str]:
    links = Allocation.objects.filter(credit=OuterRef("pk")).order_by()
    handed = DeskRefundPart.objects.filter(credit=OuterRef("pk"), refund__state="given").order_by()
    rows = Credit.objects.filter(pk__in=keys, state="issued").annotate(
        linked=_total(links, "credit") + _total(handed, "credit"),
        times=_count(links, "credit"),
        items=_count(links, "credit", "item"),
    )
    facts = rows.values_list("pk", "total", "linked", "times", "items")
    return {
        pk: state_of([Side(worth=total, linked=linked, twice=times != items)])
        for pk, total, linked, times, items in facts
    }


def _total(rows: QuerySet, by: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(cents=Sum("amount")).values("cents")), 0)


def _count(rows: QuerySet, by: str, what: str = "pk") -> Coalesce:
    return Coalesce(Subquery(rows.values(by).annotate(n=Count(what, distinct=True)).values("n")), 0)


def _sources(links: QuerySet) -> Coalesce:
    """How many payments and credits are linked to an item."""
    n = Count("payment", distinct=True) + Count("credit", distinct=True)
    return Coalesce(Subquery(links.values("item").annotate(n=n).values("n")), 0)
