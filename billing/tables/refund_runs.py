"""The lines of a mass refund: what can go back, what is on its way, what failed and why."""

from collections.abc import Collection
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import RunLine
from billing.refund_figures import LEFT_OUT, SENDING, UNWRITTEN
from billing.tables.lines import ActColumn, LineTable
from billing.tables.tries import AttemptsTable
from smartrec.tables import AmountColumn, HtmlColumn, MethodsColumn, SelectColumn
from smartrec.templatetags import smartrec as draw

TWO = '<span class="two"><span>{}</span><small>{}</small></span>'


class TakenTable(AttemptsTable):
    """The payments of a charge, to choose which go back."""

    what = gettext_lazy("Payments taken")
    select_label = gettext_lazy("Select the payments on this page")

    pick = SelectColumn()

    class Meta:
        sequence = ("pick", "...")
        exclude = ("state",)

    def __init__(self, *args: Any, ticked: Collection[int], **kwargs: Any) -> None:
        self.ticked = ticked
        super().__init__(*args, exclude=["state"], **kwargs)

    def key(self, record: Any) -> int:
        return record.payment_id

    def is_selected(self, record: Any) -> bool:
        return record.payment_id in self.ticked


class OfRefundTable(LineTable):
    """One line a payment, with its number."""

    payment = HtmlColumn(
        verbose_name=gettext_lazy("Payment"), accessor="gives_back__number", width="date", narrow=False
    )

    def prepare(self, shown: list[RunLine]) -> None:
        """Nothing more to fetch."""

    def render_payment(self, record: RunLine) -> SafeString:
        url = self.url("payment", record.gives_back_id)
        return format_html('<a class="num" href="{}">{}</a>', url, record.gives_back)


class ToRefundTable(OfRefundTable):
    what = gettext_lazy("Payments to refund")

    method = MethodsColumn(verbose_name=gettext_lazy("Payment method"), orderable=False)
    amount = AmountColumn(verbose_name=gettext_lazy("To refund"), width="sum")
    act_on = ActColumn()

    def render_act_on(self, record: RunLine) -> SafeString | str:
        return self.act(record, "remove", "x", _("Remove %(name)s") % {"name": self.name_of(record)})


class FlaggedRefundsTable(ToRefundTable):
    """Included, but worth a second look."""

    what = gettext_lazy("Lines to check")
    two_lines = True

    flags = HtmlColumn(verbose_name=gettext_lazy("To check"), orderable=False)

    class Meta:
        sequence = ("subject", "flags", "payment", "method", "...", "amount", "act_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns.hide("owner")

    def render_flags(self, value: list[str]) -> SafeString:
        said = [str(words.FLAGS[flag]) for flag in value]
        return format_html(TWO, said[0], " · ".join(said[1:])) if said[1:] else format_html("{}", said[0])


class NotRefundedTable(OfRefundTable):
    """What does not go back, and why."""

    what = gettext_lazy("Payments left out")

    reason = HtmlColumn(verbose_name=gettext_lazy("Reason"))
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), bold=False)
    act_on = ActColumn()

    class Meta:
        sequence = ("subject", "owner", "payment", "reason", "amount", "act_on")

    def render_reason(self, value: str) -> str:
        return str(words.EXCLUSIONS[value])

    def render_act_on(self, record: RunLine) -> SafeString | str:
        if record.reason != "removed":
            return ""
        return self.act(record, "put_back", "arrow-back-up", _("Put back %(name)s") % {"name": self.name_of(record)})


class GoingBackTable(OfRefundTable):
    """Where each refund stands."""

    what = gettext_lazy("Refunds of this run")

    method = MethodsColumn(verbose_name=gettext_lazy("Payment method"), orderable=False)
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))

    def render_state(self, record: RunLine) -> SafeString:
        refund, shown = record.refund, getattr(record, "shown", UNWRITTEN)
        if shown == LEFT_OUT or (refund is None and record.run.state == "stopped"):
            return draw.badge("refund", "cancelled")
        if refund is None or shown in (SENDING, UNWRITTEN):
            return draw.badge("refund", "created")
        why = words.refund_reason(refund.state, refund.reason)
        badge = draw.badge("refund", refund.state)
        return format_html('<span class="two two--wrap">{}<small>{}</small></span>', badge, why) if why else badge


class FailedRefundsTable(GoingBackTable):
    """What did not go back, with the way to look at it."""

    what = gettext_lazy("Failed refunds")

    see = HtmlColumn(
        verbose_name=gettext_lazy("Actions"), accessor="pk", orderable=False, width="action", card="action"
    )

    def render_see(self, record: RunLine) -> SafeString:
        return format_html(
            '<a class="btn btn-sm btn-default" href="{}" aria-label="{}: {}">{}</a>',
            self.url("payment", record.gives_back_id), _("See"), self.name_of(record), _("See"),
        )  # fmt: skip


class LatestRefundsTable(GoingBackTable):
    """The latest first, with the second it happened."""

    what = gettext_lazy("Latest refunds")

    time = HtmlColumn(verbose_name=gettext_lazy("Time"), accessor="pk", orderable=False, width="date")

    class Meta:
        sequence = ("time", "...")
        orderable = False

    def render_time(self, record: RunLine) -> SafeString:
        when = (record.refund.settled_at or record.refund.sent_at) if record.refund else None
        if when is None:
            return draw.DASH
        return format_html('<span class="num sub">{}</span>', f"{timezone.localtime(when):%H:%M:%S}")
