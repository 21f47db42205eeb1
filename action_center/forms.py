"""What staff type in the action center."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from smartrec.templatetags.smartrec import method_text
from wallet.models import Authorization


class DismissForm(forms.Form):
    """Why a failed payment is set aside."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For your colleagues: the client does not see it."),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": gettext_lazy("Say why this is set aside.")},
    )


class MethodField(forms.ModelChoiceField):
    """One of the client's authorized methods, named in words."""

    widget = forms.RadioSelect

    def label_from_instance(self, authorization: Authorization) -> str:
        return str(method_text(authorization.method))


class ChangeMethodForm(forms.Form):
    """By which other method to try again."""

    def __init__(self, *args: Any, authorizations: QuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authorization"] = MethodField(
            label=gettext_lazy("Payment method"),
            queryset=authorizations,
            empty_label=None,
            error_messages={"required": gettext_lazy("Choose a payment method.")},
        )
