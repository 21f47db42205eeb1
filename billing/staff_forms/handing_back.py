"""What staff type when money is kept as a deposit, is handed back, or when a deposit is released."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.forms import OnceInput
from billing.models import Payment
from billing.services import refundable
from billing.services.parts import Notes
from billing.services.receiving import MOST, NOT_BEFORE, Received
from billing.services.refundable import Chosen, Refundable
from billing.words.handing_back import WHY
from smartrec.forms import DateField, Form, MoneyField
from smartrec.money import format_money


class DeskForm(Form):
    """How money changes hands at the desk, when, and what is written about it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Payment method"),
        widget=forms.RadioSelect,
        initial="cash",
        error_messages={"required": gettext_lazy("Choose a payment method.")},
    )
    reference = forms.CharField(label=gettext_lazy("Cheque number, or reference"), max_length=60, required=False)
    on = DateField(label=gettext_lazy("Date"))
    note = forms.CharField(
        label=gettext_lazy("Note to the client"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )
    internal_note = forms.CharField(
        label=gettext_lazy("Admin comments"),
        help_text=gettext_lazy("Staff alone read them."),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    email_it = forms.BooleanField(required=False, initial=True)
    key = forms.UUIDField(required=False, widget=OnceInput)

    def __init__(self, *args: Any, today: dt.date, currency: str, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.currency = today, currency
        cast(forms.ChoiceField, self.fields["kind"]).choices = list(words.RECEIVED.items())
        day = cast(DateField, self.fields["on"])
        day.earliest, day.latest = today - NOT_BEFORE, today
        day.widget.attrs.update(day.widget_attrs(cast(forms.Widget, day.widget)))
        self.initial.setdefault("on", today)
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency
        if email:
            self.fields["email_it"].label = self.emails() % {"email": email}
        else:
            del self.fields["email_it"]

    def emails(self) -> str:
        """What the box about the letter says."""
        return _("Email a receipt to %(email)s")

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("kind") == "cheque" and not self.cleaned_data.get("reference"):
            self.add_error("reference", _("Enter the cheque number."))
        return self.cleaned_data

    @property
    def key_of_it(self) -> uuid.UUID:
        return self.cleaned_data["key"] or uuid.uuid4()


class DepositForm(DeskForm):
    """Money kept on the account for something to come."""

    amount = MoneyField(label=gettext_lazy("Amount received"), min_value=1, max_value=MOST)
    name = forms.CharField(
        label=gettext_lazy("What the deposit is for"),
        help_text=gettext_lazy("The client and staff read it: a key, a room, a camp."),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter what the deposit is for.")},
    )
    details = forms.CharField(
        label=gettext_lazy("Details"),
        help_text=gettext_lazy("Staff read them beside the kind of payment."),
        max_length=200,
        required=False,
    )
    field_order = ("name", "amount", "kind", "reference", "on", "details", "note", "internal_note", "email_it", "key")

    @property
    def money(self) -> Received:
        typed = self.cleaned_data
        return Received(
            kind=typed["kind"],
            amount=typed["amount"],
            on=typed["on"],
            reference=typed["reference"],
            credit_name=typed["name"],
        )

    @property
    def notes(self) -> Notes:
        typed = self.cleaned_data
        return Notes(details=typed["details"], note=typed["note"], internal_note=typed["internal_note"])


class RefundFields(DeskForm):
    """Money handed back: what was asked about is what is done."""

    amount = MoneyField(label=gettext_lazy("Amount to refund"), min_value=1, required=False)
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2000)
    reason = "given"

    def emails(self) -> str:
        return _("Tell the client by email, at %(email)s")

    @property
    def chosen(self) -> list[Chosen]:
        raise NotImplementedError

    @property
    def total(self) -> int:
        return sum(one.cents for one in self.chosen)

    @property
    def asked(self) -> str:
        """What the question is about, in short: asked about anything else, it is asked again."""
        out_of = [f"{type(one.of).__name__[0]}{one.of.pk}{'d' if one.of_deposit else ''}:{one.cents}"
                  for one in self.chosen]  # fmt: skip
        typed = self.cleaned_data
        return " ".join([str(self.total), typed["kind"], typed["on"].isoformat(), self.why, *out_of])

    @property
    def why(self) -> str:
        return self.cleaned_data.get("reason") or self.reason

    @property
    def is_confirmed(self) -> bool:
        return self.cleaned_data["confirmed"] == self.asked


class RecordRefundForm(RefundFields):
    """Which deposits, credits and payments give how much back."""

    row = forms.MultipleChoiceField(
        label=gettext_lazy("What it comes out of"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Something was used or given back meanwhile: see the list.")},
    )

    def __init__(self, *args: Any, lines: Sequence[Refundable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {line.key: line for line in lines}
        cast(forms.MultipleChoiceField, self.fields["row"]).choices = [(key, key) for key in self.lines]
        self.fields["amount"].help_text = _("Leave it empty to give back all that is ticked. Less: the oldest first.")
        if len(self.lines) == 1:
            self.initial["row"] = list(self.lines)

    @property
    def ticked(self) -> list[str]:
        return [key for key in self["row"].value() or () if key in self.lines]

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        most = sum(self.lines[key].free for key in self.ticked)
        if not self.ticked and "row" not in self.errors:
            self.add_error("row", _("Tick what the money comes out of."))
        elif (typed.get("amount") or 0) > most:
            self.add_error("amount", _("No more than %(amount)s is ticked.") % {"amount": self.money(most)})
        return typed

    def money(self, cents: int) -> str:
        return format_money(cents, self.currency)

    @property
    def chosen(self) -> list[Chosen]:
        lines = [self.lines[key] for key in self.ticked]
        return refundable.oldest_first(lines, self.cleaned_data["amount"] or sum(line.free for line in lines))


class GiveBackForm(RefundFields):
    """Why and how the money of one payment taken at the desk goes back."""

    reason = forms.ChoiceField(  # type: ignore[assignment]
        label=gettext_lazy("Why"), widget=forms.RadioSelect, choices=list(WHY.items()), initial="given"
    )
    field_order = ("reason", "amount", "kind", "reference", "on", "note", "internal_note", "email_it")

    def __init__(self, *args: Any, payment: Payment, lines: Sequence[Refundable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment, self.lines = payment, lines
        self.most = sum(line.most for line in lines)
        cast(MoneyField, self.fields["amount"]).max_value = payment.amount
        self.fields["amount"].required = True
        self.initial.update({"amount": self.most, "kind": payment.kind})
        if payment.kind != "cheque":
            why = cast(forms.ChoiceField, self.fields["reason"])
            why.choices = [(key, name) for key, name in WHY.items() if key != "bounced"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if typed.get("reason") in ("bounced", "mistake"):
            # Nothing changes hands: what was written down when it came in is taken back as it was.
            self.errors.pop("reference", None)
            typed["kind"], typed["reference"] = self.payment.kind, self.payment.reference
        if typed.get("reason") == "bounced":
            self._whole(typed)
        elif (typed.get("amount") or 0) > self.most:
            told = {"amount": format_money(self.most, self.currency), "number": self.payment.display_number}
            self.add_error("amount", _("No more than %(amount)s can be handed back out of %(number)s.") % told)
        return typed

    def _whole(self, typed: dict[str, Any]) -> None:
        """The cheque's own amount, also where a part was given out of it meanwhile."""
        if typed.get("amount") not in (None, self.most, self.payment.amount):
            amount = format_money(self.payment.amount, self.currency)
            self.add_error("amount", _("A cheque comes back whole: %(amount)s.") % {"amount": amount})

    @property
    def chosen(self) -> list[Chosen]:
        if self.why == "bounced":
            return refundable.bounced(self.payment)
        return refundable.of_one(self.lines, self.cleaned_data["amount"])


class ReleaseForm(Form):
    """How much of a deposit becomes available credit, and whether it pays what is due at once."""

    amount = MoneyField(label=gettext_lazy("Amount to release"), min_value=1)
    pay = forms.BooleanField(label=gettext_lazy("Pay what is due with it, oldest first"), required=False, initial=True)
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)

    def __init__(self, *args: Any, payment: Payment, due: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = cast(MoneyField, self.fields["amount"])
        amount.max_value, amount.currency = max(payment.held, 1), payment.currency
        if not due:
            del self.fields["pay"]

    @property
    def pays(self) -> bool:
        return bool(self.cleaned_data.get("pay"))

    @property
    def asked(self) -> str:
        return f"{self.cleaned_data['number']} {self.cleaned_data['amount']} {int(self.pays)}"

    @property
    def is_confirmed(self) -> bool:
        return self.cleaned_data["confirmed"] == self.asked
