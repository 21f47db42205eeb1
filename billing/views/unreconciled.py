"""What is not linked in full: payments and credits on one side, invoice items on the other."""

from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.filters import FreeMoneyFilters, UnreconciledFilters
from billing.models import Unreconciled
from billing.services.reconciliation_states import states_of
from billing.tables.unreconciled import FreeMoneyTable, UnpaidItemsTable, with_documents
from smartrec.money import format_money
from smartrec.numbers import counted
from smartrec.views import ListPage, OrganizationMixin, Tab


class Reconciliation(OrganizationMixin):
    """Any page of the reconciliation: its tabs, and who may link."""

    permission_required = "payments.view"
    nav = "reconciliation"
    title = gettext_lazy("Reconciliation")

    @property
    def may_act(self) -> bool:
        return self.can("payments.reconcile")

    def view_tabs(self) -> list[Tab]:
        here = self.request.resolver_match.url_name
        return [
            Tab(label, self.org_url(name), None, here == name)
            for name, label in (
                ("reconciliation", _("Payments and credits")),
                ("unpaid-items", _("Invoice items")),
                ("suggestions", _("Suggestions")),
            )
        ]


class Lists(Reconciliation, ListPage):
    """What both lists share."""

    template_name = "billing/unreconciled.html"
    search_placeholder = gettext_lazy("Name or number")
    default_order = ("-created_at",)

    def table_kwargs(self) -> dict[str, Any]:
        return {"may_act": self.may_act}

    def prepared(self, rows: list[Any]) -> list[Any]:
        """Each row of a page with its state, found for all of them at once."""
        states = states_of(
            payments=[row.payment_id for row in rows if row.payment_id],
            credits=[row.credit_id for row in rows if row.credit_id],
            invoices=[row.invoice_id for row in rows if row.invoice_id],
        )
        for row in rows:
            row.state = states[_key(row)]
        return super().prepared(rows)

    def left(self) -> str:
        cents = self.filtered.order_by().aggregate(cents=Sum("rest", default=0))["cents"]
        return format_money(cents, self.organization.currency)

    def no_match(self) -> str:
        return _("Nothing unreconciled matches these filters.")


def _key(row: Unreconciled) -> tuple[str, int]:
    if row.payment_id:
        return "payment", row.payment_id
    return ("credit", row.credit_id) if row.credit_id else ("invoice", row.invoice_id or 0)


class FreeMoney(Lists):
    """Payments, deposits and credits with something left to link, the latest first."""

    page_key, export_name = "unreconciled", "unreconciled-payments"
    table_class, filterset_class = FreeMoneyTable, FreeMoneyFilters

    def rows(self) -> QuerySet[Unreconciled]:
        return with_documents(Unreconciled.objects.for_organization(self.organization).money())

    def result_line(self, total: str) -> str:
        said = ngettext("%(n)s payment or credit", "%(n)s payments and credits", counted(total)) % {"n": total}
        left = _("%(amount)s left to link") % {"amount": self.left()}
        return f"{said} · {left}"

    def empty(self) -> dict[str, Any]:
        return {"text": _("Every payment and credit is reconciled."), "icon": "circle-check"}


class UnpaidItems(Lists):
    """Invoice items with something left to pay, the latest first."""

    page_key, export_name = "unpaid-items", "unpaid-items"
    table_class, filterset_class = UnpaidItemsTable, UnreconciledFilters

    def rows(self) -> QuerySet[Unreconciled]:
        return with_documents(Unreconciled.objects.for_organization(self.organization).items())

    def result_line(self, total: str) -> str:
        said = ngettext("%(n)s invoice item", "%(n)s invoice items", counted(total)) % {"n": total}
        left = _("%(amount)s left to pay") % {"amount": self.left()}
        return f"{said} · {left}"

    def empty(self) -> dict[str, Any]:
        return {"text": _("Every invoice item is paid."), "icon": "circle-check"}
