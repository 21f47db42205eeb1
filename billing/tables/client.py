"""A client's transactions: one ledger with what was charged, what was paid, and the balance after each."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import Movement, Payment
from billing.movements import try_of
from billing.words import movements as told
from smartrec.money import plain_money
from smartrec.statuses import status
from smartrec.tables import AmountColumn, DateColumn, HtmlColumn, MenuColumn, RowAction, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw

# The badge of what became of a payment's money after it had succeeded.
AFTERWARDS = {
    "return": ("payment", "returned"),
    "refund": ("refund", "succeeded"),
    "refund_failed": ("refund", "failed"),
    "dispute": ("payment", "disputed"),
    "dispute_won": ("dispute", "won"),
}
ICONS = {"bank": "building-bank", "transfer": "building-bank", "cash": "cash", "cheque": "cash"}
Linked = Mapping[tuple[str, int], str]


class OpenColumn(HtmlColumn):
    """The `+` that opens a row where it stands; without scripts it leads to a page of its own."""

    width = card = "menu"

    def __init__(self) -> None:
        super().__init__(verbose_name=gettext_lazy("Open"), accessor="key", orderable=False, exclude_from_export=True)

    def render(self, record: Movement, table: "TransactionsTable") -> SafeString:
        return table.opener(record)


class MovedColumn(HtmlColumn):
    """What a row charged or paid; set aside as a deposit, it moves no balance and is shown quietly."""

    width, card, align = "money", "amount", "r"

    def __init__(self, sign: int, **kwargs: Any) -> None:
        super().__init__(orderable=False, **kwargs)
        self.sign = sign

    def render(self, value: int, record: Movement, table: Table) -> SafeString:
        if value:
            style = "money void" if record.balance is None and _strikes(record) else "money"
            return format_html('<span class="{}">{}</span>', style, draw.money_text(value, table.currency))
        aside = self.aside(record)
        return draw_aside(aside, table.currency) if aside else SafeString("")

    def value(self, value: int, record: Movement) -> str:
        return plain_money(value or self.aside(record))

    def aside(self, record: Movement) -> int:
        """A deposit's own money, on the side where it came in or went out."""
        return max(self.sign * record.held, 0) if not record.charged and not record.paid else 0


def draw_aside(cents: int, currency: str) -> SafeString:
    return format_html(
        '<span class="money mut" title="{}">{}</span>', _("Not in the balance"), draw.money_text(cents, currency)
    )


class LinkedTable(Table):
    """A list of one client's documents; `linked` are the reconciliation states of those on the page."""

    def __init__(
        self, *args: Any, today: dt.date, linked: Linked | None = None, actions: Any = None, **kwargs: Any
    ) -> None:
        self.today, self.actions = today, actions
        # The very dictionary of the page: it is filled once the rows are known.
        self.linked: Linked = {} if linked is None else linked
        super().__init__(*args, **kwargs)


class TransactionsTable(LinkedTable):
    """The ledger of one client. What has not been booked has no balance; what failed is struck through."""

    what = gettext_lazy("Account transactions")
    two_lines, cards = True, False

    opened = OpenColumn()
    on = DateColumn(
        verbose_name=gettext_lazy("Date"), order_by=("on", "at", "key"), initial_sort_descending=True, width="day"
    )
    what_for = SubjectColumn(verbose_name=gettext_lazy("Transaction"), accessor="kind", orderable=False, width="txn")
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="key", orderable=False, width="moment")
    charged = MovedColumn(-1, verbose_name=gettext_lazy("Charged"))
    paid = MovedColumn(1, verbose_name=gettext_lazy("Paid"))
    balance = AmountColumn(verbose_name=gettext_lazy("Balance"), orderable=False)
    menu = MenuColumn()

    def key(self, record: Movement) -> str:
        return record.key

    def name_of(self, record: Movement) -> str:
        return f"{told.title(record)} {told.number(record)}".strip()

    def opener(self, record: Movement, *, is_open: bool = False, swapped: bool = False) -> SafeString:
        """The button that opens a row, or closes it; `swapped` takes the place of the one that was pressed."""
        url = self.url("client-movement", record.client_id, record.key)
        asked, target, swap = (
            (f"{url}?close=1", f"#more-{record.key}", "outerHTML") if is_open else (url, "closest tr", "afterend")
        )
        label = (_("Close %(name)s") if is_open else _("Open %(name)s")) % {"name": self.name_of(record)}
        return format_html(
            '<a class="rowbtn" id="open-{}"{} href="{}" hx-get="{}" hx-target="{}" hx-swap="{}" hx-push-url="false" '
            'aria-expanded="{}" aria-label="{}">{}</a>',
            record.key, SafeString(' hx-swap-oob="true"') if swapped else "", url, asked, target, swap,
            "true" if is_open else "false", label, draw.icon("minus" if is_open else "plus", "s"),
        )  # fmt: skip

    def linked_as(self, record: Movement) -> str:
        """How far the document of this row is reconciled; empty when there is nothing to link."""
        kind = {"deposit": "payment"}.get(record.kind, record.kind)
        if kind not in ("invoice", "payment", "credit") or record.has_failed:
            return ""
        return self.linked.get((kind, getattr(record, f"{kind}_id") or 0), "")

    def render_on(self, value: dt.date, record: Movement) -> SafeString:
        day = draw.isodate(value)
        linked = self.linked_as(record)
        return format_html('<span class="two"><span class="num sub">{}</span>{}</span>', day, _icon_of(linked))

    def render_what_for(self, record: Movement) -> SafeString:
        url, icon, tint = self.page_of(record), _icon(record), _tint(record)
        title, detail = told.title(record), told.detail(record, try_of(record))
        if url:
            title = format_html(
                '<a class="lnk" id="{0}" href="{1}" title="{2}">{2}</a>', self.row_id(record), url, title
            )
        else:
            title = format_html('<span title="{0}">{0}</span>', title)
        return format_html(
            '<span class="txn"><span class="txn__i txn__i--{}">{}</span><span class="two"><span class="txn__t">{} '
            '<span class="mut num">{}</span></span><small title="{}">{}</small></span></span>',
            tint, draw.icon(icon, "s"), title, told.number(record), detail, detail,
        )  # fmt: skip

    def page_of(self, record: Movement) -> str:
        """Where its document is; a document that has no page of its own is opened in the account."""
        if record.desk_refund_id:
            return self.actions.page("desk-refund", record.desk_refund_id) if self.actions else ""
        if record.credit_id:
            return self.actions.page("credit", record.credit_id) if self.actions else ""
        if record.invoice_id:
            return self.url("invoice", record.invoice_id)
        return self.url("payment", record.payment_id) if record.payment_id else ""

    def row_actions(self, record: Movement) -> list[RowAction]:
        return self.actions.of(record) if self.actions else []

    def render_state(self, record: Movement) -> SafeString | str:
        kind, key = state_of(record, self.today)
        return draw.badge(kind, key) if kind else ""

    def value_state(self, record: Movement) -> str:
        kind, key = state_of(record, self.today)
        return str(status(kind, key).label) if kind else ""


