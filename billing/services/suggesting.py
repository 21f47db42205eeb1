"""Which links are proposed, and why: what is known comes before what is only likely. Accepting makes them."""

import datetime as dt
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from django.db import transaction

from accounts.models import Client, Organization, User
from accounts.services import trail
from billing.models import Credit, InvoiceItem, PlannedAllocation
from billing.services import crediting, debts, matching, reconciling
from billing.services.parts import Items
from billing.services.reconciling import Link
from billing.services.sources import Source, sources_of

# The reasons, the surest first.
REASONS = ("taken_for", "credit_of", "same_amount", "oldest")
# As many accounts are looked at for one page, and as many suggestions accepted at once.
MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Due:
    """An item with `left` cents to pay; those of an invoice come in the order they are listed on it."""

    item_id: int
    invoice_id: int
    left: int


@dataclass(frozen=True, kw_only=True)
class Money:
    """A source with what is known of it: the items it was taken for, the invoice it is a credit of."""

    source: Source
    taken_for: Items = field(default_factory=list)
    credit_of: int | None = None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """So much of one payment or credit for one invoice, and why. The same facts always give the same `key`."""

    source: Source
    invoice_id: int
    why: str
    items: Items

    @property
    def amount(self) -> int:
        return sum(cents for _item, cents in self.items)

    @property
    def key(self) -> str:
        letter = f"p{self.source.payment_id}" if self.source.payment_id else f"c{self.source.credit_id}"
        return f"{letter}-{self.invoice_id}-{self.amount}-{self.why}"

    def links(self) -> list[Link]:
        of = {"payment_id": self.source.payment_id, "credit_id": self.source.credit_id}
        return [Link(item_id=item, amount=cents, **of) for item, cents in self.items]


class Table:
    """One client's money beside what they owe, while it is shared out."""

    def __init__(self, money: Sequence[Money], dues: Sequence[Due]) -> None:
        self.money = list(money)
        self.free = {id(one): one.source.free for one in money}
        self.left = {due.item_id: due.left for due in dues}
        self.items_of: dict[int, list[int]] = defaultdict(list)
        for due in dues:
            self.items_of[due.invoice_id].append(due.item_id)
        self.invoice_of = {due.item_id: due.invoice_id for due in dues}

    def give(self, one: Money, wanted: Items, why: str) -> Iterator[Suggestion]:
        """As much of the wanted items as both sides have, a suggestion for each invoice."""
        given: dict[int, Items] = defaultdict(list)
        for item, cents in wanted:
            part = min(cents, self.left.get(item, 0), self.free[id(one)])
            if part > 0:
                self.left[item] -= part
                self.free[id(one)] -= part
                given[self.invoice_of[item]].append((item, part))
        for invoice, items in given.items():
            yield Suggestion(source=one.source, invoice_id=invoice, why=why, items=items)

    def all_of(self, invoice: int) -> Items:
        return [(item, self.left[item]) for item in self.items_of.get(invoice, ())]


def suggest(money: Sequence[Money], dues: Sequence[Due]) -> list[Suggestion]:
    """Share one client's money over what they owe, the surest reason first, until one side has nothing left.

    Both come oldest first: among equals, the oldest money pays the oldest items.
    """
    table = Table(money, dues)
    found = [s for one in table.money for s in table.give(one, one.taken_for, "taken_for")]
    for one in table.money:
        if one.credit_of:
            found += table.give(one, table.all_of(one.credit_of), "credit_of")
    return [*found, *_same_amount(table), *_oldest(table)]


def _same_amount(table: Table) -> Iterator[Suggestion]:
    of_amount: dict[int, deque[int]] = defaultdict(deque)
    for invoice, items in table.items_of.items():
        of_amount[sum(table.left[item] for item in items)].append(invoice)
    for one in table.money:
        free = table.free[id(one)]
        if free and of_amount[free]:
            yield from table.give(one, table.all_of(of_amount[free].popleft()), "same_amount")


