"""What every report is: a question, a table with its totals, a few bars, and the same rows as a file."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _

from billing import report_forms
from billing.tables import reports as tables
from smartrec import errors, exports
from smartrec.paging import page_number
from smartrec.views import PlainPage, Tab

PER_PAGE, BARS = 50, 8
Bars = list[tuple[str, int]]


class Report(PlainPage):
    """One report; with a question that makes no sense it shows what is wrong and no figures."""

    permission_required = "reports.view"
    export_permission = "clients.export"
    nav = "reports"
    template_name = "billing/report.html"
    panel_template_name = "billing/report_panel.html"
    form_class: type[report_forms.Question] = report_forms.Question
    table_class: type[tables.ReportTable] = tables.ReportTable
    lead: str | Promise = ""
    icon = "chart-bar"
    has_excel = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data(), status=422)
        if request.GET.get("export") in ("csv", "xlsx"):
            return self.export(request.GET["export"])
        return self.render_to_response(self.get_context_data(**self.answer()))

    def get_template_names(self) -> list[str]:
        return [self.panel_template_name if self.is_fragment else self.template_name]

    # --- what a report says about itself ----------------------------------------------------------
    def defaults(self) -> dict[str, Any]:
        return {}

    def presets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """Questions that are asked often, each with its words."""
        return ()

    def rows(self) -> list[Any]:
        raise NotImplementedError

    def bars(self, rows: list[Any]) -> Bars:
        return []

    # --- how it is answered -----------------------------------------------------------------------
    @cached_property
    def today(self) -> dt.date:
        return self.organization.local_day(timezone.now())

    @cached_property
    def form(self) -> report_forms.Question:
        typed = {name: self.request.GET[name] for name in self.form_class.base_fields if name in self.request.GET}
        return self.form_class({**self.defaults(), **typed}, organization=self.organization)

    @property
    def asked(self) -> dict[str, Any]:
        return self.form.cleaned_data

    def answer(self) -> dict[str, Any]:
        rows = self.rows()
        order = self.request.GET.getlist("sort")
        table = self.table_class(rows, organization=self.organization, every=rows, order_by=order)
        paginator = Paginator(table.rows, PER_PAGE)
        table.paginator = paginator
        table.page = page = paginator.page(page_number(paginator, self.request.GET.get("page")))
        return {"table": table, "page": page, "bars": drawn(self.bars(rows))}

    def export(self, kind: str) -> HttpResponse | StreamingHttpResponse:
        if not self.can(self.export_permission):
            raise errors.RoleNeeded(self.export_permission)
        write = exports.xlsx_response if kind == "xlsx" and self.has_excel else exports.csv_response
        return write(self.export_lines(), self.file_name())

    def export_lines(self) -> Any:
        rows = self.rows()
        return self.table_class(rows, organization=self.organization).as_values()

    def file_name(self) -> str:
        days = [f"{value:%Y-%m-%d}" for value in self.asked.values() if isinstance(value, dt.date)]
        return "-".join([str(self.request.resolver_match.url_name).removeprefix("report-"), *days])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            form=self.form,
            lead=self.lead,
            tabs=self._tabs(),
            can_export=self.can(self.export_permission) and self.form.is_valid(),
            has_excel=self.has_excel,
            **kwargs,
        )

    def _tabs(self) -> list[Tab]:
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        return [
            Tab(label, "?" + "&".join(f"{k}={v}" for k, v in days.items()), None, days.items() <= asked.items())
            for label, days in self.presets()
        ]


def largest_first(bars: Iterable[tuple[str, int]]) -> Bars:
    return sorted(bars, key=lambda bar: -abs(bar[1]))


def drawn(bars: Bars) -> list[dict[str, Any]]:
    """Each as wide as it is large."""
    shown = [bar for bar in bars if bar[1]][:BARS]
    most = max((abs(cents) for _label, cents in shown), default=0)
    return [
        {
            "label": label,
            "cents": cents,
            "tone": "brand" if cents > 0 else "neu",
            "width": f"{100 * abs(cents) / most:.1f}%",
        }
        for label, cents in shown
    ]


class AsOfReport(Report):
    """As of a day: today, unless another is asked for."""

    form_class = report_forms.AsOf

    def defaults(self) -> dict[str, Any]:
        return {"on": self.today}

    def presets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        ended = self.today.replace(day=1) - dt.timedelta(days=1)
        return [(_("Today"), {"on": self.today}), (_("End of last month"), {"on": ended})]


class PeriodReport(Report):
    """Between two days: this month, unless others are asked for."""

    form_class: type[report_forms.Question] = report_forms.Between

    def defaults(self) -> dict[str, Any]:
        return {"since": self.today.replace(day=1), "until": self.today}

    def presets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        ended = self.today.replace(day=1) - dt.timedelta(days=1)
        return [
            (_("This month"), self.defaults()),
            (_("Last month"), {"since": ended.replace(day=1), "until": ended}),
            (_("This year"), {"since": self.today.replace(month=1, day=1), "until": self.today}),
        ]
