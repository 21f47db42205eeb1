"""A client's billing: transactions with a running balance, invoices, payments."""

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import Invoice, Payment
from billing.movements import Movement
from smartrec.tables import AmountColumn, DateColumn, HtmlColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw
from wallet.models import PaymentMethod

# The badge of what became of a payment's money after it had succeeded.
AFTERWARDS = {
    "return": ("payment", "returned"),
    "refund": ("refund", "succeeded"),
    "refund_failed": ("refund", "failed"),
    "dispute": ("payment", "disputed"),
    "dispute_won": ("dispute", "won"),
}
ICONS = {"bank": "building-bank", "transfer": "building-bank", "cash": "cash", "cheque": "cash"}


class MovementsColumn(AmountColumn):
    """An amount that is only there when there is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(orderable=False, **kwargs)

    def render(self, value: int, table: Table) -> SafeString:
        return super().render(value, table) if value else SafeString("")


class TransactionsTable(Table):
    """The ledger of one client. What has not been booked has no balance; what failed is struck through."""

    what = gettext_lazy("Account transactions, newest first")
    two_lines, cards = True, False

    on = DateColumn(verbose_name=gettext_lazy("Date"), orderable=False)
    what_for = SubjectColumn(verbose_name=gettext_lazy("Transaction"), accessor="kind", orderable=False)
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="key", orderable=False, width="status")
    charged = MovementsColumn(verbose_name=gettext_lazy("Charged"), bold=False)
    paid = MovementsColumn(verbose_name=gettext_lazy("Paid"), bold=False)
    balance = AmountColumn(verbose_name=gettext_lazy("Balance"), orderable=False)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def key(self, record: Movement) -> str:
        return record.key

    def render_what_for(self, record: Movement) -> SafeString:
        title, number, detail, url, icon, tint = self._described(record)
        link = format_html('<a class="lnk" id="{}" href="{}">{}</a>', self.row_id(record), url, title) if url else title
        return format_html(
            '<span class="txn"><span class="txn__i txn__i--{}">{}</span><span class="two"><span>{} '
            '<span class="mut num">{}</span></span><small>{}</small></span></span>',
            tint, draw.icon(icon, "s"), link, number, detail,
        )  # fmt: skip

    def _described(self, row: Movement) -> tuple[str, str, str, str, str, str]:
        if row.invoice and row.kind == "invoice":
            whom = str(row.invoice.person) if row.invoice.person else ""
            url = self.url("invoice", row.invoice.pk)
            return words.items_of(row.invoice), row.invoice.display_number, whom, url, "file-invoice", "inv"
        if row.payment:
            url, number = self.url("payment", row.payment.pk), row.payment.display_number
            icon = ICONS.get(row.payment.kind, "credit-card")
            return self._title(row, _("Payment")), number, self._detail(row), url, icon, self._tint(row)
        number = row.invoice.display_number if row.invoice else ""
        return self._title(row, row.kind), number, "", "", "file-invoice", "inv"

    def _title(self, row: Movement, otherwise: str) -> str:
        return str(words.MOVEMENTS.get(row.kind, otherwise))

    def _detail(self, row: Movement) -> str:
        if row.attempt is None:
            return (
                " · ".join(filter(None, [words.received_as(row.payment), row.payment.details])) if row.payment else ""
            )
        method = method_name(row.attempt.method) if row.attempt.method else row.attempt.instrument
        if not self._has_failed(row):
            return method
        return f"{method} – {words.failure(row.attempt.state, row.attempt.reason, row.attempt.advice).label}"

    def _tint(self, row: Movement) -> str:
        return "bad" if self._has_failed(row) else "pay"

    def _has_failed(self, row: Movement) -> bool:
        return row.attempt is not None and row.attempt.state in ("declined", "needs_client", "not_sent", "returned")

    def render_state(self, record: Movement) -> SafeString | str:
        if record.kind in AFTERWARDS:
            kind, key = AFTERWARDS[record.kind]
            return draw.badge(kind, record.state or key)
        if record.payment:
            return draw.badge("payment", _badge(record.payment, record.attempt.number if record.attempt else 1))
        if record.invoice and record.kind == "invoice":
            return draw.badge("invoice", record.invoice.status(self.today))
        return ""

    def render_paid(self, value: int, record: Movement) -> SafeString | str:
        if not value:
            return ""
        style = "void" if record.balance is None and self._has_failed(record) else ""
        return format_html('<span class="{}">{}</span>', style, draw.money(value, self.currency))


class InvoicesTable(Table):
    what = gettext_lazy("Invoices")

    issued_on = DateColumn(verbose_name=gettext_lazy("Date"))
    number = SubjectColumn(
        verbose_name=gettext_lazy("Invoice"), accessor="display_number", order_by=("number",), width="",
        url=lambda invoice, table: table.url("invoice", invoice.pk),
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="status")
    due_on = DateColumn(verbose_name=gettext_lazy("Due date"))
    total = AmountColumn(verbose_name=gettext_lazy("Total"), bold=False)
    balance = AmountColumn(verbose_name=gettext_lazy("Balance"), accessor="balance", orderable=False)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def render_number(self, record: Invoice) -> SafeString:
        return self.columns["number"].column.open(words.items_of(record), record, self, record.display_number)

    def render_state(self, record: Invoice) -> SafeString:
        return draw.badge("invoice", record.status(self.today))


class PaymentsTable(Table):
    what = gettext_lazy("Payments")

    created_at = DateColumn(verbose_name=gettext_lazy("Date"))
    number = SubjectColumn(
        verbose_name=gettext_lazy("Payment"), accessor="display_number", order_by=("number",), width="",
        url=lambda payment, table: table.url("payment", payment.pk),
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="status")
    linked = HtmlColumn(verbose_name=gettext_lazy("Reconciliation"), accessor="pk", orderable=False, width="status")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))

    def render_state(self, record: Payment) -> SafeString:
        return draw.badge("payment", _badge(record))

    def render_linked(self, record: Payment) -> SafeString:
        linked = reconciliation(record) if _state(record) == "succeeded" else ""
        return draw.badge("reconciliation", linked) if linked else draw.DASH


def _state(payment: Payment) -> str | None:
    """The state `with_state` found: that of the last attempt."""
    return getattr(payment, "state", None)


def _badge(payment: Any, number: int = 1) -> str:
    """The badge of a payment that `with_given_back` completed."""
    facts = {"amount": payment.amount, "given_back": payment.given_back, "disputed": payment.is_disputed}
    return words.payment_badge(_state(payment), number, **facts)


def reconciliation(payment: Any) -> str:
    """How much of what is left of a payment is linked to invoice items: all, a part, nothing; empty: nothing left."""
    left = payment.amount - payment.given_back
    if not payment.allocated:
        return "none" if left > 0 and not payment.is_disputed else ""
    return "full" if payment.allocated >= left else "partial"


def method_name(method: PaymentMethod) -> str:
    """`Visa ••4242`, `E-check Desjardins ••6789`: a method in a line of small print."""
    if method.kind == "bank":
        return f"{_('E-check')} {method.brand} ••{method.last4}"
    return f"{draw.BRANDS.get(method.brand.lower(), ('', method.brand))[1]} ••{method.last4}"
