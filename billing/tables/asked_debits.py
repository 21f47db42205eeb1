"""Debits that account holders were asked to authorize."""

import datetime as dt
from typing import Any

from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import DebitRequest
from smartrec import formats
from smartrec.tables import ActsColumn, AmountColumn, DateColumn, HtmlColumn, MethodsColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class AskedDebitsTable(Table):
    """Who was asked, for how much, until when they may answer; who let it lapse can be asked again."""

    what = gettext_lazy("Debits to authorize")
    two_lines = True

    client = SubjectColumn(
        verbose_name=gettext_lazy("Account owner"),
        accessor="client",
        order_by=("client__account__owner__sort_key",),
        url=lambda row, table: table.url("client-billing", row.client_id),
    )
    method = MethodsColumn(
        verbose_name=gettext_lazy("Bank account"), accessor="authorization__method", orderable=False, narrow=False
    )
    asked_at = DateColumn(verbose_name=gettext_lazy("Asked on"), card="hide")
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="method")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))
    act_on = ActsColumn(width="action")

    def __init__(self, *args: Any, now: dt.datetime, may_ask: bool, **kwargs: Any) -> None:
        self.now, self.may_ask = now, may_ask
        super().__init__(*args, **kwargs)

    def render_client(self, record: DebitRequest) -> SafeString:
        return self.columns["client"].column.open(self.value_client(record), record, self)

    def value_client(self, record: DebitRequest) -> str:
        owner = record.client.account.owner
        return owner.list_name if owner else str(record.client)

    def value_method(self, record: DebitRequest) -> str:
        return str(record.authorization.method)

    def render_state(self, record: DebitRequest) -> SafeString:
        badge = draw.badge("debit_request", record.status(self.now))
        if record.payment_id:
            return badge
        return format_html('<span class="two">{}<small>{}</small></span>', badge, self._until(record))

    def value_state(self, record: DebitRequest) -> str:
        label = draw.status_label(record.status(self.now), "debit_request")
        return label if record.payment_id else f"{label}, {self._until(record)}"

    def _until(self, record: DebitRequest) -> str:
        day = formats.iso_date(record.organization.local_day(record.until))
        return _("To answer by %(day)s") % {"day": day}

    def render_act_on(self, record: DebitRequest) -> SafeString | str:
        if record.payment_id:
            return format_html('<a href="{}">{}</a>', self.url("payment", record.payment_id), record.payment)
        if record.status(self.now) != "lapsed" or not self.may_ask:
            return ""
        return format_html(
            '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<button class="btn btn-sm btn-default" aria-label="{}">{}</button></form>',
            self.url("asked-debit-again", record.pk),
            get_token(self.request),
            _("Ask again: %(name)s") % {"name": self.value_client(record)},
            _("Ask again"),
        )
