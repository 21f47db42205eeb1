"""What staff type to charge late fees: the rule, and what its invoices say."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from billing.models import LedgerCode, MassRun, Tax
from billing.staff_forms.invoicing import ADDED, INCLUDED, TREATMENTS, InvoiceForm, first_dates, kept_line, typed_line
from billing.staff_forms.then import DUE, THEN
from billing.words.late_fees import FORMULAS
from smartrec.forms import MoneyField

FURTHEST = 3_650
LINE = ("description", "amount", "ledger_code", "treatment", "taxes")
RULE = ("formula", "amount", "days", "minimum", "at_most", "again_after")


class LateFeeForm(InvoiceForm):
    """A late-fee rule and the invoices it makes."""

    formula = forms.ChoiceField(
        label=gettext_lazy("Charge the fee"), choices=list(FORMULAS.items()), widget=forms.RadioSelect
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=100,
        error_messages={"required": gettext_lazy("Enter what is invoiced.")},
        help_text=gettext_lazy("The numbers of the overdue invoices are added to it."),
    )
    amount = MoneyField(label=gettext_lazy("Fee"), min_value=1, max_value=9_999_999)
    ledger_code = forms.ModelChoiceField(
        label=gettext_lazy("Ledger code"),
        queryset=LedgerCode.objects.none(),
        error_messages={"required": gettext_lazy("Choose a ledger code.")},
    )
    treatment = forms.ChoiceField(label=gettext_lazy("Tax treatment"), choices=TREATMENTS, initial=ADDED)
    taxes = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    days = forms.IntegerField(
        label=gettext_lazy("Overdue for at least, in days"),
        min_value=1,
        max_value=FURTHEST,
        error_messages={"required": gettext_lazy("Enter a number of days.")},
    )
    minimum = MoneyField(label=gettext_lazy("Overdue amount of at least"), required=False)
    at_most = MoneyField(label=gettext_lazy("At most, per account"), required=False, min_value=1)
    again_after = forms.IntegerField(
        label=gettext_lazy("Charge again for the same invoice after, in days"),
        required=False,
        min_value=1,
        max_value=FURTHEST,
        help_text=gettext_lazy("Empty: never twice for the same overdue invoice."),
    )
    email = forms.BooleanField(label=gettext_lazy("Email each invoice"), required=False)

    then = forms.ChoiceField(
        label=gettext_lazy("Then"), choices=THEN[:2], widget=forms.RadioSelect, initial=DUE, required=False
    )

    def __init__(self, *args: Any, organization: Organization, may_charge: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_charge:
            del self.fields["then"]
        taxes = list(Tax.objects.for_organization(organization).filter(is_active=True).order_by("position", "pk"))
        cast(forms.MultipleChoiceField, self.fields["taxes"]).choices = [(str(tax.pk), tax.name) for tax in taxes]
        if not taxes:
            del self.fields["taxes"], self.fields["treatment"]
        codes = LedgerCode.objects.for_organization(organization).filter(is_active=True).order_by("code")
        cast(forms.ModelChoiceField, self.fields["ledger_code"]).queryset = codes

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed = self.cleaned_data
        amount, at_most = typed.get("amount"), typed.get("at_most")
        if amount and at_most and at_most < amount:
            self.add_error("at_most", _("Enter at least the fee itself."))
        if typed.get("treatment") == INCLUDED and "taxes" in typed and not typed["taxes"]:
            self.add_error("taxes", _("Tick the taxes that the price includes."))
        return typed

    @property
    def options(self) -> dict[str, Any]:
        """What the run keeps: the rule, one line, dates as text."""
        kept = self.cleaned_data
        typed = {name: kept[name] for name in LINE if name in kept} | {"unit_price": kept["amount"]}
        rule = {name: kept[name] for name in RULE}
        return {
            "lines": [kept_line(typed)],
            "late_fee": rule | {"minimum": rule["minimum"] or 0},
            "issued_on": kept["issued_on"].isoformat(),
            "due_on": kept["due_on"].isoformat(),
            "internal_note": kept["internal_note"],
            "email": kept["email"],
            "then": kept.get("then") or DUE,
        }


def first_rule(last: MassRun | None, *, today: dt.date, taxes: list[str]) -> dict[str, Any]:
    """What the form proposes: the rule used last, dated today; the first time, one fee per account."""
    if last is None:
        proposed = {"formula": "account", "days": 30, "description": _("Late fee"), "treatment": ADDED, "taxes": taxes}
        return {**first_dates(today), **proposed}
    kept = initial_of(last)
    given = dt.date.fromisoformat(kept["due_on"]) - dt.date.fromisoformat(kept["issued_on"])
    return {**kept, "issued_on": today, "due_on": today + given}


def initial_of(run: MassRun) -> dict[str, Any]:
    """A run of late fees as its form showed it."""
    options = run.options
    rule = {name: value or None for name, value in options["late_fee"].items()}
    shared = {name: options.get(name) for name in ("issued_on", "due_on", "internal_note", "email")}
    shared["then"] = options.get("then") or DUE
    return {**typed_line(options["lines"][0]), **rule, **shared, "note": run.note}
