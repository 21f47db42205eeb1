"""What can be done with a document from the list it stands in: its page, its PDF, to pay it, to give it back."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from billing.models import Credit, DeskRefund, Invoice, Movement, Payment
from smartrec.tables import RowAction


class DocumentActions:
    """Links to what this role may do; `can` answers for a permission."""

    def __init__(self, organization: Any, can: Callable[[str], bool]) -> None:
        self.organization, self.can = organization, can

    def page(self, name: str, *args: Any) -> str:
        """A back-office address of this organization, or nothing when the product has no such page."""
        try:
            return reverse(name, args=[self.organization.slug, *args])
        except NoReverseMatch:
            return ""

    def of(self, row: Movement) -> list[RowAction]:
        """What can be done with the document of a row of the ledger."""
        return self.of_document(row.about) if row.about else []

    def of_document(self, document: Any) -> list[RowAction]:
        offered = {
            Invoice: self._of_invoice,
            Payment: self._of_payment,
            Credit: self._of_credit,
            DeskRefund: self._of_desk_refund,
        }[type(document)](document)
        return [RowAction(label, url, icon) for label, url, icon in offered if url]

    def _of_invoice(self, invoice: Invoice) -> Iterator[tuple[str, str, str]]:
        yield _("Open the invoice"), self.page("invoice", invoice.pk), "file-invoice"
        if invoice.balance and self.can("payments.take"):
            pay = self.page("payment-new", invoice.client_id)
            yield _("Pay"), f"{pay}?invoice={invoice.pk}", "credit-card"
        yield _("Download the invoice (PDF)"), self.page("invoice-file", invoice.pk), "download"

    def _of_payment(self, payment: Any) -> Iterator[tuple[str, str, str]]:
        if not self.can("payments.view"):
            return
        state = getattr(payment, "state", None)
        yield _("Open the payment"), self.page("payment", payment.pk), "credit-card"
        if state in (None, "succeeded", "returned"):
            yield _("Download receipt (PDF)"), self.page("payment-receipt", payment.pk), "download"
        if state in ("declined", "not_sent", "needs_client") and self.can("payments.retry"):
            yield f"{_('Retry')}…", self.page("payment-retry", payment.pk), "refresh"
        if state == "succeeded" and self.can("payments.refund") and payment.refunded < payment.amount:
            yield f"{_('Refund')}…", self.page("payment-refund", payment.pk), "receipt-refund"

    def _of_credit(self, credit: Credit) -> Iterator[tuple[str, str, str]]:
        yield _("Open the credit"), self.page("credit", credit.pk), "discount"
        yield _("Download the credit memo (PDF)"), self.page("credit-file", credit.pk), "download"

    def _of_desk_refund(self, refund: DeskRefund) -> Iterator[tuple[str, str, str]]:
        yield _("Open the refund"), self.page("desk-refund", refund.pk), "receipt-refund"
