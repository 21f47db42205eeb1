"""The panel under a run's figures: one group of its rows at a time, searched, sorted, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from accounts.models import Organization, Person
from billing.listing import numbered
from billing.models import InvoiceItem
from smartrec.numbers import document_number
from smartrec.paging import page_number
from smartrec.tables import Table
from smartrec.views import OrganizationMixin, Tab


@dataclass(frozen=True, kw_only=True)
class Group:
    """One tab: its rows, how they are drawn and sorted at first, how they are searched."""

    key: str
    label: str | Promise
    count: int | None
    rows: QuerySet
    table: type[Table]
    order: tuple[str, ...] = ()
    search: Callable[[QuerySet, str, Organization], QuerySet] | None = None
    tone: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    limit: int | None = None

    @property
    def is_searched(self) -> bool:
        return self.search is not None


class CountedPaginator(Paginator):
    """Pages of rows whose number is known from the figures: nothing is counted twice."""

    def __init__(self, rows: Any, per_page: int, *, known: int | None) -> None:
        self.known = known
        super().__init__(rows, per_page)

    @property
    def count(self) -> int:
        return super().count if self.known is None else self.known


def panel(view: OrganizationMixin, groups: list[Group], *, label: str, default: str = "") -> dict[str, Any]:
    """What `billing/panel.html` draws: the tabs, and the rows of the one that is open."""
    asked = view.request.GET.get("show") or default
    group = next((g for g in groups if g.key == asked), groups[0])
    query = view.request.GET.get("q", "").strip() if group.search else ""
    rows = group.search(group.rows, query, view.organization) if query and group.search else group.rows
    table = group.table(
        rows,
        order_by=view.request.GET.getlist("sort") or group.order,
        organization=view.organization,
        **group.options,
    )
    table.request = view.request  # told only now, or it would count its rows to cut pages of its own
    _with_tie_break(table)
    size = group.limit or view.request.user.page_size
    known = None if query else group.limit or group.count
    table.paginator = CountedPaginator(table.rows, size, known=known)
    table.page = table.paginator.page(page_number(table.paginator, view.request.GET.get("page")))
    if hasattr(table, "prepare"):
        table.prepare([row.record for row in table.page.object_list])
    return {"tabs": _tabs(groups, group), "group": group, "table": table, "q": query, "label": label}


def _tabs(groups: list[Group], current: Group) -> list[Tab]:
    return [Tab(g.label, f"?show={g.key}", g.count, g is current, g.tone if g.count else "") for g in groups]


def _with_tie_break(table: Table) -> None:
    # Two rows that sort alike must not change places between two pages.
    rows = table.data.data
    table.data.data = rows.order_by(*rows.query.order_by, "pk")


def _named(prefix: str, text: str) -> Q:
    people = Person.objects.named(text).values("pk")
    return Q(**{f"{prefix}person__in": people}) | Q(**{f"{prefix}client__account__owner__in": people})


def search_lines(rows: QuerySet, text: str, organization: Organization) -> QuerySet:
    """By the name of the person or of the account owner, or by the number of an invoice to pay."""
    found = _named("", text)
    if number := document_number(text, "F"):
        items = InvoiceItem.objects.filter(invoice__organization=organization, invoice__number=number)
        found |= Q(item_ids__overlap=list(items.values_list("pk", flat=True)))
    return rows.filter(found)


def search_tries(rows: QuerySet, text: str, organization: Organization) -> QuerySet:
    """By the name of the person or of the account owner, or by the number of the payment."""
    return rows.filter(_named("payment__", text) | numbered(text, "P", "payment__number"))


def search_refunds(rows: QuerySet, text: str, organization: Organization) -> QuerySet:
    """By the name of the person or of the account owner, or by the number of the payment that goes back."""
    return rows.filter(_named("", text) | numbered(text, "P", "gives_back__number"))


def search_invoices(rows: QuerySet, text: str, organization: Organization) -> QuerySet:
    """By the name of the person or of the account owner, or by the number."""
    return rows.filter(_named("", text) | numbered(text, "F"))
