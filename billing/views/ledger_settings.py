"""Settings › Ledger codes and Settings › Notices."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy

from billing.models import LedgerCode
from billing.services import coding, telling
from billing.staff_forms.settings import LedgerCodeForm, NoticesForm, initial_of
from billing.views.settings_pages import SettingsForm
from smartrec.views import PlainPage


class LedgerCodes(PlainPage):
    """The chart of revenue accounts: every invoice item carries one of them."""

    permission_required = "settings.view"
    nav = "settings-ledger-codes"
    title = gettext_lazy("Ledger codes")
    template_name = "billing/settings_ledger_codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = LedgerCode.objects.for_organization(self.organization).order_by("-is_active", "code")
        return super().get_context_data(codes=coding.with_use(mine), **kwargs)


class EditingCodes(SettingsForm):
    """What changes the chart of accounts, and leads back to it."""

    nav = "settings-ledger-codes"
    above_label = gettext_lazy("Ledger codes")
    form_class = LedgerCodeForm


class AddLedgerCode(EditingCodes):
    """One more revenue account."""

    title = gettext_lazy("Add a ledger code")
    success_message = gettext_lazy("The ledger code is added.")

    def run(self, form: Any) -> LedgerCode:
        return coding.add_code(organization=self.organization, **form.cleaned_data, **self.whose)


class ChangeLedgerCode(EditingCodes):
    """Rename a code, or stop offering it."""

    success_message = gettext_lazy("Saved. What is booked stays where it is.")

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        mine = coding.with_use(LedgerCode.objects.for_organization(self.organization))
        self.ledger_code = get_object_or_404(mine, pk=kwargs["ledger_code"])

    def get_title(self) -> str:
        return str(self.ledger_code)

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.ledger_code, LedgerCodeForm)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "ledger_code": self.ledger_code}

    def run(self, form: Any) -> LedgerCode:
        return coding.change_code(ledger_code=self.ledger_code, **form.cleaned_data, **self.whose)


class Notices(PlainPage):
    """Who is told of what administrators do."""

    permission_required = "settings.view"
    nav = "settings-notices"
    title = gettext_lazy("Notices")
    template_name = "billing/settings_notices.html"


class ChangeNotices(SettingsForm):
    """Where the office is told."""

    nav = "settings-notices"
    success_message = gettext_lazy("Saved.")
    title = gettext_lazy("Notices to the office")
    above_label = gettext_lazy("Notices")
    form_class = NoticesForm

    def get_initial(self) -> dict[str, Any]:
        return {"email": self.organization.notices_email}

    def run(self, form: Any) -> bool:
        return telling.send_notices_to(organization=self.organization, email=form.cleaned_data["email"], **self.whose)
