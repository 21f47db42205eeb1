"""The lines of a draft: who would pay what, who is left out and why, what to look at twice."""

from typing import Any

from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import results, words
from billing.models import Invoice, RunLine
from billing.services import debit_requests
from smartrec import formats
from smartrec.tables import AmountColumn, Column, HtmlColumn, MethodsColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw

PAGES = {"charge": "mass-charge", "invoice": "bulk-invoice", "refund": "refund-run", "message": "mass-email"}


def file_of(record: Any, table: Table) -> str:
    """The client's billing, for lines and for payments."""
    client_id = record.client_id if isinstance(record, RunLine) else record.payment.client_id
    return table.url("client-billing", client_id)


class LineTable(Table):
    """One line a target: the person, or the account owner when there is one payment per account."""

    subject = SubjectColumn(
        verbose_name=gettext_lazy("Person"),
        accessor="pk",
        url=file_of,
        order_by=("person__sort_key", "client__account__owner__sort_key"),
        width="",
    )
    owner = Column(
        verbose_name=gettext_lazy("Account owner"),
        accessor="client__account__owner",
        width="owner",
        order_by=("client__account__owner__sort_key",),
    )

    def __init__(self, *args: Any, run: Any, may_change: bool, **kwargs: Any) -> None:
        self.run, self.may_change = run, may_change
        self.invoices: dict[int, list[str]] = {}
        hidden = [*kwargs.pop("exclude", ()), *([] if may_change else ["act_on"])]
        super().__init__(*args, exclude=[*hidden, *(["owner"] if run.per == "account" else [])], **kwargs)
        if run.per == "account":
            self.columns["subject"].column.verbose_name = gettext_lazy("Account owner")

    def prepare(self, shown: list[RunLine]) -> None:
        """Fetch at once what the rows of a page show of their invoices."""
        self.invoices = results.invoices_on(shown)

    def name_of(self, line: RunLine) -> str:
        return str(line.person or line.client.account.owner)

    def render_subject(self, record: RunLine) -> SafeString:
        named = record.person or record.client.account.owner
        return self.columns["subject"].column.open(named.list_name if named else str(record.client), record, self)

    def render_invoices(self, record: RunLine) -> SafeString | str:
        numbers = self.invoices.get(record.pk, [])
        if not numbers:
            return draw.DASH
        more = format_html(' <span class="mut">+{}</span>', len(numbers) - 1) if len(numbers) > 1 else ""
        return format_html('<span class="num sub" title="{}">{}{}</span>', ", ".join(numbers), numbers[0], more)

    def act(self, record: RunLine, do: str, icon: str, label: str) -> SafeString | str:
        """A button that removes the line or puts it back, without a page of its own."""
        if not self.may_change:
            return ""
        return format_html(
            '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<button class="rowbtn" name="do" value="{}" aria-label="{}">{}</button></form>',
            self.url(f"{PAGES[self.run.kind]}-line", self.run.pk, record.pk),
            get_token(self.request),
            do,
            label,
            draw.icon(icon, "s"),
        )


class ActColumn(HtmlColumn):
    width = "menu"
    card = "menu"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            accessor="pk", orderable=False, exclude_from_export=True, verbose_name=gettext_lazy("Actions"), **kwargs
        )


class IncludedTable(LineTable):
    what = gettext_lazy("Lines of this run")

    invoices = HtmlColumn(verbose_name=gettext_lazy("Invoices"), accessor="pk", orderable=False, width="date")
    method = MethodsColumn(verbose_name=gettext_lazy("Payment method"), orderable=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))
    act_on = ActColumn()

    class Meta:
        sequence = ("subject", "owner", "invoices", "method", "...", "amount", "act_on")

    def __init__(self, *args: Any, run: Any, **kwargs: Any) -> None:
        hidden = ["invoices", "method"] if run.kind == "invoice" else []
        super().__init__(*args, run=run, exclude=hidden, **kwargs)
        if run.kind == "charge":
            self.columns["amount"].column.verbose_name = gettext_lazy("To charge")

    def render_act_on(self, record: RunLine) -> SafeString | str:
        return self.act(record, "remove", "x", _("Remove %(name)s") % {"name": self.name_of(record)})


class FlaggedTable(IncludedTable):
    """Included, but worth a second look: why, and to whom."""

    what = gettext_lazy("Lines to check")
    two_lines = True

    flags = HtmlColumn(verbose_name=gettext_lazy("To check"), orderable=False)

    class Meta:
        sequence = ("subject", "flags", "method", "...", "amount", "act_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("owner", "invoices"):
            self.columns.hide(name)

    def render_subject(self, record: RunLine) -> SafeString:
        link = super().render_subject(record)
        if record.person is None:
            return link
        return format_html('<span class="two">{}<small>{}</small></span>', link, record.client.account.owner)

    def render_flags(self, value: list[str]) -> SafeString:
        said = [words.flag(flag, self.organization) for flag in value]
        rest = format_html("<small>{}</small>", " · ".join(said[1:])) if said[1:] else ""
        return format_html('<span class="two two--wrap"><span>{}</span>{}</span>', said[0], rest)


class CreatedTable(LineTable):
    """The invoices a run has created."""

    what = gettext_lazy("Invoices created")

    invoice = HtmlColumn(verbose_name=gettext_lazy("Invoice"), order_by=("invoice__number",), width="date")
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="invoice", orderable=False, width="status")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))

    def render_invoice(self, value: Invoice) -> SafeString:
        return format_html('<a class="num" href="{}">{}</a>', self.url("invoice", value.pk), value.display_number)

    def render_state(self, value: Invoice) -> SafeString:
        return draw.badge("invoice", value.status(self.organization.local_day(timezone.now())))


class ExcludedTable(LineTable):
    what = gettext_lazy("Lines left out")

    reason = HtmlColumn(verbose_name=gettext_lazy("Reason"))
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), bold=False)
    act_on = ActColumn()

    class Meta:
        sequence = ("subject", "owner", "reason", "amount", "act_on")

    def prepare(self, shown: list[RunLine]) -> None:
        super().prepare(shown)
        self.asked = debit_requests.asked_on(shown)

    def render_reason(self, record: RunLine, value: str) -> SafeString | str:
        request = getattr(self, "asked", {}).get(record.pk)
        if request is None:
            return str(words.EXCLUSIONS[value])
        day, until = (formats.iso_date(timezone.localdate(moment)) for moment in (request.asked_at, request.until))
        asked = _("Asked on %(day)s by %(name)s, to answer by %(until)s")
        if request.status(timezone.now()) == "lapsed":
            asked = _("Asked on %(day)s by %(name)s; not answered by %(until)s")
        asked = asked % {"day": day, "name": request.asked_by, "until": until}
        return format_html('<span class="two">{}<small>{}</small></span>', words.EXCLUSIONS[value], asked)

    def render_amount(self, value: int) -> SafeString:
        return draw.money(value, self.currency) if value else draw.DASH

    def render_act_on(self, record: RunLine) -> SafeString | str:
        if record.reason != "removed":
            return ""
        return self.act(record, "put_back", "arrow-back-up", _("Put back %(name)s") % {"name": self.name_of(record)})