def _oldest(table: Table) -> Iterator[Suggestion]:
    sources = [replace(one.source, free=free) for one in table.money if (free := table.free[id(one)])]
    links, _rest = crediting.spread(sources, [(item, left) for item, left in table.left.items() if left])
    of_source = {(one.payment_id, one.credit_id): one for one in sources}

    def ends(link: Link) -> tuple[int | None, int | None, int]:
        return link.payment_id, link.credit_id, table.invoice_of[link.item_id]

    for (payment, credit, invoice), group in groupby(links, key=ends):
        items = [(link.item_id, link.amount) for link in group]
        yield Suggestion(source=of_source[payment, credit], invoice_id=invoice, why="oldest", items=items)


def suggestions_of(*, organization: Organization, clients: Sequence[Client], on: dt.date) -> list[Suggestion]:
    """What is proposed for these clients, the surest first and then the oldest; in as many questions for one or all."""
    money, dues = _money_of(clients), _dues_of(organization, clients, on)
    found = [one for client in money if client in dues for one in suggest(money[client], dues[client])]
    return sorted(found, key=lambda one: (REASONS.index(one.why), one.source.at, one.source.number))


def proposed_for(*, client: Client, payment_id: int | None, credit_id: int | None, on: dt.date) -> Items:
    """What is proposed for one payment or credit, item by item, beside the other money of its client."""
    every = suggestions_of(organization=client.organization, clients=[client], on=on)
    mine = [one for one in every if (one.source.payment_id, one.source.credit_id) == (payment_id, credit_id)]
    cents: Counter[int] = Counter()
    for one in mine:
        cents.update(dict(one.items))
    return list(cents.items())


def _money_of(clients: Sequence[Client]) -> dict[int, list[Money]]:
    sources = sources_of(clients)
    taken: dict[int, Items] = defaultdict(list)
    planned = PlannedAllocation.objects.filter(payment__in=[one.payment_id for one in sources if one.payment_id])
    for payment, item, cents in planned.order_by("pk").values_list("payment", "item", "amount"):
        taken[payment].append((item, cents))
    credits = [one.credit_id for one in sources if one.credit_id]
    about = dict(Credit.objects.filter(pk__in=credits, invoice__isnull=False).values_list("pk", "invoice"))
    found: dict[int, list[Money]] = defaultdict(list)
    for one in sources:
        of = about.get(one.credit_id) if one.credit_id else None
        found[one.client_id].append(Money(source=one, taken_for=taken.get(one.payment_id or 0, []), credit_of=of))
    return found


def _dues_of(organization: Organization, clients: Sequence[Client], on: dt.date) -> dict[int, list[Due]]:
    ids = [client.pk for client in clients]
    owed = debts.debts_of(organization=organization, client_ids=ids, which="balance", on=on)
    rows = InvoiceItem.objects.filter(pk__in=[debt.item_id for debt in owed]).values_list("pk", "invoice")
    invoice_of = dict(rows)
    found: dict[int, list[Due]] = defaultdict(list)
    for debt in owed:
        if not debt.busy:
            due = Due(item_id=debt.item_id, invoice_id=invoice_of[debt.item_id], left=debt.amount)
            found[debt.client_id].append(due)
    return found


@transaction.atomic
def accept(
    *, organization: Organization, client_ids: Collection[int], keys: Collection[str], by: User, now: dt.datetime
) -> list[Suggestion]:
    """Make the suggested links of those keys, as far as they are still proposed. The answer is those that were made.

    They are worked out again under locks: what changed since they were shown is not linked.
    """
    clients = list(Client.objects.for_organization(organization).filter(pk__in=client_ids))
    matching.hold([client.pk for client in clients])
    proposed = suggestions_of(organization=organization, clients=clients, on=organization.local_day(now))
    wanted = set(keys)
    made = [one for one in proposed if one.key in wanted][:MOST]
    reconciling.link([link for one in made for link in one.links()], now=now)
    amounts: dict[int, int] = defaultdict(int)
    for one in made:
        amounts[one.source.client_id] += one.amount
    told = [(client, {"amount": cents, "currency": organization.currency}) for client, cents in amounts.items()]
    trail.record_many(organization=organization, verb="suggestions_accepted", by=by, now=now, told=told)
    return made
