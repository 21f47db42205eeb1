"""The lists of the action center: what waits for someone, and what was set aside."""

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from action_center.filters import TYPES
from action_center.retry_rules import may_change, may_retry
from billing import words
from billing.models import Attempt, Payment
from messaging.kinds.methods import why_unusable
from smartrec.contributions import FileAction
from smartrec.tables import (
    ActsColumn,
    AmountColumn,
    BalanceColumn,
    Column,
    CountColumn,
    DateColumn,
    HtmlColumn,
    MenuColumn,
    MethodsColumn,
    RowAction,
    SelectColumn,
    SubjectColumn,
    Table,
)
from smartrec.templatetags import smartrec as draw
from wallet.models import Authorization, PaymentMethod
from wallet.tables import expiry, state_badge

# An attempt, or a handling, with what the worklists add to it.
Row = Any
OWNER = "payment__client__account__owner__sort_key"
TYPE_NAMES = dict(TYPES)


def two(first: Any, second: Any) -> SafeString:
    return format_html('<span class="two two--wrap"><span class="b5">{}</span><small>{}</small></span>', first, second)


def next_step(attempt: Attempt, on: dt.date) -> Any:
    """What to do about a failure; a method that died since then comes before why it failed that day."""
    if attempt.authorization is None or attempt.method is None:
        return words.failure(attempt.state, attempt.reason, attempt.advice).next_step
    if attempt.method.status == "invalid":
        return why_unusable(attempt.method.invalid_reason)
    if attempt.authorization.state != "granted" or attempt.method.status != "active":
        return _("No longer authorized: choose another method.")
    if attempt.method.is_expired(on):
        return words.FAILURES["card_expired"].next_step
    return words.failure(attempt.state, attempt.reason, attempt.advice).next_step


def for_whom(payment: Payment) -> str:
    """The person a payment is for, when it is not the owner of the account."""
    owner = payment.client.account.owner
    return str(payment.person) if payment.person and payment.person != owner else ""


class PickColumn(SelectColumn):
    """Only what waits for someone can be ticked."""

    def render(self, record: Row, table: "FailedTable") -> SafeString:
        return super().render(record, table) if record.work == "failed" else SafeString()


class DigitsColumn(MethodsColumn):
    """The method without its expiry: the reason beside it says that."""

    def render(self, value: PaymentMethod) -> SafeString:
        if value.kind == "bank":  # a long name may be cut, the digits never
            shown = '<span class="pm">{}<span class="pm__bank">{}</span> <span>••{}</span></span>'
            return format_html(shown, draw.brand(value), value.brand, value.last4)
        return format_html('<span class="pm">{}<span>•• {}</span></span>', draw.brand(value), value.last4)


