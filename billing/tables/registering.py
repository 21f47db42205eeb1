"""Payments registered together: what each would pay, and what became of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import words
from billing.models import Payment
from billing.services.batches import Line
from smartrec.tables import AmountColumn, Column, DateColumn, SubjectColumn, Table


class ReviewTable(Table):
    """The first lines that can be registered: whose money, and what of their debts it pays."""

    what = _("Payments to register")
    line = Column(verbose_name=_("Line"), accessor="row__line", width="count", orderable=False, card="hide")
    client = SubjectColumn(
        verbose_name=_("Client"), orderable=False, url=lambda line, table: table.url("client-billing", line.client.pk)
    )
    kind = Column(verbose_name=_("Payment method"), accessor="row__kind", orderable=False)
    on = DateColumn(verbose_name=_("Received on"), accessor="row__on", orderable=False)
    amount = AmountColumn(verbose_name=_("Amount"), accessor="row__amount", orderable=False)
    pays = AmountColumn(verbose_name=_("Pays invoices"), orderable=False, bold=False, width="tag")
    left = AmountColumn(verbose_name=_("Kept as credit"), orderable=False, bold=False, narrow=False)

    def key(self, record: Line) -> int:
        return record.row.line

    def render_kind(self, value: str, record: Line) -> str:
        return f"{words.RECEIVED[value]} {record.row.reference}".strip()


class RegisteredTable(Table):
    """The payments that a batch made, with what each is linked to."""

    what = _("Payments registered together")
    number = SubjectColumn(
        verbose_name=_("Payment"),
        accessor="display_number",
        orderable=False,
        url=lambda payment, table: table.url("payment", payment.pk),
    )
    client = Column(verbose_name=_("Client"), orderable=False)
    kind = Column(verbose_name=_("Payment method"), orderable=False)
    received_on = DateColumn(verbose_name=_("Received on"), orderable=False)
    amount = AmountColumn(verbose_name=_("Amount"), orderable=False)
    allocated = AmountColumn(verbose_name=_("Pays invoices"), orderable=False, bold=False, width="tag")

    def render_kind(self, record: Payment) -> Any:
        return words.received_as(record)
