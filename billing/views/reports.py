"""The reports there are."""

from collections import Counter
from typing import Any

from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from billing import report_forms
from billing.reports import books, credits, deferred, fees, receipts, receivables, sales, words
from billing.tables import reports as tables
from billing.views.reporting import AsOfReport, Bars, PeriodReport, Report, largest_first
from smartrec import formats
from smartrec.paging import page_number
from smartrec.views import PlainPage

ENTRIES_PER_PAGE = 25
ENTRIES_IN_A_SHEET = 200_000


class Receivables(AsOfReport):
    title = gettext_lazy("Receivables by age")
    lead = gettext_lazy("What each client owed, by the days their invoices were overdue, and their credits.")
    icon = "hourglass"
    table_class = tables.AgedTable
    offers_late_fees = True

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
        return largest_first((words.method_of(method), cents) for method, cents in net.items())


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
        return largest_first((row.name, row.net) for row in rows)


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

    def bars(self, rows: list[receipts.Unlinked]) -> Bars:
        left: Counter[str] = Counter()
        for row in rows:
            left[row.method] += row.unlinked
        return largest_first((words.method_of(method), cents) for method, cents in left.items())


class Credits(Report):
    title = gettext_lazy("Credits of clients")
    lead = gettext_lazy("What clients paid or were credited beyond their invoices, as of now.")
    icon = "coins"
    table_class = tables.CreditsTable

    def rows(self) -> list[credits.Credit]:
        return credits.credits(organization=self.organization, on=self.today)

    def bars(self, rows: list[credits.Credit]) -> Bars:
        heads = self.table_class.base_columns
        parts = ("payments", "granted", "other")
        return [(str(heads[part].verbose_name), sum(getattr(row, part) for row in rows)) for part in parts]


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
        return largest_first(left.items())


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
