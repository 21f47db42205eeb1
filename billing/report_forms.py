"""What a report is asked: a day or two, a ledger code, a method. Every question has an answer when nothing is typed."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Organization
from billing.models import LedgerCode
from billing.reports.words import KINDS, METHODS
from billing.words import MOVEMENTS
from smartrec.forms import DateField, Form

EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2100, 12, 31)


def a_day(label: Any) -> DateField:
    missing = {"required": gettext_lazy("Enter a date, like 2026-11-30.")}
    return DateField(label=label, earliest=EARLIEST, latest=LATEST, error_messages=missing)


def a_method() -> forms.ChoiceField:
    choices = [("", gettext_lazy("Any")), *METHODS.items()]
    return forms.ChoiceField(label=gettext_lazy("Payment method"), choices=choices, required=False)


class Question(Form):
    """Asked of one organization."""

    is_filter = True

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code: Any = self.fields.get("code")
        if code is not None:
            code.queryset = LedgerCode.objects.for_organization(organization).order_by("code")


class AsOf(Question):
    on = a_day(gettext_lazy("At the end of"))


class Between(Question):
    """Both days are included."""

    since = a_day(pgettext_lazy("range", "From"))
    until = a_day(pgettext_lazy("range", "To"))

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return asked


class Receipts(Between):
    method = a_method()


class ByMethod(Question):
    method = a_method()


def a_kind() -> forms.ChoiceField:
    choices = [("", gettext_lazy("Any")), *KINDS.items(), *MOVEMENTS.items()]
    return forms.ChoiceField(label=gettext_lazy("Movement"), choices=choices, required=False)


class ByCode(Between):
    code = forms.ModelChoiceField(
        LedgerCode.objects.none(),
        label=gettext_lazy("Ledger code"),
        required=False,
        empty_label=gettext_lazy("Any"),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the ledger codes.")},
    )


class OfJournal(ByCode):
    kind = a_kind()
