"""The tables of the reports: what each row is, and under each amount what all rows add up to."""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.reports import words
from smartrec import formats
from smartrec.money import format_money, plain_money
from smartrec.tables import AmountColumn, Column, CountColumn, DateColumn, Placed, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class TotalColumn(AmountColumn):
    """An amount, and under the last row the sum of all rows, shown or not."""

    def __init__(self, *args: Any, bold: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, bold=bold, **kwargs)

    def render_footer(self, bound_column: Any, table: "ReportTable") -> SafeString:
        total = table.total_of(str(bound_column.accessor))
        return format_html('<span class="money money--b">{}</span>', format_money(total, table.currency))


class TextColumn(Column):
    """Plain text, also in a file."""

    def value(self, value: Any) -> str:
        return str(value)


class ClientColumn(SubjectColumn):
    """Whom the row is about, by name: opens the billing of their file."""

    def __init__(self, **kwargs: Any) -> None:
        options = {"verbose_name": gettext_lazy("Client"), "accessor": "name", "footer": gettext_lazy("Total")}
        super().__init__(url=lambda row, table: table.url("client-billing", row.client_id), **{**options, **kwargs})

    def value(self, value: Any) -> str:
        return str(value)


class ReportTable(Table):
    """`every` is all rows, of which the page may show a part."""

    cards = False

    def __init__(self, data: Any, *args: Any, every: Sequence[Any] = (), **kwargs: Any) -> None:
        self.every = every or data
        super().__init__(data, *args, **kwargs)

    def total_of(self, name: str) -> int:
        return sum(getattr(row, name) or 0 for row in self.every)

    def key(self, record: Any) -> Any:
        return getattr(record, "client_id", 0)


class AgedTable(ReportTable):
    what = gettext_lazy("Receivables by age")

    name = ClientColumn()
    current = TotalColumn(verbose_name=gettext_lazy("Current"))
    days_30 = TotalColumn(verbose_name=gettext_lazy("1–30 days"))
    days_60 = TotalColumn(verbose_name=gettext_lazy("31–60 days"))
    days_90 = TotalColumn(verbose_name=gettext_lazy("61–90 days"))
    older = TotalColumn(verbose_name=gettext_lazy("Over 90 days"))
    credit = TotalColumn(verbose_name=gettext_lazy("Credits"))
    balance = TotalColumn(verbose_name=gettext_lazy("Balance"), bold=True)


class ReceiptsTable(ReportTable):
    what = gettext_lazy("Receipts by method")

    method = TextColumn(verbose_name=gettext_lazy("Payment method"), width="owner", footer=gettext_lazy("Net received"))
    kind = TextColumn(verbose_name=gettext_lazy("Movement"), width="owner")
    count = CountColumn(verbose_name=gettext_lazy("Count"))
    amount = TotalColumn(verbose_name=gettext_lazy("Amount"), bold=True)

    def value_method(self, value: str) -> str:
        return words.method_of(value)

    def value_kind(self, value: str) -> str:
        return words.kind_of(value)

    render_method, render_kind = value_method, value_kind


class SalesTable(ReportTable):
    what = gettext_lazy("Sales by ledger code")

    code = TextColumn(verbose_name=gettext_lazy("Ledger code"), width="owner", footer=gettext_lazy("Total"))
    name = TextColumn(verbose_name=gettext_lazy("Name"), width="name")
    sold = TotalColumn(verbose_name=gettext_lazy("Sold"))
    taken_back = TotalColumn(verbose_name=gettext_lazy("Voids and credits"), width="moment")
    net = TotalColumn(verbose_name=gettext_lazy("Net sales"), bold=True)


class TaxesTable(ReportTable):
    what = gettext_lazy("Taxes collected")

    name = TextColumn(verbose_name=gettext_lazy("Tax"), width="owner", footer=gettext_lazy("Total"))
    number = TextColumn(verbose_name=gettext_lazy("Tax number"), width="owner")
    rate = TextColumn(verbose_name=gettext_lazy("Rate"), width="owner", empty_values=())
    base = AmountColumn(verbose_name=gettext_lazy("Taxable sales"), bold=False)
    collected = TotalColumn(verbose_name=gettext_lazy("Collected"))
    taken_back = TotalColumn(verbose_name=gettext_lazy("Taken back"))
    net = TotalColumn(verbose_name=gettext_lazy("To remit"), bold=True)

    def value_rate(self, value: int | None) -> str:
        return formats.percent(value) if value is not None else _("Credits and adjustments")

    render_rate = value_rate


