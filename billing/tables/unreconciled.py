"""What is not linked in full, the accounts that can be reconciled, and the links that are proposed."""

from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Client
from billing import words
from billing.models import Payment, Unreconciled
from billing.services.suggesting import Suggestion
from billing.words.reconciling import KINDS, WHY
from smartrec.tables import (
    ActsColumn,
    AmountColumn,
    BadgeColumn,
    BalanceColumn,
    Column,
    DateColumn,
    HtmlColumn,
    MenuColumn,
    RowAction,
    SelectColumn,
    SubjectColumn,
    Table,
)
from smartrec.templatetags import smartrec as draw

OWNER = "client__account__owner__sort_key"
BUTTON = '<button class="btn btn-sm btn-default" form="{}" name="{}" value="{}" aria-label="{}: {}">{}</button>'


def source_url(table: Table, *, payment: int | None, credit: int | None) -> str:
    """The page of a payment or of a credit."""
    return table.url("payment", payment) if payment else table.url("credit", credit)


class UnreconciledTable(Table):
    """What both lists share. A row of the page knows its `state`, one of the five."""

    two_lines = True

    created_at = DateColumn(verbose_name=gettext_lazy("Created"), initial_sort_descending=True)
    number = SubjectColumn(
        verbose_name=gettext_lazy("Number"), accessor="display_number", order_by=("number",), width="",
        url=lambda row, table: table.page_of(row),
    )  # fmt: skip
    client = Column(
        verbose_name=gettext_lazy("Account"), accessor="client__account__owner", order_by=(OWNER,), width="owner"
    )
    state = BadgeColumn("reconciliation", verbose_name=gettext_lazy("Reconciliation"), orderable=False, narrow=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), bold=False, card="hide")
    rest = AmountColumn(verbose_name=pgettext_lazy("unreconciled", "Left"))
    menu = MenuColumn()

    def __init__(self, *args: Any, may_act: bool, **kwargs: Any) -> None:
        self.may_act = may_act
        super().__init__(*args, **kwargs)

    def page_of(self, row: Unreconciled) -> str:
        if row.invoice_id:
            return self.url("invoice", row.invoice_id)
        return source_url(self, payment=row.payment_id, credit=row.credit_id)

    def render_number(self, record: Unreconciled) -> SafeString:
        link = self.columns["number"].column.open(record.display_number, record, self)
        return format_html(
            '<span class="two"><span class="num">{}</span><small>{}</small></span>', link, what_is(record)
        )

    def value_number(self, record: Unreconciled) -> str:
        return record.display_number

    def row_actions(self, record: Unreconciled) -> list[RowAction]:
        account = RowAction(
            _("Reconcile this account"), self.url("client-reconciliation", record.client_id), "arrows-left-right"
        )
        return [*self.links_of(record), account]

    def links_of(self, row: Unreconciled) -> list[RowAction]:
        if not self.may_act or row.item_id:
            return []
        name, pk = ("payment-links", row.payment_id) if row.payment_id else ("credit-links", row.credit_id)
        return [RowAction(_("Link to invoices"), self.url(name, pk), "link")]


class FreeMoneyTable(UnreconciledTable):
    what = gettext_lazy("Payments and credits not linked in full")

    kind = HtmlColumn(verbose_name=gettext_lazy("Kind"), width="status")

    class Meta:
        sequence = ("created_at", "number", "client", "kind", "...", "amount", "rest", "menu")

    def render_kind(self, record: Unreconciled) -> str:
        return str(KINDS[record.kind])

    value_kind = render_kind


class UnpaidItemsTable(UnreconciledTable):
    what = gettext_lazy("Invoice items not paid in full")


def what_is(row: Unreconciled) -> str:
    """In small print under a number: how the money came, what the credit or the item is."""
    if row.item:
        return row.item.description
    if row.credit:
        return row.credit.description
    return how_paid(row.payment) if row.payment else ""


def how_paid(payment: Payment) -> str:
    """`Cheque 204`, `Card`, `E-check`, with the name of the credit it left."""
    paid = words.received_as(payment) or (_("E-check") if payment.kind == "bank" else _("Card"))
    return " · ".join(filter(None, [paid, payment.credit_name]))


