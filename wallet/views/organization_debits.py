"""Settings › Payments › Bank debits: on which terms the organization debits bank accounts."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from smartrec.forms import Form
from smartrec.views import FormPage
from wallet.services import agreeing
from wallet.views.organization import Editing
from wallet.views.organization_words import SCHEDULES
from wallet.views.visitor import signed_in


class DebitTermsForm(Form):
    """When bank accounts may be debited, and how long before the holder is told."""

    schedule = forms.ChoiceField(
        label=gettext_lazy("When bank accounts may be debited"), choices=SCHEDULES, widget=forms.RadioSelect
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice before a debit"),
        help_text=gettext_lazy("0: the client waives the notice in the agreement. Otherwise 10 days or more."),
        min_value=0,
        max_value=agreeing.MOST_NOTICE_DAYS,
        widget=forms.NumberInput({"class": "num", "inputmode": "numeric"}),
    )


class DebitTerms(Editing, FormPage):
    """What the next debit agreements say."""

    title = gettext_lazy("Bank debits")
    form_class = DebitTermsForm
    template_name = "wallet/organization_debits.html"
    success_message = gettext_lazy("The terms are saved. Agreements given before keep theirs.")

    def get_initial(self) -> dict[str, Any]:
        return {"schedule": self.organization.debit_schedule, "notice_days": self.organization.debit_notice_days}

    def run(self, form: Any) -> bool:
        return agreeing.set_debit_terms(
            organization=self.organization,
            schedule=form.cleaned_data["schedule"],
            notice_days=form.cleaned_data["notice_days"],
            by=signed_in(self.request),
            now=timezone.now(),
        )

    def get_cancel_url(self) -> str:
        return self.get_success_url()