class UnlinkedTable(ReportTable):
    what = gettext_lazy("Unreconciled payments")

    paid_on = DateColumn(verbose_name=gettext_lazy("Date"), footer=gettext_lazy("Total"))
    number = SubjectColumn(
        verbose_name=gettext_lazy("Payment"), width="owner", url=lambda row, table: table.url("payment", row.payment_id)
    )
    name = TextColumn(verbose_name=gettext_lazy("Client"), width="name")
    method = TextColumn(verbose_name=gettext_lazy("Payment method"), width="owner")
    here = TotalColumn(verbose_name=gettext_lazy("Left of the payment"), width="tag")
    allocated = TotalColumn(verbose_name=gettext_lazy("Reconciled"))
    unlinked = TotalColumn(verbose_name=gettext_lazy("To reconcile"), bold=True)

    def key(self, record: Any) -> Any:
        return record.payment_id

    def value_number(self, value: int) -> str:
        return f"P-{value:05d}"

    def render_number(self, value: int, record: Any) -> SafeString:
        return self.columns["number"].column.open(self.value_number(value), record, self)

    def render_name(self, value: str, record: Any) -> SafeString:
        return format_html('<a href="{0}" title="{1}">{1}</a>', self.url("client-billing", record.client_id), value)

    def value_method(self, value: str) -> str:
        return words.method_of(value)

    render_method = value_method


class CreditsTable(ReportTable):
    what = gettext_lazy("Credits of clients")

    name = ClientColumn()
    payments = TotalColumn(verbose_name=gettext_lazy("From payments"))
    granted = TotalColumn(verbose_name=gettext_lazy("From credits issued"))
    other = TotalColumn(verbose_name=gettext_lazy("Other credits"))
    credit = TotalColumn(verbose_name=gettext_lazy("Credit"), bold=True)
    invoiced = TotalColumn(verbose_name=gettext_lazy("Open invoices"))


class FeesTable(ReportTable):
    what = gettext_lazy("Processing fees")

    month = TextColumn(verbose_name=gettext_lazy("Month"), width="date", footer=gettext_lazy("Total"))
    processor_account = TextColumn(verbose_name=gettext_lazy("Account at the processor"), width="name", empty_values=())
    count = CountColumn(verbose_name=gettext_lazy("Count"))
    kept = TotalColumn(verbose_name=gettext_lazy("Fees"))
    given_back = TotalColumn(verbose_name=gettext_lazy("Given back"))
    net = TotalColumn(verbose_name=gettext_lazy("Net fees"), bold=True)

    def value_month(self, value: Any) -> str:
        return f"{value:%Y-%m}"

    def value_processor_account(self, value: str) -> str:
        return value or _("Main account")

    render_month, render_processor_account = value_month, value_processor_account


class DeferredTable(ReportTable):
    what = gettext_lazy("Deferred revenue")

    month = TextColumn(verbose_name=gettext_lazy("Month"), width="date", footer=gettext_lazy("Total"))
    code = TextColumn(verbose_name=gettext_lazy("Ledger code"), width="owner")
    name = TextColumn(verbose_name=gettext_lazy("Name"), width="name")
    before = AmountColumn(verbose_name=gettext_lazy("At the start"), bold=False)
    sold = TotalColumn(verbose_name=gettext_lazy("Sold"))
    taken_back = TotalColumn(verbose_name=gettext_lazy("Voids and credits"), width="moment")
    earned = TotalColumn(verbose_name=gettext_lazy("Earned"))
    left = AmountColumn(verbose_name=gettext_lazy("At the end"))

    def value_month(self, value: Any) -> str:
        return f"{value:%Y-%m}"

    render_month = value_month