class ReconcilableTable(Table):
    """Accounts with money on one side and something to pay on the other. `of` says how much of each."""

    what = gettext_lazy("Accounts to reconcile")

    owner = SubjectColumn(
        accessor="account__owner__list_name", verbose_name=gettext_lazy("Account owner"),
        order_by=("account__owner__sort_key",), url=lambda client, table: table.url("client-reconciliation", client.pk),
    )  # fmt: skip
    free = AmountColumn(verbose_name=gettext_lazy("Available"), orderable=False, bold=False, card="hide")
    owed = AmountColumn(verbose_name=gettext_lazy("To pay"), orderable=False, bold=False, card="hide")
    linked = AmountColumn(verbose_name=gettext_lazy("Would be linked"), orderable=False)
    balance = BalanceColumn(verbose_name=gettext_lazy("Balance"), card="hide")
    act_on = ActsColumn(width="owner")

    def __init__(self, *args: Any, may_act: bool, **kwargs: Any) -> None:
        kwargs.setdefault("exclude", () if may_act else ("act_on",))
        super().__init__(*args, **kwargs)

    def render_act_on(self, record: Client) -> SafeString:
        button = (
            '<button class="btn btn-sm btn-default" form="reconcile" name="client" value="{}" aria-label="{}: {}">{}'
        )
        label = _("Reconcile")
        return format_html(button + "</button>", record.pk, label, record, label)


class SuggestionsTable(Table):
    """Proposed links, the surest first."""

    what = gettext_lazy("Suggested links")
    select_label = gettext_lazy("Select the suggestions on this page")
    two_lines = True

    pick = SelectColumn()
    why = HtmlColumn(verbose_name=gettext_lazy("Why"), orderable=False, card="line")
    source = SubjectColumn(verbose_name=gettext_lazy("Payment or credit"), accessor="key", orderable=False, width="")
    client = HtmlColumn(verbose_name=gettext_lazy("Account"), accessor="key", orderable=False, width="owner")
    invoice = HtmlColumn(verbose_name=gettext_lazy("Invoice"), accessor="key", orderable=False)
    amount = AmountColumn(verbose_name=gettext_lazy("Amount"), orderable=False)
    act_on = HtmlColumn(
        verbose_name=gettext_lazy("Actions"), accessor="key", orderable=False, width="act", card="action"
    )

    def __init__(self, *args: Any, names: Any, may_act: bool, **kwargs: Any) -> None:
        self.names = names
        kwargs.setdefault("exclude", () if may_act else ("pick", "act_on"))
        super().__init__(*args, **kwargs)

    def key(self, record: Suggestion) -> str:
        return record.key

    def name_of(self, record: Suggestion) -> str:
        return f"{record.source.display_number}, {self.names.invoices[record.invoice_id].display_number}"

    def render_why(self, record: Suggestion) -> SafeString:
        return format_html('<span class="two two--wrap">{}</span>', WHY[record.why])

    def render_source(self, record: Suggestion) -> SafeString:
        source = record.source
        url = source_url(self, payment=source.payment_id, credit=source.credit_id)
        return format_html(
            '<span class="two"><a class="lnk num" id="{}" href="{}">{}</a><small>{}</small></span>',
            self.row_id(record), url, source.display_number, draw.isodate(source.at),
        )  # fmt: skip

    def render_client(self, record: Suggestion) -> SafeString:
        client = self.names.clients[record.source.client_id]
        return format_html('<a href="{}">{}</a>', self.url("client-reconciliation", client.pk), client)

    def render_invoice(self, record: Suggestion) -> SafeString:
        invoice = self.names.invoices[record.invoice_id]
        return format_html(
            '<span class="two"><a class="num" href="{}">{}</a><small>{}</small></span>',
            self.url("invoice", invoice.pk), invoice.display_number, words.items_of(invoice),
        )  # fmt: skip

    def render_act_on(self, record: Suggestion) -> SafeString:
        label = _("Accept")
        return format_html(BUTTON, "selection", "one", record.key, label, self.name_of(record), label)


def with_documents(rows: QuerySet[Unreconciled]) -> QuerySet[Unreconciled]:
    """With what a line of the lists shows."""
    # Joined, they would be fetched for every row before the first page is sorted out.
    return rows.prefetch_related("client__account__owner", "payment", "credit", "item")
