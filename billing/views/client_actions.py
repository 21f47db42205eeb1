"""What can be done with a document from the list it stands in: its page, its PDF, to pay it, to give it back."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from billing.models import Credit, DeskRefund, Invoice, Movement, Payment
from smartrec.tables import RowAction

Offer = tuple[str, str, str]


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
        known: dict[type, Callable[[Any], Iterator[Offer]]] = {
            Invoice: self._of_invoice,
            Payment: self._of_payment,
            Credit: self._of_credit,
            DeskRefund: self._of_desk_refund,
        }
        offered = known[type(document)](document)
        return [RowAction(label, url, icon) for label, url, icon in offered if url]

    def _of_invoice(self, invoice: Invoice) -> Iterator[Offer]:
        yield _("Open the invoice"), self.page("invoice", invoice.pk), "file-invoice"
        if invoice.balance and self.can("payments.take"):
            pay = self.page("payment-new", invoice.client_id)
            yield _("Pay"), f"{pay}?invoice={invoice.pk}", "credit-card"
        if invoice.state == "issued" and self.can("credits.issue"):
            yield f"{_('Cancel items')}…", self.page("invoice-cancel", invoice.pk), "discount"
        yield _("Download the invoice (PDF)"), self.page("invoice-file", invoice.pk), "download"
        if invoice.state == "issued" and self.can("invoices.create"):
            yield _("Email this invoice"), self.page("invoice-email", invoice.pk), "mail"

    def _of_payment(self, payment: Any) -> Iterator[Offer]:
        if not self.can("payments.view"):
            return
        state = getattr(payment, "state", None)
        is_here = state in (None, "succeeded")
        yield _("Open the payment"), self.page("payment", payment.pk), "credit-card"
        if is_here or state == "returned":
            yield _("Download receipt (PDF)"), self.page("payment-receipt", payment.pk), "download"
        if is_here and not payment.held and self.can("payments.reconcile"):
            yield _("Reconciliation"), self.page("payment-links", payment.pk), "link"
        if state in ("declined", "not_sent", "needs_client") and self.can("payments.retry"):
            yield f"{_('Retry')}…", self.page("payment-retry", payment.pk), "refresh"
        if payment.held and self.can("payments.take"):
            yield f"{_('Release the deposit')}…", self.page("deposit-release", payment.pk), "lock"
        if is_here and payment.refunded < payment.amount and self.can("payments.refund"):
            name = "payment-refund" if state else "payment-give-back"
            yield f"{_('Refund')}…", self.page(name, payment.pk), "receipt-refund"

    def _of_credit(self, credit: Credit) -> Iterator[Offer]:
        yield _("Open the credit"), self.page("credit", credit.pk), "discount"
        yield _("Download the credit note (PDF)"), self.page("credit-file", credit.pk), "download"
        if credit.state == "issued" and self.can("payments.reconcile"):
            yield _("Reconciliation"), self.page("credit-links", credit.pk), "link"

    def _of_desk_refund(self, refund: DeskRefund) -> Iterator[Offer]:
        yield _("Open the refund"), self.page("desk-refund", refund.pk), "receipt-refund"
        yield _("Download the receipt (PDF)"), self.page("desk-refund-file", refund.pk), "download"
