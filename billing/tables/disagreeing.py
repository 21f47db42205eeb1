"""Charges of which the processor's lists and the books do not say the same."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.models import Discrepancy
from billing.words import disagreeing
from smartrec.money import plain_money
from smartrec.tables import ActsColumn, AmountColumn, DateColumn, HtmlColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class DisagreeingTable(Table):
    """Each with what it means; its page says what to do."""

    what = gettext_lazy("Charges that do not agree")
    two_lines = True

    found_at = DateColumn(verbose_name=pgettext_lazy("discrepancy", "Found"), initial_sort_descending=True)
    kind = SubjectColumn(
        verbose_name=gettext_lazy("What does not agree"),
        width="",
        url=lambda row, table: table.url("action-center-disagreement", row.pk),
    )
    about = HtmlColumn(
        verbose_name=pgettext_lazy("at the processor", "Charge"),
        accessor="object_id",
        order_by=("object_id",),
        width="owner",
        narrow=False,
    )
    client = HtmlColumn(
        verbose_name=gettext_lazy("Account owner"),
        accessor="client__account__owner__list_name",
        order_by=("client__account__owner__sort_key",),
        width="owner",
    )
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))
    act_on = ActsColumn()

    def name_of(self, record: Discrepancy) -> str:
        return f"{disagreeing.explain(record).label}, {record.payment or record.object_id}"

    def render_kind(self, record: Discrepancy) -> SafeString:
        explained = disagreeing.explain(record)
        link = self.columns["kind"].column.open(explained.label, record, self)
        return format_html('<span class="two two--wrap">{}<small>{}</small></span>', link, explained.meaning)

    def value_kind(self, record: Discrepancy) -> str:
        return str(disagreeing.explain(record).label)

    def render_about(self, record: Discrepancy) -> SafeString:
        first = record.payment or _("No payment here")
        text = '<span class="two"><span class="num">{}</span><small class="num">{}</small></span>'
        return format_html(text, first, record.object_id)

    def value_about(self, record: Discrepancy) -> str:
        return record.object_id

    def render_client(self, value: str, record: Discrepancy) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.url("client", record.client_id), value)

    def value_client(self, value: str) -> str:
        return value

    def render_amount(self, record: Discrepancy) -> SafeString:
        currency = record.currency or self.currency
        return format_html('<span class="money money--b">{}</span>', draw.money_text(record.amount, currency))

    def value_amount(self, value: int) -> str:
        return plain_money(value)

    def render_act_on(self, record: Discrepancy) -> SafeString:
        if record.resolved_at is not None:
            label: Any = _("Handled") if record.how == "handled" else _("Agrees again")
            return format_html('<span class="sub">{}</span>', label)
        button = '<a class="btn btn-sm btn-default" href="{}" aria-label="{}: {}">{}</a>'
        label = _("What to do")
        return format_html(
            button, self.url("action-center-disagreement", record.pk), label, self.name_of(record), label
        )
