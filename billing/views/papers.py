"""Documents to keep: an invoice, a receipt, an account statement, for staff and for the household they are about."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Client
from accounts.views.client_file import ClientFile
from billing.documents import invoices, receipts, statements
from billing.filters import PeriodForm
from billing.models import Invoice, Payment
from smartrec.views import FormPage, OrganizationMixin, PortalMixin, SeeOther


def as_download(name: str, content: bytes) -> HttpResponse:
    """A PDF to keep; nothing between here and the reader may keep it too."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


class InvoicePaper(OrganizationMixin):
    """An invoice as a document."""

    permission_required = "invoices.view"
    nav = "accounts"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = invoices.printable(Invoice.objects.for_organization(self.organization))
        invoice = get_object_or_404(rows, pk=kwargs["invoice"])
        return as_download(invoices.invoice_name(invoice), invoices.invoice_pdf(invoice))


class ReceiptPaper(OrganizationMixin):
    """A receipt as a document; a payment that took no money has none."""

    permission_required = "payments.view"
    nav = "accounts"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = receipts.printable(Payment.objects.for_organization(self.organization))
        payment = get_object_or_404(rows, pk=kwargs["payment"])
        return _receipt(request, payment, self.org_url("payment", payment=payment.pk))


class OwnReceipt(PortalMixin):
    """The payer's own receipt."""

    nav = "my-home"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        own = Payment.objects.filter(client__account=self.account, client__archived_at=None)
        payment = get_object_or_404(receipts.printable(own), pk=kwargs["payment"])
        return _receipt(request, payment, reverse("my-payment", args=[payment.pk]))


def _receipt(request: HttpRequest, payment: Payment, page: str) -> HttpResponseBase:
    if receipts.has_receipt(payment):
        return as_download(receipts.receipt_name(payment), receipts.receipt_pdf(payment))
    messages.info(request, _("There is no receipt: this payment took no money."))
    return SeeOther(page)


def this_year(today: dt.date) -> dict[str, dt.date]:
    return {"from": today.replace(month=1, day=1), "to": today}


class AsksForStatement(ClientFile, FormPage):
    """From which day to which; of this year, unless something else is typed."""

    tab = "client-billing"

    def get_initial(self) -> dict[str, Any]:
        return this_year(self.organization.local_day(timezone.now()))

    def get_cancel_url(self) -> str:
        return self.org_url("client-billing", client=self.client.pk)


class Statement(AsksForStatement):
    """The statement of a client's account is asked for here."""

    permission_required = "invoices.view"
    form_class = PeriodForm
    title = gettext_lazy("Account statement")
    template_name = "accounts/file_form.html"
    submit_label = gettext_lazy("Download the statement (PDF)")

    def run(self, form: PeriodForm) -> dict[str, dt.date]:
        return form.cleaned_data

    def get_success_url(self, result: Any = None) -> str:
        return f"{self.org_url('client-statement-file', client=self.client.pk)}?{urlencode(result)}"


class StatementPaper(ClientFile):
    """The account of a client between two days as a document."""

    permission_required = "invoices.view"
    tab = "client-billing"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = PeriodForm(request.GET)
        if not asked.is_valid():
            return SeeOther(self.org_url("client-statement", client=self.client.pk))
        client = statements.printable(Client.objects.all()).get(pk=self.client.pk)
        period = {"first": asked.cleaned_data["from"], "last": asked.cleaned_data["to"]}
        return as_download(statements.statement_name(client, **period), statements.statement_pdf(client, **period))
