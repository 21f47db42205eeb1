"""The invoices and the payments of every client of an organization: the lists of one client, with whose they are."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import Invoice
from billing.tables.documents import InvoicesTable, PaymentsTable
from smartrec.tables import Column

OWNER = ("client__account__owner__sort_key",)


class EveryInvoiceTable(InvoicesTable):
    client = Column(
        verbose_name=gettext_lazy("Account"), accessor="client__account__owner", order_by=OWNER, width="owner"
    )

    class Meta:
        sequence = ("issued_on", "number", "client", "...")

    def render_number(self, record: Invoice) -> SafeString:
        """The number first: among so many it is what one looks for."""
        return self.columns["number"].column.open(record.display_number, record, self, words.items_of(record))


class EveryPaymentTable(PaymentsTable):
    client = Column(
        verbose_name=gettext_lazy("Account"), accessor="client__account__owner", order_by=OWNER, width="owner"
    )

    class Meta:
        sequence = ("created_at", "number", "client", "...")