class FailedTable(Table):
    """Failed payments, those being tried again, and those the processor has not answered about."""

    what = gettext_lazy("Failed transactions")
    select_label = gettext_lazy("Select the transactions on this page")
    two_lines = True

    pick = PickColumn()
    since = DateColumn(verbose_name=gettext_lazy("Failed on"), initial_sort_descending=True)
    owner = SubjectColumn(
        verbose_name=gettext_lazy("Account owner"),
        accessor="payment__client__account__owner__list_name",
        order_by=(OWNER,),
        width="owner",
        url=lambda attempt, table: table.url("client", attempt.payment.client_id),
    )
    transaction = HtmlColumn(
        verbose_name=gettext_lazy("Transaction"), accessor="payment__number", width="pm", narrow=False
    )
    method = DigitsColumn(verbose_name=gettext_lazy("Payment method"), orderable=False, width="pm")
    why = HtmlColumn(verbose_name=gettext_lazy("Reason"), orderable=False, empty_values=())
    number = CountColumn(
        verbose_name=gettext_lazy("Tries"), narrow=False, card="hide", width="try", initial_sort_descending=True
    )
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), accessor="payment__amount")
    act_on = ActsColumn()
    menu = MenuColumn()

    def __init__(
        self, *args: Any, on: dt.date, can_retry: bool, can_dismiss: bool, pay: FileAction | None, **kwargs: Any
    ) -> None:
        self.on, self.can_retry, self.can_dismiss, self.pay = on, can_retry, can_dismiss, pay
        kwargs.setdefault("exclude", () if can_retry or can_dismiss else ("pick",))
        super().__init__(*args, **kwargs)

    def name_of(self, record: Row) -> str:
        return f"{record.payment.display_number}, {record.payment.client.account.owner}"

    def render_owner(self, value: str, record: Row) -> SafeString:
        link = self.columns["owner"].column.open(value, record, self)
        person = for_whom(record.payment)
        return format_html('<span class="two">{}<small>{}</small></span>', link, person) if person else link

    def render_transaction(self, record: Row) -> SafeString:
        text = '<span class="two">{}<small class="num">{}</small></span>'
        return format_html(text, TYPE_NAMES[record.type], record.payment.display_number)

    def value_transaction(self, record: Row) -> str:
        return record.payment.display_number

    def render_why(self, record: Row) -> SafeString:
        if record.work == "checking":
            return two(_("No answer yet"), _("Not failed: do not retry"))
        if record.work == "retrying":
            slow = record.state == "pending"
            return two(
                _("Trying again"),
                _("Banks answer in 3 to 5 business days") if slow else _("The answer comes in a moment"),
            )
        label = words.failure(record.state, record.reason, record.advice).label
        return two(label, next_step(record, self.on) if may_change(record) else words.FAILURES["returned"].next_step)

    def value_why(self, record: Row) -> str:
        return "" if record.work != "failed" else str(words.failure(record.state, record.reason, record.advice).label)

    def render_act_on(self, record: Row) -> SafeString | str:
        if record.work != "failed":
            return format_html('<span id="w{}">{}</span>', record.pk, draw.badge("payment", record.work))
        if not self.can_retry:
            return ""
        if may_retry(record, self.on):
            url = f"{self.url('action-center-retry')}?pick={record.pk}"
            return self._button(url, "refresh", _("Retry"), record, dialog=True)
        if may_change(record):
            return self._button(self.url("action-center-method", record.pk), "", _("Change method"), record)
        return ""

    def _button(self, url: str, icon: str, label: str, record: Row, *, dialog: bool = False) -> SafeString:
        ask = format_html(' hx-get="{}" hx-target="#ask" hx-swap="innerHTML"', url) if dialog else ""
        return format_html(
            '<a class="btn btn-sm btn-default" href="{}"{} aria-label="{}: {}">{}{}</a>',
            url,
            ask,
            label,
            self.name_of(record),
            draw.icon(icon, "s") if icon else "",
            label,
        )

    def row_actions(self, record: Row) -> list[RowAction]:
        client, email = record.payment.client, record.payment.client.account.email
        offered = [RowAction(_("Open the client’s file"), self.url("client", client.pk), "user")]
        waits = record.work == "failed"
        if waits and self.can_retry and may_change(record) and may_retry(record, self.on):
            offered.append(RowAction(_("Change method"), self.url("action-center-method", record.pk), "credit-card"))
        if email:
            offered.append(RowAction(_("Email the owner"), f"mailto:{email}", "mail"))
        if waits and self.pay:
            offered.append(RowAction(self.pay.label, self.url(self.pay.url_name, client.pk), self.pay.icon))
        if waits and self.can_dismiss:
            url = f"{self.url('action-center-dismiss')}?pick={record.pk}"
            offered.append(RowAction(_("Dismiss…"), url, "eye-off"))
        return offered


