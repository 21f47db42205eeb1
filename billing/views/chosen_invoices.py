"""Some of a mass invoice's invoices, taken back together: those that can be, to tick, and why the others stay."""

from collections import Counter
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.views.panels import Group, panel, search_invoices
from billing.views.runs import OfInvoicing, RunPage
from smartrec.numbers import numbers
from smartrec.views import PlainPage

CLIENT = ("person", "client__account__owner")


class ChosenInvoices(OfInvoicing, RunPage, PlainPage):
    """A page that says which invoices of a run can be taken back its way, all or those ticked, and what stays."""

    def with_reasons(self, invoices: QuerySet[Invoice]) -> Any:
        """Each invoice with `stays`: why it is not taken back here; empty when it can be."""
        raise NotImplementedError

    def groups(self) -> list[Group]:
        raise NotImplementedError

    @property
    def every(self) -> Any:
        return self.with_reasons(Invoice.objects.filter(run=self.run_row))

    @property
    def eligible(self) -> Any:
        return self.every.filter(stays="")

    @cached_property
    def counts(self) -> Counter[str]:
        """How many stay for each reason; under none, how many do not. Asked once: there may be many."""
        found = self.every.order_by().values_list("stays").annotate(n=Count("pk"))
        return Counter(dict(found))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_fragment:
            return self.response_class(request, ["billing/panel.html"], {"panel": self.panel()})
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"eligible": self.counts[""], "step": 4, "panel": self.panel()}
        return super().get_context_data(**{**shown, "run": self.run_row, "back": self.run_url(), **kwargs})

    def panel(self) -> dict[str, Any]:
        return panel(self, self.groups(), label=_("Invoices"))

    def may(self, label: str, table: type, **options: Any) -> Group:
        return _group("may", label, table, self.eligible, self.counts[""], options)

    def stay(self, table: type, **options: Any) -> Group:
        left = self.counts.total() - self.counts[""]
        return _group("stay", _("Stay"), table, self.every.exclude(stays=""), left, options)

    @property
    def ticked(self) -> list[int]:
        return numbers(self.request.POST.getlist("row"))


def _group(key: str, label: str, table: type, rows: QuerySet[Invoice], count: int, options: dict[str, Any]) -> Group:
    return Group(
        key=key,
        label=label,
        count=count,
        rows=rows.prefetch_related(*CLIENT),
        table=table,
        order=("number",),
        search=search_invoices,
        options=options,
    )
