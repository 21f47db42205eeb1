"""What owners type about the books: up to when they are closed, when revenue is earned, the codes of accounts."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Tax
from billing.models.ledger import SYSTEM_KINDS
from billing.reports.words import ACCOUNTS
from billing.staff_forms.settings import CODE
from smartrec.forms import DateField, Form

EARLIEST = dt.date(1990, 1, 1)


class CloseForm(Form):
    """Up to which day, and up to which day one has seen what is still open."""

    through = DateField(
        label=gettext_lazy("Close the books up to"),
        earliest=EARLIEST,
        help_text=gettext_lazy("This day is included. Nothing can be booked on it or before it any more."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class ReopenForm(Form):
    """What stays closed, and that one knows what it means."""

    through = DateField(
        label=gettext_lazy("Keep closed up to"),
        earliest=EARLIEST,
        required=False,
        help_text=gettext_lazy("Leave empty to open everything."),
    )
    certain = forms.BooleanField(
        label=gettext_lazy("I know that figures already reported may change."),
        error_messages={"required": gettext_lazy("Tick the box to confirm.")},
    )


class AccrualForm(Form):
    """When revenue counts as earned."""

    defers = forms.TypedChoiceField(
        label=gettext_lazy("Revenue of what is sold for a period"),
        coerce=lambda value: value == "period",
        choices=[
            ("sale", gettext_lazy("Earned at the sale")),
            ("period", gettext_lazy("Earned day by day over the period (accrual)")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Only invoices issued from now on change. A line without a period is always earned at the sale."
        ),
    )


class AccountCodesForm(Form):
    """The organization's own code for each account that is kept by itself, and for each tax."""

    def __init__(self, *args: Any, taxes: Iterable[Tax], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in SYSTEM_KINDS:
            if kind != "deferred":
                self.fields[kind] = a_code(ACCOUNTS[kind])
        for tax in taxes:
            self.fields[f"tax-{tax.pk}"] = a_code(f"{ACCOUNTS['tax']} – {tax.name}")
        self.fields["deferred"] = a_code(ACCOUNTS["deferred"])

    @property
    def codes(self) -> dict[tuple[str, int | None], str]:
        """What was typed, by kind and tax."""
        typed = {name: self.cleaned_data[name] for name in self.fields}
        return {
            ("tax", int(name.removeprefix("tax-"))) if name.startswith("tax-") else (name, None): code
            for name, code in typed.items()
        }


def a_code(label: Any) -> forms.RegexField:
    return forms.RegexField(
        CODE,
        label=label,
        max_length=20,
        required=False,
        error_messages={"invalid": _("Use letters, digits, points and hyphens.")},
        widget=forms.TextInput({"class": "num", "autocomplete": "off"}),
    )
