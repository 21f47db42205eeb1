"""Histories: the mass charges and the bulk invoices of an organization."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import MassRun
from billing.tables.lines import PAGES
from smartrec.tables import AmountColumn, Column, CountColumn, HtmlColumn, MomentColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class RunsTable(Table):
    """Who did which mass operation, when, how many, how much, where it stands."""

    page_name = ""

    title = SubjectColumn(
        verbose_name=gettext_lazy("Title"),
        accessor="pk",
        order_by=("number",),
        width="",
        url=lambda run, table: table.page_of(run),
    )
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), width="method")
    started_by = Column(
        verbose_name=gettext_lazy("By"), accessor="created_by", width="owner", order_by=("created_by__name",)
    )
    created_at = MomentColumn(verbose_name=gettext_lazy("Created"))
    count = CountColumn(verbose_name=gettext_lazy("Count"), accessor="shown_count", card="hide")
    amount = AmountColumn(verbose_name=gettext_lazy("Total"), accessor="shown_total", width="sum")

    def __init__(self, *args: Any, failed: set[int], **kwargs: Any) -> None:
        self.failed = failed
        super().__init__(*args, **kwargs)

    def page_of(self, run: MassRun) -> str:
        return self.url(self.page_name, run.pk)

    def render_title(self, record: MassRun) -> SafeString:
        column = self.columns["title"].column
        return column.open(words.run_name(record), record, self, record.display_number)

    def value_title(self, record: MassRun) -> str:
        return f"{record.display_number} {words.run_name(record)}"

    def render_state(self, record: MassRun) -> SafeString:
        return draw.badge("job", self.state_of(record))

    def value_state(self, record: MassRun) -> str:
        return draw.status_label(self.state_of(record), "job")

    def state_of(self, run: MassRun) -> str:
        if run.state == "finished":
            return "done_errors" if run.pk in self.failed else "done"
        return run.state

    def render_count(self, value: int, record: MassRun) -> SafeString:
        return draw.DASH if record.state == "draft" else format_html('<span class="num">{}</span>', draw.count(value))

    def render_amount(self, value: int, record: MassRun) -> SafeString:
        return draw.DASH if record.state == "draft" else draw.money(value, self.currency)


class ChargesTable(RunsTable):
    what = gettext_lazy("Mass charges")
    page_name = "mass-charge"

    def page_of(self, run: MassRun) -> str:
        return self.url(PAGES[run.kind], run.pk)


class InvoicingsTable(RunsTable):
    what = gettext_lazy("Bulk invoices")
    page_name = "bulk-invoice"
