"""Settings › Mass runs: from which amounts more is asked before one starts."""

from typing import Any

from django.utils.translation import gettext_lazy

from billing.services import limits
from billing.staff_forms.starting import LimitsForm
from billing.views.settings_pages import SettingsForm
from smartrec.views import PlainPage


class Limits(PlainPage):
    """What is asked before a mass run starts."""

    permission_required = "settings.view"
    nav = "settings-runs"
    title = gettext_lazy("Mass runs")
    template_name = "billing/settings_runs.html"


class ChangeLimits(SettingsForm):
    """From which amounts one signs in again or a second person approves."""

    nav = "settings-runs"
    title = gettext_lazy("Limits of mass runs")
    above_label = gettext_lazy("Mass runs")
    success_message = gettext_lazy("Saved.")
    form_class = LimitsForm

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.organization, name) for name in limits.LIMITS}

    def run(self, form: Any) -> bool:
        return limits.change(organization=self.organization, limits=form.cleaned_data, **self.whose)
