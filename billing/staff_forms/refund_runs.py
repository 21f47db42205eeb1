"""What the reviewer of a mass refund chooses: what clients read, and what becomes of the invoices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.words.refund_runs import INVOICES
from smartrec.forms import Form


class RefundChoicesForm(Form):
    """What every refund of the run has in common."""

    invoices = forms.ChoiceField(
        label=gettext_lazy("The invoices these payments paid"), choices=list(INVOICES.items()), widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the clients"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )
    email = forms.BooleanField(label=gettext_lazy("Email each client about the refund"), required=False)

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices as the service takes them."""
        return dict(self.cleaned_data)
