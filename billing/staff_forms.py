"""What staff type when a client pays: which invoices, how much of each, with which credit, how the money comes in."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
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
from billing.services.parts import Notes, OpenInvoice, Order, Part
from billing.services.receiving import Received
from smartrec.forms import DateField, Form, MoneyField
from smartrec.money import format_money
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


class TakeForm(Form):
    """A payment taken by staff. Nothing is taken before the total that results was on the screen."""

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
    credit_name = forms.CharField(
        label=gettext_lazy("Name of the credit"), max_length=150, required=False, initial=gettext_lazy("Overpayment")
    )
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

    # What was typed, or what is proposed before anything is.

    def value(self, name: str) -> Any:
        if self.is_bound:
            return getattr(self, "cleaned_data", {}).get(name)
        return self.get_initial_for_field(self.fields[name], name) if name in self.fields else None

    @property
    def ticked(self) -> list[str]:
        """The invoices ticked; where a wrong one was, those that still stand."""
        if not self.is_bound:
            return list(self.value("row"))
        return [pk for pk in cast(QueryDict, self.data).getlist("row") if pk in self.invoices]

    def rows(self) -> Iterator[Row]:
        ticked = set(self.ticked)
        for one in self.listed:
            pk = str(one.invoice.pk)
            yield Row(one, pk in ticked, self[f"pay_{pk}"] if pk in self.invoices else None)

    @property
    def parts(self) -> list[Part]:
        found = [(pk, self.value(f"pay_{pk}")) for pk in self.ticked]
        return [
            Part(invoice_id=int(pk), amount=amount, seen=self._seen(pk)) for pk, amount in found if amount is not None
        ]

    def _seen(self, pk: str) -> int:
        seen = self.value(f"seen_{pk}")
        return int(self.invoices[pk].due if seen is None else seen)

    @property
    def chosen(self) -> int:
        return sum(part.amount for part in self.parts)

    @property
    def credit_used(self) -> int:
        return min(self.credit, self.chosen) if self._uses_credit else 0

    @property
    def _uses_credit(self) -> bool:
        return bool(self.credit) and bool(self.value("use_credit") if self.is_bound else True)

    @property
    def total(self) -> int:
        return self.chosen - self.credit_used

    @property
    def is_received(self) -> bool:
        return self.value("method") in words.RECEIVED

    @property
    def received(self) -> int:
        """What came in: the total, unless another amount was typed. Nothing when a processor takes it."""
        return (self.value("amount_received") or self.total) if self.is_received else 0

    @property
    def excess(self) -> int:
        return max(self.received - self.total, 0)

    @property
    def takes_money(self) -> bool:
        """Credit alone may pay for everything."""
        return bool(self.received if self.is_received else self.total)

    @property
    def label(self) -> str:
        amount = format_money(self.received if self.is_received else self.total, self.currency)
        if not self.takes_money:
            return _("Use the credit") if self.credit_used else _("Confirm")
        return (_("Record %(amount)s") if self.is_received else _("Charge %(amount)s")) % {"amount": amount}

    @property
    def new_key(self) -> uuid.UUID:
        """One form, one payment, however often it is sent."""
        return uuid.uuid4()

    @property
    def excess_text(self) -> str:
        return receiving.too_much(self.excess, self.currency)

    # What may be wrong with it.

    def clean(self) -> dict[str, Any]:
        super().clean()
        ticked = set(self.ticked)
        for pk in self.invoices:
            name = f"pay_{pk}"
            if pk not in ticked:
                self.errors.pop(name, None)
            elif self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, _("Enter an amount."))
        if not ticked and "row" not in self.errors:
            self.add_error("row", _("Tick at least one invoice."))
        if not self.is_received:
            for name in ("received_on", "reference", "amount_received"):
                self.errors.pop(name, None)
        if self.takes_money and not self.errors:
            self._check_method()
        if self.is_received and not self.errors:
            self._check_received()
        if not self.errors and not self.totalling and self.cleaned_data.get("shown") != self.total:
            amount = format_money(self.total, self.currency)
            self.add_error(None, _("The total is %(amount)s. Look at it, then confirm.") % {"amount": amount})
        return self.cleaned_data

    def _check_method(self) -> None:
        if self.authorization and self.authorization.method.is_expired(self.today):
            self.add_error("method", _("This card has expired: update it in the wallet, or choose another method."))
        if self.value("method") == "cheque" and not self.value("reference"):
            self.add_error("reference", _("Enter the cheque number."))

    def _check_received(self) -> None:
        typed = self.value("amount_received")
        if typed is not None and typed < self.total:
            self.add_error("amount_received", _("Less was received than the amounts chosen: lower them first."))
        if not self.excess:
            return
        if not self.value("keep_excess") or self.value("asked") != self.excess:
            self.add_error("keep_excess", self.excess_text)
        elif not self.value("credit_name"):
            self.add_error("credit_name", _("Enter a name for this credit."))

    # What it comes to.

    @property
    def authorization(self) -> Authorization | None:
        return self.authorizations.get(self.value("method") or "")

    @property
    def order(self) -> Order:
        kept = self.cleaned_data
        return Order(
            total=self.total,
            parts=self.parts,
            use_credit=self._uses_credit,
            reconcile=kept["reconcile"],
            email_receipt=kept.get("email_receipt", False),
            notes=Notes(details=kept["details"], note=kept["note"], internal_note=kept["internal_note"]),
            key=kept["key"] or uuid.uuid4(),
        )

    @property
    def money(self) -> Received:
        kept = self.cleaned_data
        return Received(
            kind=kept["method"],
            amount=self.received,
            on=kept["received_on"],
            reference=kept["reference"],
            credit_name=kept["credit_name"] if self.excess else "",
        )
