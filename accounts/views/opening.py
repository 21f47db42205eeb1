"""Opening an account: a new household, or one that another organization serves already."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import AccountForm, KnownAccountForm
from accounts.models import Client
from accounts.services import opening
from smartrec.views import Command, FormPage


class OpenAccount(FormPage):
    """The owner's e-mail first: it tells whether we know the household already."""

    permission_required = "clients.edit"
    nav = "accounts"
    title = gettext_lazy("Add an account")
    submit_label = gettext_lazy("Add this account")
    form_class = AccountForm
    template_name = "accounts/open_account.html"
    fragment_template_name = "accounts/open_account_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "organization": self.organization}

    def get_initial(self) -> dict[str, Any]:
        return {"language": self.organization.default_language}

    def run(self, form: AccountForm) -> Client:
        return opening.open_account(
            organization=self.organization,
            owner=form.details,
            contact=form.contact,
            by=self.request.user,
            now=timezone.now(),
        )

    def get_success_message(self, result: Client) -> str:
        return _("Account %(number)s was added for %(name)s.") % {"number": result.display_number, "name": result}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client", client=result.pk)

    def get_cancel_url(self) -> str:
        return self.org_url("accounts")


class ServeAccount(Command):
    """Add to our clients an account that another organization serves, for someone who knows its owner."""

    permission_required = "clients.edit"
    form_class = KnownAccountForm

    def run(self, data: dict[str, Any]) -> Client:
        return opening.serve_account(
            organization=self.organization, account=data["account"], by=self.request.user, now=timezone.now()
        )

    def get_success_message(self, result: Client) -> str:
        return _("The account of %(name)s is now among your clients.") % {"name": result}

    def get_success_url(self, result: Client | None = None) -> str:
        return self.org_url("client", client=result.pk) if result else self.org_url("client-new")
