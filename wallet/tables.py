"""What staff see of a client's wallet: the methods their organization may charge, and nothing of the others."""

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.kinds.methods import why_unusable
from smartrec.tables import Column, DateColumn, HtmlColumn, MenuColumn, RowAction, Table
from smartrec.templatetags import smartrec as draw
from wallet.models import Authorization, PaymentMethod

CHANNELS = {
    "wallet": gettext_lazy("Given by the client in the wallet"),
    "checkout": gettext_lazy("Given at the checkout"),
    "in_person": gettext_lazy("Given in person"),
    "phone": gettext_lazy("Given by telephone"),
    "paper": gettext_lazy("Given on paper"),
    "plan": gettext_lazy("Given with a payment plan"),
}
SOON = dt.timedelta(days=60)


def expiry(method: PaymentMethod) -> str:
    """`08/29`, or nothing for what does not expire."""
    return f"{method.exp_month:02d}/{method.exp_year % 100:02d}" if method.exp_month and method.exp_year else ""


def state_badge(method: PaymentMethod, on: dt.date) -> SafeString:
    """Whether a method may be charged, and for how long still."""
    if method.status == "invalid":
        return draw.badge("method", "invalid")
    if method.is_expired(on):
        return draw.badge("method", "expired")
    soon = on + SOON
    if method.exp_year and method.exp_month and (method.exp_year, method.exp_month) <= (soon.year, soon.month):
        return draw.badge("method", "expiring", expiry=expiry(method))
    return draw.badge("authorization", "on")


class MethodColumn(HtmlColumn):
    """The method a row is about: its row header."""

    row_header = True
    card = "title"
    width = "method"


class AuthorizedTable(Table):
    """One row a method, with how and when the client let this organization charge it."""

    what = gettext_lazy("Payment methods this client lets us charge")
    two_lines = True

    method = MethodColumn(verbose_name=gettext_lazy("Payment method"), orderable=False)
    holder = Column(
        verbose_name=gettext_lazy("Holder"), accessor="method__holder", orderable=False, width="owner", narrow=False
    )
    expires = HtmlColumn(
        verbose_name=gettext_lazy("Expiry"), accessor="method__exp_year", orderable=False, width="date", narrow=False
    )
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), orderable=False, width="owner")
    granted_at = DateColumn(verbose_name=gettext_lazy("Authorized on"), accessor="requested_at", orderable=False)
    how = HtmlColumn(verbose_name=gettext_lazy("How"), accessor="channel", orderable=False)
    menu = MenuColumn()

    def __init__(self, *args: Any, on: dt.date, can_manage: bool, **kwargs: Any) -> None:
        self.on, self.can_manage = on, can_manage
        super().__init__(*args, **kwargs)

    def name_of(self, record: Authorization) -> str:
        return draw.method_text(record.method)

    def render_method(self, record: Authorization) -> SafeString:
        shown = format_html('<span id="{}">{}</span>', self.row_id(record), draw.pm(record.method))
        named = record.method.nickname
        return format_html('<span class="two">{}<small>{}</small></span>', shown, named) if named else shown

    def render_expires(self, record: Authorization) -> SafeString:
        return format_html('<span class="num sub">{}</span>', expiry(record.method))

    def render_state(self, record: Authorization) -> SafeString:
        badge = state_badge(record.method, self.on)
        if record.method.status == "invalid":
            note = why_unusable(record.method.invalid_reason)
        elif record.state == "requested":
            note = _("Authorized in a few minutes")
        else:
            return badge
        return format_html('<span class="two two--wrap">{}<small>{}</small></span>', badge, note)

    def render_how(self, record: Authorization) -> SafeString:
        by = record.granted_by if record.channel in ("in_person", "phone", "paper") else None
        how = CHANNELS[record.channel]
        if by is None:
            return format_html("{}", how)
        # Who wrote it down, when it was not the client.
        return format_html('<span class="two">{}<small>{}</small></span>', how, _("Noted by %(name)s") % {"name": by})

    def row_actions(self, record: Authorization) -> list[RowAction]:
        keys = (record.client_id, record.pk)
        offered = [RowAction(_("Agreement (PDF)"), self.url("client-agreement", *keys), "file-text")]
        if self.can_manage and self.is_renewable(record):
            offered.append(RowAction(_("Update the expiry"), self.url("client-card-expiry", *keys), "calendar"))
        if self.can_manage:
            url = self.url("client-permission-end", *keys)
            offered.append(RowAction(_("Withdraw the authorization"), url, "shield-off"))
        return offered

    def is_renewable(self, record: Authorization) -> bool:
        return record.method.kind == "card" and record.method.status == "active" and record.state == "granted"
