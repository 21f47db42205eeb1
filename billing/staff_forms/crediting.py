"""What staff type when they issue a credit, cancel items or give up a debt. It is shown before it is done."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import LedgerCode, Tax
from billing.services import writing_credits
from billing.services.credit_memos import Memo
from billing.services.parts import OpenInvoice
from billing.services.writing_credits import Terms
from billing.services.writing_off import WriteOff
from billing.words import crediting as words
from smartrec.forms import DateField, Form, MoneyField


class AskedTwice(Form):
    """A day, notes, and the key that makes one credit of it; `confirmed` is what was shown before it is done."""

    on = DateField(label=gettext_lazy("Date"))
    note = forms.CharField(
        label=gettext_lazy("Note to the client"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )
    internal_note = forms.CharField(
        label=gettext_lazy("Internal note"),
        help_text=gettext_lazy("Staff alone read it."),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=500,
    )
    email = forms.BooleanField(required=False, initial=True)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    confirmed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, today: dt.date, currency: str, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.currency = today, currency
        self.initial.setdefault("on", today)
        self.initial["key"] = uuid.uuid4()
        day = cast(DateField, self.fields["on"])
        day.earliest, day.latest = today - writing_credits.NOT_BEFORE, today
        day.widget.attrs.update(day.widget_attrs(cast(forms.Widget, day.widget)))
        if email:
            self.fields["email"].label = _("Email the credit note to %(email)s") % {"email": email}
        else:
            del self.fields["email"]
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency

    def terms(self, description: str) -> Terms:
        kept = self.cleaned_data
        return Terms(
            on=kept["on"],
            description=description,
            note=kept["note"],
            internal_note=kept["internal_note"],
            email=kept.get("email", False),
            key=kept["key"] or uuid.uuid4(),
        )


class WithCode(AskedTwice):
    """Of the organization's own ledger codes and taxes."""

    code_field, taxes_field = "ledger_code", "taxes"

    def __init__(self, *args: Any, codes: QuerySet[LedgerCode], taxes: Sequence[Tax], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields[self.code_field]).queryset = codes
        offered = cast(forms.MultipleChoiceField, self.fields[self.taxes_field])
        offered.choices = [(str(tax.pk), tax.name) for tax in taxes]
        self.initial.setdefault(self.taxes_field, [str(tax.pk) for tax in taxes])
        self.has_taxes = bool(taxes)

    @property
    def chosen_taxes(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data.get(self.taxes_field) or []]


class MemoForm(WithCode):
    """A credit memo: a gesture or a correction."""

    description = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("The client reads it on the credit note."),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter what the credit is for.")},
    )
    amount = MoneyField(label=gettext_lazy("Amount"), min_value=1, max_value=writing_credits.MOST)
    treatment = forms.ChoiceField(
        label=gettext_lazy("Taxes"),
        choices=list(words.TREATMENTS.items()),
        widget=forms.RadioSelect,
        initial="exempt",
    )
    taxes = forms.MultipleChoiceField(
        label=gettext_lazy("Which taxes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    ledger_code = forms.ModelChoiceField(
        label=gettext_lazy("Ledger code"),
        help_text=gettext_lazy("Its revenue is lowered by the credit."),
        queryset=LedgerCode.objects.none(),
        error_messages={"required": gettext_lazy("Choose a ledger code.")},
    )
    apply = forms.ChoiceField(
        label=gettext_lazy("Use of the credit"),
        choices=list(words.APPLY.items()),
        widget=forms.RadioSelect,
        initial="keep",
    )
    row = forms.MultipleChoiceField(
        label=gettext_lazy("Invoices"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("An invoice was paid, cancelled or is being paid meanwhile: see the list.")
        },
    )

    def __init__(self, *args: Any, invoices: Sequence[OpenInvoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoices = [one for one in invoices if one.due]
        rows = cast(forms.MultipleChoiceField, self.fields["row"])
        rows.choices = [(str(one.invoice.pk), one.invoice.display_number) for one in self.invoices]
        if not self.invoices:
            del self.fields["apply"]

    @property
    def ticked(self) -> set[str]:
        return set(self["row"].value() or [])

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        if kept.get("treatment") in ("added", "included") and not kept.get("taxes"):
            self.add_error("taxes", _("Choose at least one tax, or no tax at all."))
        if kept.get("apply") == "chosen" and not kept.get("row") and "row" not in self.errors:
            self.add_error("row", _("Tick at least one invoice."))
        return kept

    @property
    def memo(self) -> Memo:
        kept = self.cleaned_data
        return Memo(
            terms=self.terms(kept["description"]),
            amount=kept["amount"],
            ledger_code=kept["ledger_code"],
            treatment=kept["treatment"],
            taxes=self.chosen_taxes if kept["treatment"] != "exempt" else (),
            apply=kept.get("apply") or "keep",
            invoice_ids=[int(pk) for pk in kept["row"]] if kept.get("apply") == "chosen" else (),
        )


class WriteOffForm(AskedTwice):
    """How much of an invoice is given up, and why."""

    amount = MoneyField(label=gettext_lazy("Amount to write off"), min_value=1)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter why this is written off.")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("amount", "reason", "on", "note", "internal_note")

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(MoneyField, self.fields["amount"]).max_value = max(most, 1)
        self.initial.update(amount=most, seen=most)
        self.fields.pop("email", None)
        del self.fields["note"]

    @property
    def asked(self) -> WriteOff:
        kept = self.cleaned_data
        self.cleaned_data.setdefault("note", "")
        return WriteOff(terms=self.terms(kept["reason"]), amount=kept["amount"], seen=kept["seen"])
