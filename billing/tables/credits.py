"""The credits of an organization: whose, why, how much, what is left."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from billing.models import Credit
from billing.words import crediting as words
from smartrec.tables import AmountColumn, DateColumn, HtmlColumn, SubjectColumn, Table
from smartrec.templatetags import smartrec as draw


class CreditNotesTable(Table):
    what = gettext_lazy("Credits")
    two_lines = True

    client = SubjectColumn(
        verbose_name=gettext_lazy("Client"),
        accessor="client",
        order_by=("client__account__owner__sort_key",),
        url=lambda credit, table: table.url("client-billing", credit.client_id),
    )
    number = HtmlColumn(verbose_name=gettext_lazy("Number"), accessor="number", width="date")
    issued_on = DateColumn(verbose_name=gettext_lazy("Date"))
    kind = HtmlColumn(verbose_name=gettext_lazy("Description"))
    invoice = HtmlColumn(
        verbose_name=gettext_lazy("Invoice"), accessor="pk", order_by=("invoice__number",), width="date"
    )
    state = HtmlColumn(verbose_name=gettext_lazy("Status"), accessor="pk", orderable=False, width="status")
    total = AmountColumn(verbose_name=gettext_lazy("Amount"))
    left = AmountColumn(verbose_name=gettext_lazy("Left"), bold=False)

    class Meta:
        sequence = ("number", "client", "kind", "issued_on", "...")

    def render_client(self, record: Credit) -> SafeString:
        owner = record.client.account.owner
        return self.columns["client"].column.open(owner.list_name if owner else str(record.client), record, self)

    def value_client(self, record: Credit) -> str:
        return str(record.client)

    def render_number(self, record: Credit) -> SafeString:
        return format_html('<a class="lnk num" href="{}">{}</a>', self.url("credit", record.pk), record.display_number)

    def value_number(self, record: Credit) -> str:
        return record.display_number

    def render_kind(self, record: Credit) -> SafeString:
        said = str(words.KINDS[record.kind])
        return format_html('<span class="two"><span>{}</span><small>{}</small></span>', record.description, said)

    def render_invoice(self, record: Credit) -> SafeString | str:
        if record.invoice is None:
            return draw.DASH
        at = self.url("invoice", record.invoice.pk)
        return format_html('<a class="num" href="{}">{}</a>', at, record.invoice.display_number)

    def value_invoice(self, record: Credit) -> str:
        return record.invoice.display_number if record.invoice else ""

    def render_state(self, record: Credit) -> SafeString:
        return draw.badge("credit", words.status_of(record))

    def value_state(self, record: Credit) -> str:
        return draw.status_label(words.status_of(record), "credit")

    def value_kind(self, record: Credit) -> str:
        return f"{words.KINDS[record.kind]}: {record.description}"
