"""What staff choose before statements are e-mailed: the days they cover, and to whom they go."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.filters import PeriodForm
from billing.forms import OnceInput
from billing.services.mailing_statements import Asked


class StatementForm(PeriodForm):
    """Between which days; however often the form is sent, the statement leaves once."""

    key = forms.UUIDField(widget=OnceInput)

    @property
    def asked(self) -> Asked:
        chosen = self.cleaned_data
        return Asked(first=chosen["from"], last=chosen["to"], key=chosen["key"])


class StatementsForm(PeriodForm):
    """The same for a selection; asked about first, then confirmed with the count that was shown."""

    only_owing = forms.BooleanField(
        label=gettext_lazy("Only accounts with a balance due"), required=False, initial=True
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    shown = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["from", "to", "only_owing", "key", "shown"])

    @property
    def is_confirmed(self) -> bool:
        return self.cleaned_data["shown"] is not None and self.cleaned_data["key"] is not None

    @property
    def asked(self) -> Asked:
        chosen = self.cleaned_data
        return Asked(first=chosen["from"], last=chosen["to"], key=chosen["key"])
