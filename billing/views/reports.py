"""The reports: a question, a table with its totals, a few bars, and the same rows as a file."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import report_forms
from billing.reports import books, credits, deferred, fees, receipts, receivables, sales, words
from billing.tables import reports as tables
from smartrec import errors, exports, formats
from smartrec.paging import page_number
from smartrec.views import PlainPage, Tab

PER_PAGE, ENTRIES_PER_PAGE, BARS = 50, 25, 8
ENTRIES_IN_A_SHEET = 200_000
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
        return {"table": table, "page": page, "bars": _drawn(self.bars(rows))}

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


def _largest_first(bars: Iterable[tuple[str, int]]) -> Bars:
    return sorted(bars, key=lambda bar: -abs(bar[1]))


def _drawn(bars: Bars) -> list[dict[str, Any]]:
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


class Receivables(AsOfReport):
    title = gettext_lazy("Receivables by age")
    lead = gettext_lazy("What each client owed, by the days their invoices were overdue, and their credits.")
    icon = "hourglass"
    table_class = tables.AgedTable

    def rows(self) -> list[receivables.Aged]:
        return receivables.aged(organization=self.organization, on=self.asked["on"])

    def bars(self, rows: list[receivables.Aged]) -> Bars:
        ages = ("current", "days_30", "days_60", "days_90", "older", "credit")
        heads = self.table_class.base_columns
        return [(str(heads[age].verbose_name), sum(getattr(row, age) for row in rows)) for age in ages]


class Receipts(PeriodReport):
    title = gettext_lazy("Receipts by method")
    lead = gettext_lazy("Money that came in; refunds, returns and disputes stand below zero.")
    icon = "cash"
    form_class = report_forms.Receipts
    table_class = tables.ReceiptsTable

    def rows(self) -> list[receipts.Receipt]:
        return receipts.receipts(organization=self.organization, **self.asked)

    def bars(self, rows: list[receipts.Receipt]) -> Bars:
        net: dict[str, int] = {}
        for row in rows:
            net[row.method] = net.get(row.method, 0) + row.amount
        return _largest_first((words.method_of(method), cents) for method, cents in net.items())


class Sales(PeriodReport):
    title = gettext_lazy("Sales by ledger code")
    lead = gettext_lazy("What was invoiced before taxes, less what was voided and credited.")
    icon = "tag"
    form_class = report_forms.ByCode
    table_class = tables.SalesTable

    def rows(self) -> list[sales.Sale]:
        code = self.asked["code"]
        days = {"since": self.asked["since"], "until": self.asked["until"]}
        return sales.sales(organization=self.organization, code=code.pk if code else None, **days)

    def bars(self, rows: list[sales.Sale]) -> Bars:
        return _largest_first((row.name, row.net) for row in rows)


class Taxes(PeriodReport):
    title = gettext_lazy("Taxes collected")
    lead = gettext_lazy("Each tax at each rate, what it was computed on, and what voids and credits took back.")
    icon = "receipt-tax"
    table_class = tables.TaxesTable

    def rows(self) -> list[sales.TaxRow]:
        return sales.taxes(organization=self.organization, **self.asked)

    def bars(self, rows: list[sales.TaxRow]) -> Bars:
        return [(f"{row.name} {formats.percent(row.rate) if row.rate is not None else ''}", row.net) for row in rows]


class Unreconciled(Report):
    title = gettext_lazy("Unreconciled payments")
    lead = gettext_lazy("Payments of which something is linked to no invoice, as of now.")
    icon = "unlink"
    form_class = report_forms.ByMethod
    table_class = tables.UnlinkedTable

    def rows(self) -> list[receipts.Unlinked]:
        return receipts.unlinked(organization=self.organization, **self.asked)


class Credits(Report):
    title = gettext_lazy("Credits of clients")
    lead = gettext_lazy("What clients paid or were credited beyond their invoices, as of now.")
    icon = "coins"
    table_class = tables.CreditsTable

    def rows(self) -> list[credits.Credit]:
        return credits.credits(organization=self.organization, on=self.today)


class TrialBalance(AsOfReport):
    title = gettext_lazy("Trial balance")
    lead = gettext_lazy("Every account of the books; debits and credits are equal, so the balances add up to zero.")
    icon = "scale"
    table_class = tables.TrialBalanceTable

    def rows(self) -> list[books.AccountTotal]:
        return books.trial_balance(organization=self.organization, on=self.asked["on"])


class Journal(PeriodReport):
    title = gettext_lazy("Journal")
    lead = gettext_lazy("Every entry of the books with its debits and credits.")
    icon = "notebook"
    form_class = report_forms.OfJournal
    table_class = tables.JournalTable

    def found(self) -> Any:
        code = self.asked["code"]
        asked = {**self.asked, "code": code.pk if code else None}
        return books.entries(organization=self.organization, **asked)

    def answer(self) -> dict[str, Any]:
        found = self.found()
        paginator = Paginator(found.values_list("pk", flat=True), ENTRIES_PER_PAGE)
        page: PageOfRows = paginator.page(page_number(paginator, self.request.GET.get("page")))
        lines = books.lines(list(page.object_list))
        table = tables.JournalTable(lines, organization=self.organization, moved=books.moved_by(found))
        return {"table": table, "page": page, "bars": []}

    def export(self, kind: str) -> HttpResponse | StreamingHttpResponse:
        """A sheet holds a million rows; more entries than that are sent as they are read."""
        return super().export(kind if self.found().count() <= ENTRIES_IN_A_SHEET else "csv")

    def export_lines(self) -> Any:
        yield tables.journal_head()
        yield from map(tables.journal_row, books.every_line(self.found()))


class Fees(PeriodReport):
    title = gettext_lazy("Processing fees")
    lead = gettext_lazy("What the processor kept, month by month and account by account.")
    icon = "percentage"
    table_class = tables.FeesTable

    def rows(self) -> list[fees.Fees]:
        return fees.fees(organization=self.organization, **self.asked)

    def bars(self, rows: list[fees.Fees]) -> Bars:
        return [(f"{row.month:%Y-%m}", row.net) for row in rows]


class Deferred(PeriodReport):
    title = gettext_lazy("Deferred revenue")
    lead = gettext_lazy("What was sold for a period and is not earned yet, by ledger code and month.")
    icon = "calendar"
    table_class = tables.DeferredTable

    def rows(self) -> list[deferred.Deferred]:
        return deferred.deferred(organization=self.organization, **self.asked)

    def bars(self, rows: list[deferred.Deferred]) -> Bars:
        left = {row.name: row.left for row in rows}
        return _largest_first(left.items())


EVERY: dict[str, type[Report]] = {
    "receivables": Receivables,
    "receipts": Receipts,
    "sales": Sales,
    "taxes": Taxes,
    "unreconciled": Unreconciled,
    "credits": Credits,
    "deferred": Deferred,
    "fees": Fees,
    "trial-balance": TrialBalance,
    "journal": Journal,
}


class Reports(PlainPage):
    """Which reports there are."""

    permission_required = "reports.view"
    nav = "reports"
    title = gettext_lazy("Reports")
    template_name = "billing/reports.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        slug = self.organization.slug
        shown = [
            {"title": r.title, "lead": r.lead, "icon": r.icon, "url": reverse(f"report-{name}", args=[slug])}
            for name, r in EVERY.items()
        ]
        return super().get_context_data(reports=shown, **kwargs)
