"""What staff type in the settings of billing: taxes and their rates, ledger codes, where notices go."""

import re
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import LedgerCode, Tax
from billing.services.taxing import TaxDetails
from billing.services.usual_taxes import BY_PROVINCE
from smartrec.forms import DateField, Form

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
PERCENT = re.compile(r"(\d{1,2})(?:[.,](\d{1,4}))?", re.ASCII)
PROVINCES = {
    "QC": gettext_lazy("Québec"),
    "ON": gettext_lazy("Ontario"),
    "BC": gettext_lazy("British Columbia"),
    "AB": gettext_lazy("Alberta"),
    "MB": gettext_lazy("Manitoba"),
    "NB": gettext_lazy("New Brunswick"),
    "NL": gettext_lazy("Newfoundland and Labrador"),
    "NS": gettext_lazy("Nova Scotia"),
    "NT": gettext_lazy("Northwest Territories"),
    "NU": gettext_lazy("Nunavut"),
    "PE": gettext_lazy("Prince Edward Island"),
    "SK": gettext_lazy("Saskatchewan"),
    "YT": gettext_lazy("Yukon"),
}


class PercentField(forms.CharField):
    """A rate typed as a percentage in either language, given back in millionths: `9.975` is 99 750."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(widget=widget, max_length=12, **kwargs)

    def clean(self, value: Any) -> Any:
        typed = re.sub(r"[\s%]", "", super().clean(value))
        match = PERCENT.fullmatch(typed)
        if match is None:
            raise ValidationError(_("Enter a percentage, like 9.975."), code="invalid")
        return int(Decimal(typed.replace(",", ".")).scaleb(4))


class TaxForm(Form):
    """What is said of a tax."""

    code = forms.RegexField(
        label=gettext_lazy("Code"),
        regex=CODE,
        max_length=10,
        help_text=gettext_lazy("In exports, like GST. Letters and digits."),
        error_messages={"invalid": gettext_lazy("Use letters, digits, points and hyphens.")},
    )
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=20)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=20)
    number = forms.CharField(
        label=gettext_lazy("Registration number"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Printed on invoices and receipts."),
    )
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        min_value=1,
        max_value=99,
        help_text=gettext_lazy("In which order the taxes are computed and printed."),
    )
    after_previous = forms.BooleanField(
        label=gettext_lazy("Applied after previous: computed on the price plus the taxes before it"), required=False
    )
    is_active = forms.BooleanField(label=gettext_lazy("Active: offered on new invoices"), required=False, initial=True)

    @property
    def details(self) -> TaxDetails:
        names = ("code", "name_fr", "name_en", "number", "position", "after_previous", "is_active")
        return TaxDetails(**{name: self.cleaned_data[name] for name in names})


class NewTaxForm(TaxForm):
    """A tax and its first rate."""

    rate = PercentField(label=gettext_lazy("Rate (%)"))
    starts_on = DateField(label=gettext_lazy("In force from"))


class RateForm(Form):
    """A rate of a tax, from a day on."""

    rate = PercentField(label=gettext_lazy("Rate (%)"))
    starts_on = DateField(label=gettext_lazy("In force from"))


class UsualTaxesForm(Form):
    """The taxes of which province to add."""

    province = forms.ChoiceField(
        label=gettext_lazy("Province or territory"), choices=[(key, PROVINCES[key]) for key in BY_PROVINCE]
    )


class LedgerCodeForm(Form):
    """A revenue account of the chart of accounts."""

    code = forms.RegexField(
        label=gettext_lazy("Code"),
        regex=CODE,
        max_length=20,
        error_messages={"invalid": gettext_lazy("Use letters, digits, points and hyphens.")},
    )
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100, required=False)
    is_active = forms.BooleanField(label=gettext_lazy("Active: offered on new invoices"), required=False, initial=True)

    def __init__(self, *args: Any, ledger_code: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ledger_code is None:
            del self.fields["is_active"]
        elif ledger_code.is_used:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = _("Invoices carry this code: it cannot change.")


class NoticesForm(Form):
    """Where the office is told of what administrators do."""

    email = forms.EmailField(
        label=gettext_lazy("Email address for notices"),
        required=False,
        help_text=gettext_lazy(
            "Told when an administrator creates an invoice, issues a credit or cancels. Leave it empty to tell nobody."
        ),
    )


def initial_of(row: Tax | LedgerCode, form: type[Form]) -> dict[str, Any]:
    """A row as its form shows it."""
    return {name: getattr(row, name) for name in cast(Any, form).base_fields if hasattr(row, name)}
