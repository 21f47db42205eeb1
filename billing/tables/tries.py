"""Payments of a run by their latest attempt: as they come in, and what failed with what to do about it."""

from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import results, words
from billing.models import Attempt
from billing.services import refused_methods
from billing.tables.lines import file_of
from smartrec.tables import AmountColumn, Column, HtmlColumn, MethodsColumn, SelectColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class AttemptsTable(Table):
    """One row a payment."""

    what = gettext_lazy("Payments of this run")

    subject = SubjectColumn(
        verbose_name=gettext_lazy("Person"),
        accessor="pk",
        url=file_of,
        order_by=("payment__person__sort_key", "payment__client__account__owner__sort_key"),
        width="",
    )
    owner = Column(
        verbose_name=gettext_lazy("Account owner"),
        accessor="payment__client__account__owner",
        width="owner",
        order_by=("payment__client__account__owner__sort_key",),
    )
    number = HtmlColumn(verbose_name=gettext_lazy("Payment"), accessor="payment__number", width="date", narrow=False)
    method = MethodsColumn(verbose_name=gettext_lazy("Payment method"), orderable=False)
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), orderable=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), accessor="payment__amount")

    def __init__(self, *args: Any, run: Any, **kwargs: Any) -> None:
        self.run = run
        hidden = list(kwargs.pop("exclude", ()))
        super().__init__(*args, exclude=[*hidden, *(["owner"] if run.per == "account" else [])], **kwargs)
        if run.per == "account":
            self.columns["subject"].column.verbose_name = gettext_lazy("Account owner")

    def name_of(self, attempt: Attempt) -> str:
        return str(attempt.payment.person or attempt.payment.client.account.owner)

    def render_subject(self, record: Attempt) -> SafeString:
        named = record.payment.person or record.payment.client.account.owner
        return self.columns["subject"].column.open(named.list_name if named else "–", record, self)

    def render_number(self, record: Attempt) -> SafeString:
        url = self.url("payment", record.payment_id)
        return format_html('<a class="num" href="{}">{}</a>', url, record.payment.display_number)

    def render_state(self, record: Attempt) -> SafeString:
        state = getattr(record, "shown", record.state)
        left_out = results.group_of(state, record.reason) == "left_out"
        shown = draw.badge("payment", "left_out" if left_out else words.payment_status(state, record.number))
        if state not in results.GROUPS["failed"]:
            return shown
        reason = words.failure(record.state, record.reason, record.advice).label
        return format_html('{} <span class="sub">{}</span>', shown, reason)


class ProgressTable(AttemptsTable):
    """The latest first, with the second it happened."""

    what = gettext_lazy("Latest processed payments")

    time = HtmlColumn(verbose_name=gettext_lazy("Time"), accessor="sent_at", orderable=False, width="date")

    class Meta:
        sequence = ("time", "...")
        exclude = ("number",)
        orderable = False

    def render_time(self, record: Attempt) -> SafeString:
        when = record.settled_at or record.sent_at
        return (
            format_html('<span class="num sub">{}</span>', f"{timezone.localtime(when):%H:%M:%S}")
            if when
            else draw.DASH
        )


class RetryColumn(SelectColumn):
    """Ticked from the start where a retry makes sense; where it does not, there is nothing to tick."""

    def render(self, record: Attempt, table: "FailedTable") -> SafeString:
        if table.may_retry(record):
            return super().render(record, table)
        name = table.row_id(record)
        return format_html('<input class="form-check-input" type="checkbox" disabled aria-labelledby="{}">', name)


class FailedTable(AttemptsTable):
    """What failed, why, what to do next."""

    what = gettext_lazy("Failed payments")
    select_label = gettext_lazy("Select all failures that can be retried")
    two_lines = True

    pick = RetryColumn()
    why = HtmlColumn(verbose_name=gettext_lazy("Reason and next step"), accessor="reason", orderable=False)
    act_on = HtmlColumn(
        verbose_name=gettext_lazy("Actions"), accessor="pk", orderable=False, width="action", card="action"
    )

    class Meta:
        sequence = ("pick", "subject", "method", "why", "amount", "act_on")
        exclude = ("number", "state", "owner")

    def __init__(self, *args: Any, may_act: bool, **kwargs: Any) -> None:
        self.may_act = may_act
        super().__init__(
            *args, exclude=["number", "state", "owner", *([] if may_act else ["pick", "act_on"])], **kwargs
        )
        if self.run.per == "person":
            self.columns["subject"].column.verbose_name = gettext_lazy("Person and account owner")

    def key(self, record: Attempt) -> int:
        return record.payment_id

    def is_selected(self, record: Attempt) -> bool:
        return self.may_retry(record)

    def may_retry(self, record: Attempt) -> bool:
        return not self.run.is_undone and refused_methods.may_retry(record)

    def render_subject(self, record: Attempt) -> SafeString:
        link = super().render_subject(record)
        if record.payment.person is None:
            return link
        return format_html('<span class="two">{}<small>{}</small></span>', link, record.payment.client.account.owner)

    def render_why(self, record: Attempt) -> SafeString:
        label, next_step = words.failure(record.state, record.reason, record.advice)
        both = '<span class="two two--wrap"><span class="b5">{}</span><small>{}</small></span>'
        return format_html(both, label, next_step)

    def render_act_on(self, record: Attempt) -> SafeString:
        if self.may_retry(record):
            return format_html(
                '<button class="btn btn-sm btn-default" form="selection" name="only" value="{}" aria-label="{}">{}'
                "</button>",
                record.payment_id,
                _("Retry: %(name)s") % {"name": self.name_of(record)},
                _("Retry"),
            )
        label = _("Change method") if record.state != "returned" and record.reason != "already_paid" else _("See")
        return format_html(
            '<a class="btn btn-sm btn-default" href="{}" aria-label="{}: {}">{}</a>',
            self.url("payment-retry" if label == _("Change method") else "payment", record.payment_id),
            label,
            self.name_of(record),
            label,
        )
