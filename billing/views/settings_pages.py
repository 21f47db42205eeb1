"""What every page that changes a setting shares."""

from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from smartrec.views import FormPage, OrganizationMixin


class ChangesSettings(OrganizationMixin):
    """It leads back to the page of `nav`, called `above_label`."""

    permission_required = "settings.edit"
    above_label: str | Promise = ""

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url(self.nav)

    def get_cancel_url(self) -> str:
        return self.org_url(self.nav)

    @property
    def whose(self) -> dict[str, Any]:
        return {"by": self.request.user, "now": timezone.now()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"above": self.get_cancel_url(), "above_label": self.above_label, **kwargs})


class SettingsForm(ChangesSettings, FormPage):
    """A form with nothing beside it."""

    template_name = "billing/settings_form.html"
