"""A client's billing: what is owed, what is overdue, what is on its way, and everything that happened."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.views.client_file import ClientFile
from billing import listing, movements
from billing.models import Movement, Payment
from billing.services import sources
from billing.services.reconciliation_states import states_of
from billing.tables import CreditsTable, InvoicesTable, PaymentsTable, TransactionsFile, TransactionsTable
from billing.views.client_actions import DocumentActions
from smartrec import errors, exports
from smartrec.money import format_money
from smartrec.tables import Table
from smartrec.views import ListPage, Tab

SIDES = (
    ("client-billing", gettext_lazy("Transactions")),
    ("client-invoices", gettext_lazy("Invoices")),
    ("client-payments", gettext_lazy("Payments")),
    ("client-credits", gettext_lazy("Credits")),
)


class BillingSide(ListPage, ClientFile):
    """One side of the Billing tab: the figures above, the list of one kind below."""

    permission_required = "invoices.view"
    tab = "client-billing"
    side = ""
    template_name = "billing/client_billing.html"
    panel_template_name = "billing/client_list.html"
    search_placeholder: str | Promise = gettext_lazy("Number or word…")

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        request.billed, request.today = self.client, self.today  # type: ignore[attr-defined]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.GET.get("export") == "xlsx":
            if not self.can(self.export_permission):
                raise errors.RoleNeeded(self.export_permission)
            return exports.xlsx_response(self.export_lines(), self.export_name)
        return super().get(request, *args, **kwargs)

    @property
    def export_name(self) -> str:  # type: ignore[override]
        name = "transactions" if self.side == "client-billing" else self.side.removeprefix("client-")
        return f"{name}-{self.client.display_number}"

    @cached_property
    def today(self) -> Any:
        return self.organization.local_day(timezone.now())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # A list that is drawn again leaves what stands above it as it is.
        above = {} if self.is_fragment else {"kpis": self.kpis(), "extras": self.extras()}
        return super().get_context_data(side=self.side, views=self.views(), **above, **kwargs)

    def extras(self) -> dict[str, Any]:
        """What else this side shows above its list."""
        return {}

    def views(self) -> list[Tab]:
        counts = {
            "client-invoices": self.client.invoices.count(),
            "client-payments": self.client.payments.count(),
            "client-credits": self.client.credits.count() + len(self.set_aside()),
        }
        return [
            Tab(label, self.org_url(name, client=self.client.pk), counts.get(name), name == self.side)
            for name, label in SIDES
        ]

    @cached_property
    def free(self) -> list[sources.Source]:
        """What the client can pay with now: credits, and payments linked to no invoice yet."""
        return sources.sources_of([self.client])

    @cached_property
    def deposits(self) -> list[Payment]:
        return list(self.client.payments.filter(held__gt=0).order_by("created_at", "pk"))

    def set_aside(self) -> list[Any]:
        """Money that waits: payments that are free, deposits that are held."""
        return [*(source for source in self.free if source.payment_id), *self.deposits]

    # --- the figures ------------------------------------------------------------------------------
    def kpis(self) -> list[dict[str, Any]]:
        standing = movements.standing_of(self.client, on=self.today)
        n = {"n": standing.open_invoices}
        opened = ngettext("%(n)s open invoice", "%(n)s open invoices", standing.open_invoices) % n
        figures = [
            {"label": _("Current balance"), "value": self._owed(standing.current), "note": opened},
            self._overdue(standing),
            self._available(),
            {"label": _("Expected balance"), "value": self._owed(standing.expected), "note": self._moving(standing)},
        ]
        if standing.held:
            held = {"label": _("Deposits held"), "value": self._money(standing.held), "note": _("not in the balance")}
            figures.insert(3, held)
        return figures

    def _moving(self, standing: movements.Standing) -> str:
        moving = standing.on_its_way + standing.going_back
        if not moving:
            return _("nothing is being processed")
        return _("after %(amount)s being processed") % {"amount": self._money(moving)}

    def _available(self) -> dict[str, Any]:
        free = sum(source.free for source in self.free)
        only = self.free[0].display_number if len(self.free) == 1 else ""
        many = ngettext("from %(n)s document", "from %(n)s documents", len(self.free)) % {"n": len(self.free)}
        note = only or (many if self.free else "")
        url = self.org_url("client-credits", client=self.client.pk) if self.free else ""
        tone = "ok" if free else ""
        return {"label": _("Available credit"), "value": self._money(free), "note": note, "tone": tone, "url": url}

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

    # --- the list ---------------------------------------------------------------------------------
    def result_line(self, total: str) -> str:
        return ""

    def table_kwargs(self) -> dict[str, Any]:
        actions = DocumentActions(self.organization, self.can)
        return {"today": self.today, "linked": self.linked, "actions": actions}

    @cached_property
    def linked(self) -> dict[tuple[str, int], str]:
        """The reconciliation states of the rows that are shown, found once these are known."""
        return {}

    def prepared(self, rows: list[Any]) -> list[Any]:
        self.linked.update(states_of(**self.keys_of(rows)))
        return super().prepared(rows)

    def keys_of(self, rows: list[Any]) -> dict[str, Any]:
        raise NotImplementedError


class ClientBilling(BillingSide):
    """The ledger: charged and paid, with the balance after each row."""

    side = "client-billing"
    filterset_class = listing.TransactionFilter
    table_class: type[Table] = TransactionsTable
    default_order = ("-on",)

    @property
    def with_failed(self) -> bool:
        asked = self.request.GET
        return asked.get("failed") == "1" or "failed" in asked.getlist("state")

    def rows(self) -> QuerySet[Movement]:
        rows = movements.movements_of(self.client, failed=self.with_failed)
        return movements.with_documents(rows)

    def export_lines(self) -> Any:
        self.table_class = TransactionsFile
        return super().export_lines()

    def keys_of(self, rows: list[Movement]) -> dict[str, Any]:
        return movements.keys_of(rows)

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has been invoiced or paid yet."), "icon": "file-invoice"}

    def no_match(self) -> str:
        return _("No transaction matches these filters.")


class ClientInvoices(BillingSide):
    """The invoices of a client, with those that are being written."""

    side = "client-invoices"
    filterset_class = listing.InvoiceFilter
    table_class = InvoicesTable
    default_order = ("-issued_on",)

    def rows(self) -> QuerySet:
        return self.client.invoices.prefetch_related("items")

    def keys_of(self, rows: list[Any]) -> dict[str, Any]:
        return {"invoices": [row.pk for row in rows]}

    def extras(self) -> dict[str, Any]:
        actions = DocumentActions(self.organization, self.can)
        drafts = self.client.invoice_drafts.select_related("created_by").order_by("-changed_at")
        if not self.can("invoices.create"):
            return {"drafts": []}
        return {"drafts": [(draft, actions.page("invoice-draft", self.client.pk, draft.pk)) for draft in drafts]}

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has been invoiced yet."), "icon": "file-invoice"}

    def no_match(self) -> str:
        return _("No invoice matches these filters.")


class ClientPayments(BillingSide):
    """The payments of a client, and what became of them."""

    side = "client-payments"
    filterset_class = listing.PaymentFilter
    table_class = PaymentsTable
    default_order = ("-created_at",)

    def rows(self) -> QuerySet:
        rows = movements.with_given_back(self.client.payments.with_state())
        return rows.prefetch_related("attempts__method")

    def keys_of(self, rows: list[Any]) -> dict[str, Any]:
        return {"payments": [row.pk for row in rows]}

    def empty(self) -> dict[str, Any]:
        return {"text": _("Nothing has been paid yet."), "icon": "credit-card"}

    def no_match(self) -> str:
        return _("No payment matches these filters.")


class ClientCredits(BillingSide):
    """The credits of a client, the money that is linked to no invoice, the deposits that are held."""

    side = "client-credits"
    filterset_class = listing.CreditFilter
    table_class = CreditsTable
    default_order = ("-issued_on",)

    def rows(self) -> QuerySet:
        return self.client.credits.all()

    def keys_of(self, rows: list[Any]) -> dict[str, Any]:
        return {"credits": [row.pk for row in rows]}

    def extras(self) -> dict[str, Any]:
        return {"free": [source for source in self.free if source.payment_id], "deposits": self.deposits}

    def empty(self) -> dict[str, Any]:
        return {"text": _("No credit has been issued yet."), "icon": "discount"}

    def no_match(self) -> str:
        return _("No credit matches these filters.")
