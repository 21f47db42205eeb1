"""The histories of mass charges and mass invoices: who, when, how many, how much, where it stands."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import results
from billing.filters import ChargesFilter, RunFilter
from billing.models import MassRun
from billing.tables import ChargesTable, InvoicingsTable
from billing.views.asked_debits import charge_tabs
from billing.views.repeating import run_tabs
from billing.views.runs import OfCharge, OfInvoicing
from smartrec.views import ListPage, Tab


class History(ListPage):
    """Drafts that were thrown away are left out; what was confirmed and called off stays."""

    kind = history = ""
    kinds: tuple[str, ...] = ()
    filterset_class = RunFilter
    default_order = ("-created_at",)
    search_placeholder = gettext_lazy("Title or number")

    def rows(self) -> QuerySet[MassRun]:
        runs = MassRun.objects.for_organization(self.organization).filter(kind__in=self.kinds or [self.kind])
        runs = runs.exclude(state="cancelled", confirmed_at=None)
        return runs.select_related("created_by", "source").for_a_list()

    def view_tabs(self) -> list[Tab]:
        return run_tabs(self, self.org_url(self.history), str(self.title)) if self.can("payments.view") else []

    def prepared(self, rows: list[MassRun]) -> list[MassRun]:
        self.failed |= results.runs_with_failures(run.pk for run in rows)
        return super().prepared(rows)

    def table_kwargs(self) -> dict[str, Any]:
        return {"failed": self.failed}

    @cached_property
    def failed(self) -> set[int]:
        """Filled page by page, before the rows are drawn."""
        return set()


class MassCharges(OfCharge, History):
    permission_required = "payments.view"
    title = gettext_lazy("Mass charges")
    kinds = ("charge", "refund")
    table_class, filterset_class = ChargesTable, ChargesFilter
    export_name = "mass-charges"

    def view_tabs(self) -> list[Tab]:
        return charge_tabs(self)

    def empty(self) -> dict[str, Any]:
        return {
            "text": _("No mass charge yet. Select people or accounts in a list, then choose Mass charge."),
            "icon": "credit-card-pay", "url": self.org_url("people"), "label": _("People"),
        }  # fmt: skip


class BulkInvoices(OfInvoicing, History):
    permission_required = "invoices.view"
    title = gettext_lazy("Bulk invoices")
    table_class = InvoicingsTable
    export_name = "mass-invoices"

    def empty(self) -> dict[str, Any]:
        return {
            "text": _("No bulk invoice yet. Select people or accounts in a list, then choose Create invoice."),
            "icon": "file-invoice", "url": self.org_url("people"), "label": _("People"),
        }  # fmt: skip
