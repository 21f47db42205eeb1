"""The last question before the unpaid invoices of a mass invoice are credited together."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.forms import OnceInput
from billing.services.crediting_together import MOST
from smartrec.forms import Form


class CreditTogetherForm(Form):
    """What the credits are for. `rows` are the invoices with what was shown of each: `12:3000,13:1500`."""

    description = forms.CharField(
        label=gettext_lazy("Reason, printed on each credit"), max_length=150, strip=True,
        error_messages={"required": gettext_lazy("Enter what the credit is for.")},
    )  # fmt: skip
    email = forms.BooleanField(label=gettext_lazy("Email each client their credit"), required=False)
    rows = forms.CharField(widget=forms.HiddenInput)
    key = forms.UUIDField(widget=OnceInput)

    def clean_rows(self) -> dict[int, int]:
        pairs = [pair.partition(":") for pair in self.cleaned_data["rows"].split(",")]
        if len(pairs) > MOST or not all(
            pk.isascii() and pk.isdigit() and cents.isascii() and cents.isdigit() for pk, _sep, cents in pairs
        ):
            raise forms.ValidationError(gettext_lazy("Open the page again."))
        return {int(pk): int(cents) for pk, _sep, cents in pairs}

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("description", "email", "key")}