class DismissedTable(Table):
    """What was set aside, by whom and why."""

    what = gettext_lazy("Dismissed transactions")
    two_lines = True

    at = DateColumn(verbose_name=pgettext_lazy("transaction", "Dismissed on"), initial_sort_descending=True)
    owner = SubjectColumn(
        verbose_name=gettext_lazy("Account owner"),
        accessor="attempt__payment__client__account__owner__list_name",
        order_by=("attempt__payment__client__account__owner__sort_key",),
        width="owner",
        url=lambda handling, table: table.url("client", handling.attempt.payment.client_id),
    )
    transaction = HtmlColumn(
        verbose_name=gettext_lazy("Transaction"), accessor="attempt__payment__number", width="pm", narrow=False
    )
    method = DigitsColumn(
        verbose_name=gettext_lazy("Payment method"), accessor="attempt__method", orderable=False, width="pm"
    )
    reason = HtmlColumn(verbose_name=gettext_lazy("Reason"), orderable=False)
    by = Column(verbose_name=pgettext_lazy("transaction", "Dismissed by"), orderable=False, width="owner", narrow=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), accessor="attempt__payment__amount")
    act_on = ActsColumn()

    def __init__(self, *args: Any, can_dismiss: bool, **kwargs: Any) -> None:
        self.can_dismiss = can_dismiss
        super().__init__(*args, **kwargs)

    def name_of(self, record: Row) -> str:
        return f"{record.attempt.payment.display_number}, {record.attempt.payment.client.account.owner}"

    def render_transaction(self, record: Row) -> SafeString:
        failure = words.failure(record.attempt.state, record.attempt.reason, record.attempt.advice)
        text = '<span class="two"><span class="num">{}</span><small>{}</small></span>'
        return format_html(text, record.attempt.payment.display_number, failure.label)

    def value_transaction(self, record: Row) -> str:
        return record.attempt.payment.display_number

    def render_reason(self, value: str) -> SafeString:
        return format_html('<span class="two two--wrap">{}</span>', value)

    def render_act_on(self, record: Row) -> SafeString | str:
        if record.tried_since:
            return format_html('<span class="sub">{}</span>', _("Tried again since"))
        if not self.can_dismiss:
            return ""
        button = (
            '<button class="btn btn-sm btn-default" form="restore" name="handling" value="{}" aria-label="{}: {}">{}'
        )
        label = _("Restore")
        return format_html(button + "</button>", record.pk, label, self.name_of(record), label)


class ExpiringTable(Table):
    """Cards that may be charged and that have expired or will soon, the oldest first."""

    what = gettext_lazy("Expiring cards")
    two_lines = True

    expires = HtmlColumn(
        verbose_name=gettext_lazy("Expiry"),
        accessor="method__exp_year",
        order_by=("method__exp_year", "method__exp_month"),
        width="status",
    )
    owner = SubjectColumn(
        verbose_name=gettext_lazy("Account owner"),
        accessor="client__account__owner__list_name",
        order_by=("client__account__owner__sort_key",),
        url=lambda card, table: table.url("client", card.client_id),
    )
    method = DigitsColumn(verbose_name=gettext_lazy("Card"), orderable=False, width="pm")
    balance = BalanceColumn(verbose_name=gettext_lazy("Balance"), accessor="client__balance")
    act_on = ActsColumn(width="owner")
    menu = MenuColumn()

    def __init__(self, *args: Any, on: dt.date, can_manage: bool, **kwargs: Any) -> None:
        self.on, self.can_manage = on, can_manage
        kwargs.setdefault("exclude", () if can_manage else ("act_on",))
        super().__init__(*args, **kwargs)

    def name_of(self, record: Authorization) -> str:
        return f"{draw.method_text(record.method)}, {record.client}"

    def render_expires(self, record: Authorization) -> SafeString:
        badge = state_badge(record.method, self.on)
        if not record.method.is_expired(self.on):
            return badge
        return format_html('{} <span class="num sub">{}</span>', badge, expiry(record.method))

    def value_expires(self, record: Authorization) -> str:
        return expiry(record.method)

    def render_act_on(self, record: Authorization) -> SafeString:
        url = self.url("client-card-expiry", record.client_id, record.pk)
        button = '<a class="btn btn-sm btn-default" href="{}" aria-label="{}: {}">{}</a>'
        label = _("Update the expiry")
        return format_html(button, url, label, self.name_of(record), label)

    def row_actions(self, record: Authorization) -> list[RowAction]:
        client, email = record.client, record.client.account.email
        offered = [RowAction(_("Open the client’s file"), self.url("client", client.pk), "user")]
        if self.can_manage:
            offered.append(RowAction(_("Send a link to the client"), self.url("client-wallet-link", client.pk), "send"))
        if email:
            offered.append(RowAction(_("Email the owner"), f"mailto:{email}", "mail"))
        return offered
