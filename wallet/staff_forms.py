"""What staff fill in about a client's wallet: how the client agreed, an expiry, whom to write to; never a number."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec.forms import Form, Segments
from wallet.forms import AddressForm

HOW = [
    ("in_person", gettext_lazy("In person")),
    ("phone", gettext_lazy("By telephone")),
    ("paper", gettext_lazy("On paper")),
]
KINDS = [("card", gettext_lazy("A card")), ("bank", gettext_lazy("A bank account"))]
_EXPIRY = re.compile(r"(\d{1,2})\s*[/-]?\s*(?:20)?(\d{2})")


class OnBehalfForm(AddressForm):
    """What staff note before a number is typed for a client: the billing address, and how the client agreed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"] = forms.ChoiceField(
            label=_("How does the client agree?"),
            choices=HOW,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose how the client agrees.")},
        )
        self.fields["agree"] = forms.BooleanField(
            label=_("The client agrees to this text."),
            error_messages={"required": _("Tick the box once the client agrees.")},
        )
        self.order_fields(["channel"])


class ExpiryForm(Form):
    """The expiry printed on the new card."""

    expiry = forms.CharField(
        label=gettext_lazy("New expiry"),
        help_text=gettext_lazy("Month and year, as on the card: 08/29."),
        max_length=7,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "class": "num"}),
        error_messages=dict.fromkeys(
            ("required", "max_length"), gettext_lazy("Enter the expiry as it is on the card, like 08/29.")
        ),
    )

    def clean_expiry(self) -> dt.date:
        """The first day of that month."""
        typed = _EXPIRY.fullmatch(self.cleaned_data["expiry"].strip())
        if typed is None or not 1 <= int(typed[1]) <= 12:
            raise ValidationError(_("Enter the expiry as it is on the card, like 08/29."), code="invalid")
        return dt.date(2000 + int(typed[2]), int(typed[1]), 1)


class LinkForm(Form):
    """What the client is asked to add."""

    kind = forms.ChoiceField(label=gettext_lazy("What should the client add?"), choices=KINDS, widget=Segments)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = KINDS[0][0]
