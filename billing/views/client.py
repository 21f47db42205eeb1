"""A client's billing: what is owed, what is overdue, what is on its way, and everything that happened."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.generic import TemplateView

from accounts.views.client_file import ClientFile
from billing import movements
from billing.services import sources
from billing.tables import InvoicesTable, PaymentsTable, TransactionsTable
from smartrec.money import format_money
from smartrec.paging import page_number
from smartrec.tables import Table
from smartrec.views import Tab

PER_PAGE = 25


class ClientBilling(ClientFile, TemplateView):
    """The Billing tab of a client's file."""

    permission_required = "invoices.view"
    tab = "client-billing"
    template_name = "billing/client_billing.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.get_context_data()
        template = "billing/client_list.html" if request.headers.get("HX-Target") == "list" else self.template_name
        return self.response_class(request, [template], context)

    @cached_property
    def today(self) -> Any:
        return self.organization.local_day(timezone.now())

    @property
    def with_failed(self) -> bool:
        return self.request.GET.get("failed") == "1"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self.request.GET.get("show", "")
        drawn = {"invoices": self.invoices, "payments": self.payments}.get(chosen, self.transactions)()
        return super().get_context_data(
            kpis=self.kpis(),
            views=self.views(chosen),
            table=drawn,
            page=self.page,
            show=chosen or "transactions",
            with_failed=self.with_failed,
            **kwargs,
        )

    def kpis(self) -> list[dict[str, Any]]:
        standing = movements.standing_of(self.client, on=self.today)
        n = {"n": standing.open_invoices}
        moving = standing.on_its_way + standing.going_back
        opened = ngettext("%(n)s open invoice", "%(n)s open invoices", standing.open_invoices) % n
        return [
            {"label": _("Current balance"), "value": self._owed(standing.current), "note": opened},
            self._overdue(standing),
            {"label": _("Available credit"), "value": self._money(sources.available(self.client))},
            {
                "label": _("Expected balance"),
                "value": self._owed(standing.expected),
                "note": _("after %(amount)s being processed") % {"amount": self._money(moving)}
                if moving
                else _("nothing is being processed"),
            },
        ]

    def _overdue(self, standing: movements.Standing) -> dict[str, Any]:
        days = (self.today - standing.overdue_since).days if standing.overdue_since else 0
        since = ngettext("for %(n)s day", "for %(n)s days", days) % {"n": days} if days else ""
        tone = "bad" if standing.overdue else ""
        return {"label": _("Overdue"), "value": self._money(standing.overdue), "note": since, "tone": tone}

    def _money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)

    def _owed(self, cents: int) -> str:
        """A balance; below zero it is a credit and says so."""
        return f"{self._money(cents)} {pgettext('balance', 'credit')}" if cents < 0 else self._money(cents)

    def views(self, chosen: str) -> list[Tab]:
        return [
            Tab(_("Transactions"), "?", None, chosen not in ("invoices", "payments")),
            Tab(_("Invoices"), "?show=invoices", self.client.invoices.count(), chosen == "invoices"),
            Tab(_("Payments"), "?show=payments", self.client.payments.count(), chosen == "payments"),
        ]

    def transactions(self) -> Table:
        rows = movements.movements_of(self.client, failed=self.with_failed)
        paginator = Paginator(rows, PER_PAGE)
        page = paginator.page(page_number(paginator, self.request.GET.get("page")))
        self.page = page
        return self._table(TransactionsTable, movements.with_documents(page.object_list), today=self.today)

    def invoices(self) -> Table:
        rows = self.client.invoices.order_by("-issued_on", "-pk").prefetch_related("items")
        return self._paged(self._table(InvoicesTable, rows, today=self.today))

    def payments(self) -> Table:
        rows = movements.with_given_back(self.client.payments.with_state()).order_by("-created_at", "-pk")
        return self._paged(self._table(PaymentsTable, rows))

    def _table(self, table_class: type[Table], rows: Any, **kwargs: Any) -> Table:
        return table_class(rows, organization=self.organization, request=self.request, **kwargs)

    def _paged(self, table: Table) -> Table:
        table.paginator = Paginator(table.rows, PER_PAGE)
        self.page = table.page = table.paginator.page(page_number(table.paginator, self.request.GET.get("page")))
        return table
