"""Refunds of an organization, by the processor and by hand, and the deposits it holds."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing import words
from billing.models import MoneyBack, Payment
from billing.words import money_back as told
from smartrec.tables import AmountColumn, DateColumn, HtmlColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw

TWO = '<span class="two"><span>{}</span><small>{}</small></span>'


class OfClientsTable(Table):
    """Documents of many clients: each leads to its own page and to the billing of its client."""

    two_lines = True

    number = HtmlColumn(verbose_name=gettext_lazy("Number"), accessor="number", width="date")
    client = SubjectColumn(
        verbose_name=gettext_lazy("Client"), accessor="client", order_by=("client__account__owner__sort_key",),
        url=lambda row, table: table.url("client-billing", row.client_id),
    )  # fmt: skip

    def page_of(self, record: Any) -> str:
        return self.url("payment", record.pk)

    def render_number(self, record: Any) -> SafeString:
        return format_html('<a class="lnk num" href="{}">{}</a>', self.page_of(record), record.display_number)

    def value_number(self, record: Any) -> str:
        return record.display_number

    def render_client(self, record: Any) -> SafeString:
        owner = record.client.account.owner
        return self.columns["client"].column.open(owner.list_name if owner else str(record.client), record, self)

    def value_client(self, record: Any) -> str:
        return str(record.client)


class RefundsTable(OfClientsTable):
    what = gettext_lazy("Refunds")

    kind = HtmlColumn(verbose_name=pgettext_lazy("refunds", "How"))
    day = DateColumn(verbose_name=gettext_lazy("Date"))
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), orderable=False, width="status")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))

    def page_of(self, record: MoneyBack) -> str:
        if record.desk_refund_id:
            return self.url("desk-refund", record.desk_refund_id)
        return self.url("payment", record.payment_id)

    def render_kind(self, record: MoneyBack) -> SafeString | str:
        how, why = told.how(record), told.why(record)
        return format_html(TWO, how, why) if why else how

    def value_kind(self, record: MoneyBack) -> str:
        return ": ".join(part for part in (told.how(record), told.why(record)) if part)

    def render_state(self, record: MoneyBack) -> SafeString:
        return draw.badge("refund", record.state)

    def value_state(self, record: MoneyBack) -> str:
        return draw.status_label(record.state, "refund")


class DepositsTable(OfClientsTable):
    what = gettext_lazy("Deposits")

    name = HtmlColumn(verbose_name=gettext_lazy("Description"), accessor="credit_name")
    received_on = DateColumn(verbose_name=gettext_lazy("Date"))
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), bold=False)
    held = AmountColumn(verbose_name=gettext_lazy("Held"))

    def render_name(self, record: Payment) -> SafeString:
        return format_html(TWO, record.credit_name, words.received_as(record))

    def value_name(self, record: Payment) -> str:
        return f"{record.credit_name}: {words.received_as(record)}"
