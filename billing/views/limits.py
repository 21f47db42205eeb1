"""Settings › Mass runs: from which amounts more is asked before one starts."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import limits
from billing.staff_forms.starting import LimitsForm
from smartrec.views import FormPage, PlainPage


class Limits(PlainPage):
    """What is asked before a mass run starts."""

    permission_required = "settings.view"
    nav = "settings-runs"
    title = gettext_lazy("Mass runs")
    template_name = "billing/settings_runs.html"


class ChangeLimits(FormPage):
    """From which amounts one signs in again or a second person approves."""

    permission_required = "settings.edit"
    nav = "settings-runs"
    title = gettext_lazy("Limits of mass runs")
    form_class = LimitsForm
    template_name = "billing/settings_form.html"
    success_message = gettext_lazy("Saved.")

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.organization, name) for name in limits.LIMITS}

    def run(self, form: Any) -> bool:
        whose = {"organization": self.organization, "by": self.request.user, "now": timezone.now()}
        return limits.change(limits=form.cleaned_data, **whose)

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("settings-runs")

    def get_cancel_url(self) -> str:
        return self.get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(above=self.get_success_url(), above_label=_("Mass runs"), **kwargs)
