"""What is offered when a payment is made: the open invoices, the ways to pay, the notes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.forms import PayForm
from billing.services import receiving
from billing.services.parts import OpenInvoice
from smartrec.forms import DateField, Form, MoneyField
from smartrec.templatetags.smartrec import method_text
from wallet.models import Authorization


@dataclass(frozen=True)
class Row:
    """A line of the table of invoices: the invoice, whether it is ticked, and the box for its amount."""

    invoice: OpenInvoice
    ticked: bool
    pay: BoundField | None

    @property
    def what(self) -> str:
        return words.items_of(self.invoice.invoice)


class TakeFields(Form):
    """The boxes of a payment: a line for each open invoice, how the money comes in, what is written about it."""

    row = forms.MultipleChoiceField(
        label=gettext_lazy("Invoices"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("An invoice was paid, cancelled or is being paid meanwhile: see the list.")
        },
    )
    use_credit = forms.BooleanField(label=gettext_lazy("Use the available credit"), required=False)
    method = forms.ChoiceField(
        label=gettext_lazy("Payment method"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a payment method.")},
    )
    reference = forms.CharField(
        label=gettext_lazy("Cheque number, or reference"), max_length=60, required=False, strip=True
    )
    received_on = DateField(label=gettext_lazy("Received on"))
    amount_received = MoneyField(
        label=gettext_lazy("Amount received"),
        help_text=gettext_lazy("Leave it empty when it is the total."),
        required=False,
        min_value=1,
    )
    keep_excess = forms.BooleanField(required=False)
    credit_name = forms.CharField(label=gettext_lazy("Name of the credit"), max_length=150, required=False)
    details = forms.CharField(
        label=gettext_lazy("Details"),
        help_text=gettext_lazy("Staff read them beside the kind of payment."),
        max_length=200,
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Information on the receipt"),
        help_text=gettext_lazy("The client and staff read it."),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    internal_note = forms.CharField(
        label=gettext_lazy("Admin comments"),
        help_text=gettext_lazy("Staff alone read them."),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    reconcile = forms.BooleanField(label=gettext_lazy("Reconcile with these invoices"), required=False, initial=True)
    email_receipt = forms.BooleanField(required=False, initial=True)
    key = forms.UUIDField(required=False)
    shown = forms.IntegerField(required=False)
    asked = forms.IntegerField(required=False)

    def __init__(
        self,
        *args: Any,
        invoices: Sequence[OpenInvoice],
        credit: int,
        authorizations: Sequence[Authorization],
        today: dt.date,
        currency: str,
        email: str,
        only: int | None = None,
        totalling: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.invoices = {str(one.invoice.pk): one for one in invoices if one.due}
        self.listed, self.credit, self.today, self.currency = invoices, credit, today, currency
        self.totalling = totalling
        self.authorizations = {str(one.pk): one for one in authorizations}
        self._offer_invoices(only)
        self._offer_methods()
        self.initial["use_credit"] = True
        if not credit:
            del self.fields["use_credit"]
        self._offer_receipt(email)
        if self.is_bound and "credit_name" not in self.data:
            self.data = cast(QueryDict, self.data).copy()
            self.data["credit_name"] = _("Overpayment")

    def _offer_invoices(self, only: int | None) -> None:
        choices = [(pk, one.invoice.display_number) for pk, one in self.invoices.items()]
        cast(forms.MultipleChoiceField, self.fields["row"]).choices = choices
        overdue = [pk for pk, one in self.invoices.items() if one.overdue]
        first = [str(only)] if str(only) in self.invoices else overdue or list(self.invoices)
        self.initial["row"] = first
        for pk, one in self.invoices.items():
            box = MoneyField(min_value=1, max_value=one.due, currency=self.currency, initial=one.due, required=False)
            box.widget.attrs["aria-label"] = _("Pay now, invoice %(number)s") % {"number": one.invoice.display_number}
            self.fields[f"pay_{pk}"] = box
            self.fields[f"seen_{pk}"] = forms.IntegerField(required=False)

    def _offer_methods(self) -> None:
        saved = [(key, self._saved(one)) for key, one in self.authorizations.items()]
        page = [(PayForm.ON_THE_PAGE, _("Another card, for this payment only"))]
        received = [(kind, name) for kind, name in words.RECEIVED.items()]
        cast(forms.ChoiceField, self.fields["method"]).choices = [*saved, *page, *received]
        alive = [key for key, one in self.authorizations.items() if not one.method.is_expired(self.today)]
        self.initial["method"] = alive[0] if alive else "cash"
        cast(MoneyField, self.fields["amount_received"]).currency = self.currency
        day = cast(DateField, self.fields["received_on"])
        day.earliest, day.latest = self.today - receiving.NOT_BEFORE, self.today
        day.widget.attrs.update(day.widget_attrs(cast(forms.Widget, day.widget)))
        self.initial["received_on"] = self.today

    def _saved(self, authorization: Authorization) -> str:
        method = authorization.method
        if method.kind != "card" or not method.exp_year:
            return method_text(method)
        told = {"method": method_text(method), "expiry": f"{method.exp_month:02d}/{method.exp_year % 100:02d}"}
        if method.is_expired(self.today):
            return _("%(method)s · expired %(expiry)s") % told
        return _("%(method)s · expires %(expiry)s") % told

    def _offer_receipt(self, email: str) -> None:
        if email:
            self.fields["email_receipt"].label = _("Email a receipt to %(email)s") % {"email": email}
        else:
            del self.fields["email_receipt"]
