"""The invoices of a mass invoice that is taken back: those that can be voided, and why the others stay."""

from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from billing.words.refund_runs import STAYS
from smartrec.tables import AmountColumn, HtmlColumn, SelectColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw

CREDITABLE = ("paid", "partly_paid", "credited")


class OfRunTable(Table):
    """One invoice a row."""

    client = SubjectColumn(
        verbose_name=gettext_lazy("Client"), accessor="client", order_by=("client__account__owner__sort_key",),
        width="",
        url=lambda row, table: table.url("client-billing", row.client_id),
    )  # fmt: skip
    number = HtmlColumn(verbose_name=gettext_lazy("Invoice"), accessor="number", width="date")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), accessor="total")

    def render_client(self, record: Invoice) -> SafeString:
        named = record.person or record.client.account.owner
        return self.columns["client"].column.open(named.list_name if named else str(record.client), record, self)

    def render_number(self, record: Invoice) -> SafeString:
        url = self.url("invoice", record.pk)
        return format_html('<a class="lnk num" href="{}">{}</a>', url, record.display_number)


class VoidableTable(OfRunTable):
    what = gettext_lazy("Invoices that can be voided")
    select_label = gettext_lazy("Select the invoices on this page")

    pick = SelectColumn()

    class Meta:
        sequence = ("pick", "client", "number", "amount")

    def is_selected(self, record: Any) -> bool:
        return False


class RestTable(VoidableTable):
    """What is unpaid of each invoice: so much its credit comes to."""

    what = gettext_lazy("Invoices with something unpaid")

    rest = AmountColumn(verbose_name=gettext_lazy("To credit"), accessor="rest")

    class Meta:
        sequence = ("pick", "client", "number", "amount", "rest")


class CreditedOneByOne(OfRunTable):
    """What is not voided together is cancelled by a credit, invoice by invoice."""

    act_on = HtmlColumn(
        verbose_name=gettext_lazy("Actions"), accessor="pk", orderable=False, width="action", card="action"
    )

    def __init__(self, *args: Any, may_credit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_credit:
            self.columns.hide("act_on")

    def render_act_on(self, record: Invoice) -> SafeString | str:
        return format_html(
            '<a class="btn btn-sm btn-default" href="{}" aria-label="{}: {}">{}</a>',
            self.url("invoice-cancel", record.pk), _("Cancel by a credit"), record.display_number,
            _("Cancel by a credit"),
        )  # fmt: skip


class StayingTable(CreditedOneByOne):
    what = gettext_lazy("Invoices that stay")

    stays = HtmlColumn(verbose_name=gettext_lazy("Reason"))

    class Meta:
        sequence = ("client", "number", "stays", "amount", "act_on")

    def render_stays(self, value: str) -> str:
        return str(STAYS[value])

    def render_act_on(self, record: Invoice) -> SafeString | str:
        """What was credited whole, given up, or is being charged at this moment, is not credited here."""
        left = record.state == "issued" and record.credited < record.total
        return super().render_act_on(record) if left and record.stays in CREDITABLE else ""  # type: ignore[attr-defined]


class ToCreditTable(CreditedOneByOne):
    """After a day: each can still be cancelled, by a credit."""

    what = gettext_lazy("Unpaid invoices")

    state = HtmlColumn(verbose_name=gettext_lazy("Status"), orderable=False, width="status")

    class Meta:
        sequence = ("client", "number", "state", "amount", "act_on")

    def render_state(self, record: Invoice) -> SafeString:
        return draw.badge("invoice", record.status(self.organization.local_day(timezone.now())))
