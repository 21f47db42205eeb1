"""Sending an invoice to its account by e-mail, once more, whenever it is asked for."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import LANGUAGES
from billing.forms import OnceInput
from billing.models import Invoice
from billing.services import mailing_invoices
from smartrec.forms import Form
from smartrec.views import FormPage


class EmailForm(Form):
    """Nothing to type: the key of one sending."""

    key = forms.UUIDField(widget=OnceInput)


class EmailInvoice(FormPage):
    """To whom the invoice would go, in which language; then it goes, with its PDF."""

    permission_required = "invoices.create"
    nav = "accounts"
    title = gettext_lazy("Email this invoice")
    submit_label = gettext_lazy("Send the invoice")
    form_class = EmailForm
    template_name = "billing/invoice_email.html"
    fragment_template_name = "billing/invoice_email_form.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        mine = Invoice.objects.for_organization(self.organization)
        self.invoice = get_object_or_404(
            mine.select_related("organization", "client__account__owner"), pk=kwargs["invoice"]
        )

    def run(self, form: EmailForm) -> str:
        return mailing_invoices.email_again(
            invoice=self.invoice, key=form.cleaned_data["key"], by=self.request.user, now=timezone.now()
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = self.invoice.client.account
        language = dict(LANGUAGES).get(account.language, "")
        return super().get_context_data(invoice=self.invoice, address=account.email, language=language, **kwargs)

    def get_success_message(self, result: str) -> str:
        return _("Invoice %(number)s goes to %(email)s.") % {"number": self.invoice.display_number, "email": result}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("invoice", invoice=self.invoice.pk)

    def get_cancel_url(self) -> str:
        return self.get_success_url()
