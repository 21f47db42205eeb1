"""The form of a mass invoice with what happens next: nothing, a charge afterwards, or a charge first."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.forms import ORDERS
from billing.models import MassRun
from billing.staff_forms.invoicing import BulkInvoiceForm, initial_of

DUE, AFTER, FIRST = "due", "after", "first"
THEN = [
    (DUE, pgettext_lazy("after invoicing", "Leave them due")),
    (AFTER, gettext_lazy("Charge the saved methods afterwards, once you have reviewed the charge")),
    (FIRST, gettext_lazy("Charge first: an invoice is created only when its payment succeeds")),
]


class ThenForm(BulkInvoiceForm):
    """What every invoice of a run shares, and what follows for who may charge."""

    then = forms.ChoiceField(
        label=gettext_lazy("Then"), choices=THEN, widget=forms.RadioSelect, initial=DUE, required=False
    )
    order = forms.ChoiceField(label=gettext_lazy("Payment method"), choices=ORDERS, required=False)
    email_receipt = forms.BooleanField(label=gettext_lazy("Email a receipt to each account owner"), required=False)

    def __init__(self, *args: Any, may_charge: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_charge:
            del self.fields["then"], self.fields["order"], self.fields["email_receipt"]

    def options(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        kept = self.cleaned_data
        then = kept.get("then") or DUE
        options = {**super().options(lines), "then": then}
        if then != FIRST:
            return options
        return {**options, "order": kept["order"] or "default", "email_receipt": kept["email_receipt"]}


def first_then() -> dict[str, Any]:
    return {"then": DUE, "order": "default", "email_receipt": True}


def initial_with_then(run: MassRun) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A draft as the form showed it: what is shared, with what follows, and its lines."""
    shared, lines = initial_of(run)
    kept = {name: run.options[name] for name in ("then", "order", "email_receipt") if name in run.options}
    return {**shared, **first_then(), **kept}, lines
