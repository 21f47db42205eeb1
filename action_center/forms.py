"""What staff type in the action center."""

from django import forms
from django.utils.translation import gettext_lazy

from smartrec.forms import Form


class DismissForm(Form):
    """Why a failed payment is set aside."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For your colleagues: the client does not see it."),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": gettext_lazy("Say why this is set aside.")},
    )


class HandledForm(Form):
    """What was done about a charge that does not agree."""

    note = forms.CharField(
        label=gettext_lazy("What was done"),
        help_text=gettext_lazy("For your colleagues: refunded at the processor, recorded in the client’s account…"),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": gettext_lazy("Say what was done about it.")},
    )
