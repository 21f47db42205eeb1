"""Every invoice and every payment of an organization, whoever the client."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person
from billing import listing, movements
from billing.models import Invoice, Payment
from billing.services.reconciliation_states import states_of
from billing.tables.everyone import EveryInvoiceTable, EveryPaymentTable
from billing.views.client_actions import DocumentActions
from smartrec.filters import DateRangeFilter, FilterSet, MoneyRangeFilter, SearchFilter
from smartrec.money import format_money
from smartrec.views import ListPage


def found_by(typed: str, letter: str) -> Q:
    """Whose owner has that name, or what has that number."""
    owner = Q(client__account__owner__in=Person.objects.named(typed).values("pk"))
    return owner | listing.numbered(typed, letter)


class EveryInvoiceFilter(FilterSet):
    """By number or client; by status, by day, by amount."""

    q = SearchFilter(method="search")
    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Status"), choices=listing.INVOICE_STATES, method="by_state"
    )
    issued = DateRangeFilter(label=gettext_lazy("Invoice date"), field_name="issued_on")
    due = DateRangeFilter(label=gettext_lazy("Due date"), field_name="due_on")
    amount = MoneyRangeFilter(label=gettext_lazy("Total"), field_name="total")

    def search(self, rows: QuerySet[Invoice], name: str, typed: str) -> QuerySet[Invoice]:
        return rows.filter(found_by(typed, "F"))

    def by_state(self, rows: QuerySet[Invoice], name: str, states: list[str]) -> QuerySet[Invoice]:
        today = self.request.organization.local_day(timezone.now())
        wanted = Q(pk__in=[])
        for state in states:
            wanted |= listing.invoices_in(state, today)
        return rows.filter(wanted) if states else rows


class EveryPaymentFilter(FilterSet):
    """By number or client; which way it came, how it ended, when, how much."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=gettext_lazy("Payment method"), choices=listing.METHODS)
    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Status"), choices=listing.PAYMENT_STATES, method="by_state"
    )
    created = DateRangeFilter(label=gettext_lazy("Date"), field_name="created_at__date")
    amount = MoneyRangeFilter(label=gettext_lazy("Amount"), field_name="amount")

    def search(self, rows: QuerySet[Payment], name: str, typed: str) -> QuerySet[Payment]:
        return rows.filter(found_by(typed, "P"))

    by_state = listing.PaymentFilter.by_state


class OfEveryone(ListPage):
    """A list of documents of one kind, each with how far it is reconciled and what can be done with it."""

    search_placeholder = gettext_lazy("Name or number")
    default_order = ("-number",)
    kind = ""

    def table_kwargs(self) -> dict[str, Any]:
        today = self.organization.local_day(timezone.now())
        actions = DocumentActions(self.organization, self.can)
        return {"today": today, "linked": self.linked, "actions": actions}

    def prepared(self, rows: list[Any]) -> list[Any]:
        self.linked.update(states_of(**{self.kind: [row.pk for row in rows]}))
        return super().prepared(rows)

    def setup(self, *args: Any, **kwargs: Any) -> None:
        super().setup(*args, **kwargs)
        self.linked: dict[tuple[str, int], str] = {}

    def money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)


class Invoices(OfEveryone):
    permission_required = "invoices.view"
    title = gettext_lazy("Invoices")
    nav, kind, export_name = "invoices", "invoices", "invoices"
    table_class, filterset_class = EveryInvoiceTable, EveryInvoiceFilter

    def rows(self) -> QuerySet[Invoice]:
        invoices = Invoice.objects.for_organization(self.organization).select_related("client__account__owner")
        return invoices.prefetch_related("items")

    def pager_note(self) -> str:
        issued = self.filtered.order_by().filter(state="issued")
        sums = issued.aggregate(invoiced=Sum("total", default=0), left=Sum(F("total") - F("allocated"), default=0))
        told = {name: self.money(cents) for name, cents in sums.items()}
        return _("%(invoiced)s invoiced, %(left)s left to pay") % told

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has been invoiced yet."), "icon": "file-invoice"}


class Payments(OfEveryone):
    permission_required = "payments.view"
    title = gettext_lazy("Payments")
    nav, kind, export_name = "payments", "payments", "payments"
    table_class, filterset_class = EveryPaymentTable, EveryPaymentFilter

    def rows(self) -> QuerySet[Payment]:
        payments = Payment.objects.for_organization(self.organization).select_related("client__account__owner")
        return movements.with_given_back(payments.with_state()).prefetch_related("attempts__method")

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has been paid yet."), "icon": "credit-card"}
