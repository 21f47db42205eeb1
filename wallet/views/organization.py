"""Settings › Payments: the accounts in which the organization is paid."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec.errors import Refused
from smartrec.numbers import number
from smartrec.views import Command, OrganizationMixin, PlainPage, SeeOther
from wallet.models import ProcessorAccount
from wallet.services import accounts
from wallet.views.organization_words import SCHEDULES, asked, standing
from wallet.views.visitor import signed_in


class PaymentSettings(PlainPage):
    """The organization's accounts at the processor, how each stands, and the terms of its debits."""

    permission_required = "settings.view"
    nav = "settings-payments"
    title = gettext_lazy("Payments")
    template_name = "wallet/organization_payments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = ProcessorAccount.objects.for_organization(self.organization).order_by("closed_at", "pk")
        # The same organization everywhere: whether one is the primary is then no question to the database.
        found = list(rows)
        for row in found:
            row.organization = self.organization
        shown = [self.shown(row) for row in found]
        shown.sort(key=lambda one: (bool(one["account"].closed_at), not one["account"].is_primary))
        newest = max((row.pk for row in found), default=0)
        own = {
            "accounts": shown,
            "newest": newest,
            "schedule": dict(SCHEDULES)[self.organization.debit_schedule],
            "on_platform": not self.organization.processor_account,
            "may_open": all(row.details_submitted or row.closed_at for row in found),
        }
        return super().get_context_data(**{**own, **kwargs})

    def shown(self, account: ProcessorAccount) -> dict[str, Any]:
        takes = bool(account.processor_id) and not account.closed_at
        return {
            "account": account,
            "standing": standing(account),
            "asked": asked(account) if takes else [],
            "may_continue": takes and account.status != "ready",
            "may_choose": takes
            and not account.is_primary
            and account.charges_enabled
            and account.currency == self.organization.currency,
            "may_close": not account.is_primary and not account.closed_at,
        }


class Editing(OrganizationMixin):
    """What changes where the organization is paid, and leads back to the settings."""

    permission_required = "settings.edit"
    nav = "settings-payments"

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("settings-payments")


class OfAccount(Editing):
    """About one account of the organization."""

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        own = ProcessorAccount.objects.for_organization(self.organization).select_related("organization")
        self.account = get_object_or_404(own, pk=kwargs["processor_account"])

    def at_processor(self) -> HttpResponse:
        """To the processor's own pages, and back here from them."""

        def way(name: str) -> str:
            return self.request.build_absolute_uri(self.org_url(name, processor_account=self.account.pk))

        try:
            url = accounts.onboarding_page(
                account=self.account,
                return_url=way("settings-account-return"),
                refresh_url=way("settings-account-onboarding"),
            )
        except Refused as refusal:
            messages.error(self.request, str(refusal))
            return SeeOther(self.get_success_url())
        return SeeOther(url)


class OpenAccount(Editing, Command):
    """Open an account at the processor; a second click finds the first one's."""

    def run(self, data: dict[str, Any]) -> ProcessorAccount:
        return accounts.open_account(
            organization=self.organization,
            by=signed_in(self.request),
            now=timezone.now(),
            after=number(data.get("after", "")) or 0,
        )

    def get_success_message(self, account: ProcessorAccount) -> str:
        if account.charges_enabled:
            return _("The account is open.")
        if account.processor_id:
            return _("The account is open. Continue at the processor to finish it.")
        messages.warning(self.request, _("The processor has not answered yet. The account appears as soon as it has."))
        return ""


class Onboarding(OfAccount):
    """Continue at the processor. Its own pages come back here for a new address when one has expired."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.at_processor()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.at_processor()


class ReturnFromOnboarding(OfAccount):
    """Back from the processor: ask it at once how the account stands; having come back says nothing."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.account.processor_id:
            accounts.refresh(account=self.account, now=timezone.now())
        if self.account.charges_enabled:
            messages.success(request, _("Payments can be taken in this account."))
        else:
            messages.info(request, _("The processor still needs something, or is checking what you sent."))
        return SeeOther(self.get_success_url())


class RefreshAccount(OfAccount, Command):
    success_message = gettext_lazy("The account was checked with the processor.")

    def run(self, data: dict[str, Any]) -> ProcessorAccount:
        if not self.account.processor_id:
            return accounts.open_account(
                organization=self.organization, by=signed_in(self.request), now=timezone.now(), after=self.account.pk
            )
        before = self.account.checked_at
        account = accounts.refresh(account=self.account, now=timezone.now())
        if account.checked_at == before:
            raise Refused(_("The payment processor does not answer. Try again in a minute."))
        return account


class MakePrimary(OfAccount, Command):
    """From now on the organization is paid here; the permissions follow by themselves."""

    def run(self, data: dict[str, Any]) -> bool:
        return accounts.make_primary(
            account=self.account, organization=self.organization, by=signed_in(self.request), now=timezone.now()
        )

    def get_success_message(self, result: bool) -> str:
        return _("New payments now arrive in this account. Saved methods follow in the next minutes.")


class CloseAccount(OfAccount, Command):
    success_message = gettext_lazy("The account is no longer used.")

    def run(self, data: dict[str, Any]) -> bool:
        return accounts.close(account=self.account, by=signed_in(self.request), now=timezone.now())