class TransactionsFile(TransactionsTable):
    """The same rows for a spreadsheet: number, detail, person and reconciliation in columns of their own."""

    number = HtmlColumn(verbose_name=gettext_lazy("No."), accessor="key")
    detail = HtmlColumn(verbose_name=gettext_lazy("Detail"), accessor="key")
    person = HtmlColumn(verbose_name=gettext_lazy("Person"), accessor="key")
    reconciled = HtmlColumn(verbose_name=gettext_lazy("Reconciliation"), accessor="key")

    class Meta:
        sequence = (
            "on", "what_for", "number", "detail", "person", "state", "reconciled", "charged", "paid", "balance", "..."
        )  # fmt: skip

    def value_what_for(self, record: Movement) -> str:
        return told.title(record)

    def value_number(self, record: Movement) -> str:
        return told.number(record)

    def value_detail(self, record: Movement) -> str:
        return told.detail(record, try_of(record))

    def value_person(self, record: Movement) -> str:
        return told.people(record)

    def value_reconciled(self, record: Movement) -> str:
        linked = self.linked_as(record)
        return str(status("reconciliation", linked).label) if linked else ""


def state_of(record: Movement, today: dt.date) -> tuple[str, str]:
    """The badge of a row, by the kind of its document; none where there is nothing to say."""
    if record.kind in AFTERWARDS:
        kind, key = AFTERWARDS[record.kind]
        return kind, record.state or key
    if record.desk_refund:
        return ("refund", "succeeded") if record.desk_refund.state == "given" else ("invoice", "void")
    if record.credit:
        return "credit", told.credit_status(record.credit)
    if record.invoice and record.kind == "invoice":
        return "invoice", record.invoice.status(today)
    return _state_of_payment(record) if record.payment else ("", "")


def _state_of_payment(record: Movement) -> tuple[str, str]:
    payment: Any = record.payment
    if record.kind == "deposit":
        return ("deposit", "held") if payment.held else ("deposit", "used")
    attempt = try_of(record)
    if record.kind != "payment":
        return "", ""
    return "payment", _badge(payment, attempt.state if attempt else None, attempt.number if attempt else 1)


def _icon_of(linked: str) -> SafeString | str:
    if not linked:
        return ""
    known = status("reconciliation", linked)
    return format_html(
        '<small class="rec rec--{}" title="{}">{}{}</small>', known.tint, known.label, draw.icon(known.icon, "xs"),
        known.label,
    )  # fmt: skip


def _icon(row: Movement) -> str:
    if row.kind in ("refund", "desk_refund", "desk_refund_void"):
        return "receipt-refund"
    if row.credit_id:
        return "discount"
    return ICONS.get(row.payment.kind, "credit-card") if row.payment else "file-invoice"


def _tint(row: Movement) -> str:
    if row.kind == "return" or _strikes(row):
        return "bad"
    if row.credit_id or row.desk_refund_id or row.kind == "refund":
        return "cr"
    return "pay" if row.payment_id else "inv"


def _strikes(row: Movement) -> bool:
    return row.kind == "payment" and told.has_failed(try_of(row))


def _badge(payment: Any, state: str | None, number: int = 1) -> str:
    """The badge of a payment that `with_given_back` completed, at that try."""
    facts = {"amount": payment.amount, "given_back": payment.given_back, "disputed": payment.is_disputed}
    return words.payment_badge(state, number, **facts)


def badge_of(payment: Payment) -> str:
    """The badge of a payment by its last try, as `with_state` found it."""
    return _badge(payment, getattr(payment, "state", None))