class AccountColumn(Placed, tables.Column):
    """An account of the books by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(verbose_name=gettext_lazy("Account of the books"), accessor="account", width="name", **kwargs)

    def value(self, value: str, record: Any) -> str:
        return words.account_of(value, record.name, record.processor_account)

    def render(self, value: str, record: Any) -> SafeString:
        return format_html('<span title="{0}">{0}</span>', self.value(value, record))


class TrialBalanceTable(ReportTable):
    what = gettext_lazy("Trial balance")

    code = TextColumn(verbose_name=gettext_lazy("Code"), width="date", default="", footer=gettext_lazy("Total"))
    title = AccountColumn()
    debit = TotalColumn(verbose_name=gettext_lazy("Debit"))
    credit = TotalColumn(verbose_name=gettext_lazy("Credit"))
    balance = TotalColumn(verbose_name=gettext_lazy("Balance"), bold=True)

    def key(self, record: Any) -> Any:
        return record.bucket_id


class JournalTable(ReportTable):
    """The lines of entries; the day and what it was stand on the first line of each."""

    what: str | Promise = gettext_lazy("Journal")

    happened_on = DateColumn(verbose_name=gettext_lazy("Date"), orderable=False, footer=gettext_lazy("Total"))
    kind = TextColumn(verbose_name=gettext_lazy("Entry"), orderable=False, width="name")
    client_name = TextColumn(verbose_name=gettext_lazy("Client"), orderable=False, width="owner", default="")
    code = TextColumn(verbose_name=gettext_lazy("Code"), orderable=False, width="count", default="")
    title = AccountColumn(orderable=False)
    debit = TotalColumn(verbose_name=gettext_lazy("Debit"), orderable=False)
    credit = TotalColumn(verbose_name=gettext_lazy("Credit"), orderable=False)

    def __init__(self, data: Any, *args: Any, moved: int = 0, **kwargs: Any) -> None:
        self.moved = moved
        self.firsts = {id(line) for before, line in zip([None, *data], data, strict=False) if _starts(before, line)}
        super().__init__(data, *args, **kwargs)

    def total_of(self, name: str) -> int:
        return self.moved

    def render_happened_on(self, value: Any, record: Any) -> SafeString | str:
        return format_html('<span class="num sub">{}</span>', formats.iso_date(value)) if self._is_first(record) else ""

    def render_kind(self, value: str, record: Any) -> SafeString | str:
        if not self._is_first(record):
            return ""
        said, entry = words.kind_of(value), _("Entry %(number)s") % {"number": record.entry_id}
        if not record.paper:
            return format_html('<span title="{}">{}</span>', entry, said)
        at, number = self.url(record.paper, record.paper_id), record.display_number
        return format_html('<a href="{}" title="{}">{} <span class="num">{}</span></a>', at, entry, said, number)

    def render_client_name(self, value: str, record: Any) -> SafeString | str:
        if not self._is_first(record):
            return ""
        return format_html('<a href="{0}" title="{1}">{1}</a>', self.url("client-billing", record.client_id), value)

    def _is_first(self, record: Any) -> bool:
        return id(record) in self.firsts

    def render_debit(self, value: int) -> SafeString:
        return draw.money(value, self.currency) if value else SafeString("")

    render_credit = render_debit


def _starts(before: Any, line: Any) -> bool:
    return before is None or before.entry_id != line.entry_id


def journal_head() -> list[str]:
    """The first row of the journal as a file."""
    return [
        _("Date"), _("Entry"), _("Reference"), _("Document"), _("Movement"), _("Client number"), _("Client"),
        _("Account type"), _("Account code"), _("Account of the books"), _("Debit"), _("Credit"), _("Booked at"),
    ]  # fmt: skip


def journal_row(line: Any) -> list[Any]:
    """One line of the journal as another accounting program reads it: every fact on every line."""
    number = f"C-{line.client_number:05d}" if line.client_number is not None else ""
    account = words.account_of(line.account, line.name, line.processor_account)
    return [
        f"{line.happened_on:%Y-%m-%d}", line.entry_id, line.reference, line.display_number, words.kind_of(line.kind),
        number, line.client_name, line.account, line.code, account, plain_money(line.debit), plain_money(line.credit),
        f"{line.posted_at:%Y-%m-%dT%H:%M:%SZ}",
    ]  # fmt: skip
