"""The invoices and the payments of every client of an organization: the lists of one client, with whose they are."""

from django.utils.translation import gettext_lazy

from billing.tables.documents import InvoicesTable, PaymentsTable
from smartrec.tables import Column

OWNER = ("client__account__owner__sort_key",)


class EveryInvoiceTable(InvoicesTable):
    client = Column(
        verbose_name=gettext_lazy("Account"), accessor="client__account__owner", order_by=OWNER, width="owner"
    )

    class Meta:
        sequence = ("issued_on", "number", "client", "...")


class EveryPaymentTable(PaymentsTable):
    client = Column(
        verbose_name=gettext_lazy("Account"), accessor="client__account__owner", order_by=OWNER, width="owner"
    )

    class Meta:
        sequence = ("created_at", "number", "client", "...")
