"""The lines of late fees: which invoices are overdue, since when, how often the fee is charged, or why it is not."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import RunLine
from billing.services import late_fees
from billing.services.late_fees import Shown
from billing.tables.lines import CreatedTable, ExcludedTable, FlaggedTable, IncludedTable
from billing.words.late_fees import lowered
from smartrec import formats
from smartrec.tables import CountColumn, HtmlColumn
from smartrec.templatetags import smartrec as draw


class OfFees:
    """What the tables of late fees share: the overdue invoices of the rows of a page, fetched at once."""

    late: dict[int, Shown]
    invoices: Any

    def prepare(self, shown: list[RunLine]) -> None:
        self.late = late_fees.shown_of(shown)
        self.invoices = {pk: list(one.numbers) for pk, one in self.late.items()}

    def render_overdue(self, record: RunLine) -> SafeString | str:
        return self.render_invoices(record)  # type: ignore[attr-defined]

    def render_since(self, record: RunLine) -> SafeString | str:
        since = self.late[record.pk].since
        return format_html('<span class="num">{}</span>', formats.iso_date(since)) if since else draw.DASH


class FeesTable(OfFees, IncludedTable):
    """Who is charged a late fee, for which invoices, and how often."""

    what = gettext_lazy("Late fees")

    overdue = HtmlColumn(verbose_name=gettext_lazy("Overdue invoices"), accessor="pk", orderable=False, width="method")
    since = HtmlColumn(verbose_name=gettext_lazy("Due since"), accessor="pk", orderable=False, width="date")
    quantity = CountColumn(verbose_name=gettext_lazy("Fees"), card="hide")

    class Meta:
        sequence = ("subject", "owner", "overdue", "since", "quantity", "...", "amount", "act_on")


class FlaggedFeesTable(OfFees, FlaggedTable):
    """Late fees worth a second look."""


class FeesCreatedTable(CreatedTable):
    """The invoices of the fees, and which of them came to less than was shown."""

    two_lines = True

    def render_amount(self, value: int, record: RunLine) -> SafeString:
        amount = draw.money(value, self.currency)
        told = lowered(record.flags, self.currency)
        return format_html('<span class="two">{}<small>{}</small></span>', amount, told) if told else amount


class FeesLeftOutTable(OfFees, ExcludedTable):
    """Who is not charged a late fee, and why."""

    overdue = HtmlColumn(verbose_name=gettext_lazy("Overdue invoices"), accessor="pk", orderable=False, width="method")
    since = HtmlColumn(verbose_name=gettext_lazy("Due since"), accessor="pk", orderable=False, width="date")

    class Meta:
        sequence = ("subject", "owner", "overdue", "since", "reason", "...", "act_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns.hide("amount")

    def render_reason(self, value: str, record: RunLine) -> str:  # type: ignore[override]
        """With the run that charged before, where one did."""
        by = self.late[record.pk].charged_by
        if value == "fee_charged" and by:
            return _("A late fee was charged already (%(run)s)") % {"run": by}
        return str(words.EXCLUSIONS[value])
