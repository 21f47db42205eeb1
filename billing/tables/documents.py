"""The documents of one client, each kind in a list of its own: invoices, payments, credits."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing import words
from billing.models import Credit, Invoice, Payment
from billing.tables.client import LinkedTable, badge_of
from billing.words import movements as told
from smartrec.statuses import status
from smartrec.tables import AmountColumn, DateColumn, HtmlColumn, MenuColumn, RowAction, SubjectColumn
from smartrec.templatetags import smartrec as draw


class DocumentsTable(LinkedTable):
    """Documents of one kind with their reconciliation."""

    kind = ""

    def render_linked(self, record: Any) -> SafeString:
        linked = self.linked.get((self.kind, record.pk), "")
        return draw.badge("reconciliation", linked) if linked else draw.DASH

    def value_linked(self, record: Any) -> str:
        linked = self.linked.get((self.kind, record.pk), "")
        return str(status("reconciliation", linked).label) if linked else ""

    def row_actions(self, record: Any) -> list[RowAction]:
        return self.actions.of_document(record) if self.actions else []


class InvoicesTable(DocumentsTable):
    what, kind = gettext_lazy("Invoices"), "invoice"

    issued_on = DateColumn(verbose_name=gettext_lazy("Date"), initial_sort_descending=True)
    number = SubjectColumn(
        verbose_name=gettext_lazy("Invoice"), accessor="display_number", order_by=("number",), width="",
        url=lambda invoice, table: table.url("invoice", invoice.pk),
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="status")
    linked = HtmlColumn(
        verbose_name=gettext_lazy("Reconciliation"), accessor="pk", orderable=False, width="status", narrow=False
    )
    due_on = DateColumn(verbose_name=gettext_lazy("Due date"))
    total = AmountColumn(verbose_name=gettext_lazy("Total"), bold=False)
    balance = AmountColumn(verbose_name=gettext_lazy("Balance"), accessor="balance", orderable=False)
    menu = MenuColumn()

    def render_number(self, record: Invoice) -> SafeString:
        return self.columns["number"].column.open(words.items_of(record), record, self, record.display_number)

    def value_number(self, record: Invoice) -> str:
        return record.display_number

    def render_state(self, record: Invoice) -> SafeString:
        return draw.badge("invoice", record.status(self.today))

    def value_state(self, record: Invoice) -> str:
        return str(status("invoice", record.status(self.today)).label)


class PaymentsTable(DocumentsTable):
    what, kind = gettext_lazy("Payments"), "payment"

    created_at = DateColumn(verbose_name=gettext_lazy("Date"), initial_sort_descending=True)
    number = SubjectColumn(
        verbose_name=gettext_lazy("Payment"), accessor="display_number", order_by=("number",), width="",
        url=lambda payment, table: table.url("payment", payment.pk),
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="moment")
    linked = HtmlColumn(verbose_name=gettext_lazy("Reconciliation"), accessor="pk", orderable=False, width="status")
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"))
    menu = MenuColumn()

    def render_number(self, record: Payment) -> SafeString:
        return self.columns["number"].column.open(record.display_number, record, self, _paid_by(record))

    def value_number(self, record: Payment) -> str:
        return record.display_number

    def render_state(self, record: Payment) -> SafeString:
        return draw.badge("payment", badge_of(record))

    def value_state(self, record: Payment) -> str:
        return str(status("payment", badge_of(record)).label)


class CreditsTable(DocumentsTable):
    what, kind = gettext_lazy("Credits"), "credit"

    issued_on = DateColumn(verbose_name=gettext_lazy("Date"), initial_sort_descending=True)
    number = SubjectColumn(
        verbose_name=gettext_lazy("Credit memo"), accessor="display_number", order_by=("number",), width="",
        url=lambda credit, table: table.actions.page("credit", credit.pk) if table.actions else "",
    )  # fmt: skip
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="status")
    linked = HtmlColumn(
        verbose_name=gettext_lazy("Reconciliation"), accessor="pk", orderable=False, width="status", narrow=False
    )
    total = AmountColumn(verbose_name=gettext_lazy("Amount"), bold=False)
    unused = AmountColumn(verbose_name=pgettext_lazy("credit", "Available"), orderable=False)
    menu = MenuColumn()

    def render_number(self, record: Credit) -> SafeString:
        return self.columns["number"].column.open(record.description, record, self, record.display_number)

    def value_number(self, record: Credit) -> str:
        return record.display_number

    def render_state(self, record: Credit) -> SafeString:
        return draw.badge("credit", told.credit_status(record))

    def value_state(self, record: Credit) -> str:
        return str(status("credit", told.credit_status(record)).label)


def _paid_by(payment: Payment) -> str:
    tries = sorted(payment.attempts.all(), key=lambda attempt: attempt.number)
    return told.paid_by(tries[-1]) if tries else words.received_as(payment)
