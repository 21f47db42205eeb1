"""What staff see of a client's wallet, and what they may do with it: only what their organization may charge."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.models import Client
from accounts.views.client_file import ClientFile
from messaging.kinds.methods import why_unusable
from smartrec.templatetags.smartrec import method_text
from smartrec.views import Command, FormPage
from wallet.models import Authorization, PaymentMethod
from wallet.services import authorizing, inviting, planned, renewing
from wallet.staff_forms import ExpiryForm, LinkForm
from wallet.tables import AuthorizedTable, expiry
from wallet.views.visitor import signed_in


def allowed_by(client: Client) -> QuerySet[Authorization]:
    """The permissions in force between this client and the organization; of the others nothing is known here."""
    living = Authorization.objects.for_organization(client.organization).exclude(state="revoked").filter(client=client)
    return living.exclude(method__status="removed").select_related("method__account", "organization", "client")


class WalletFile(ClientFile):
    """A page of the client's file about their wallet."""

    tab = "client-wallet"
    permission_required = "wallet.manage"

    def why_not_saved(self) -> str:
        """Why nothing can be saved for this client, or nothing."""
        holder = self.client.account.user
        if holder is None or holder.last_login is None:
            return _("This client has never signed in: nothing can be saved for them. Send them a link instead.")
        return ""

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client-wallet", client=self.client.pk)

    def get_cancel_url(self) -> str:
        return self.get_success_url()


class ClientWallet(WalletFile, TemplateView):
    """The saved methods this organization is authorized to charge, with how and when that was given."""

    permission_required = "wallet.view"
    template_name = "wallet/client_wallet.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = allowed_by(self.client).select_related("granted_by")
        table = AuthorizedTable(
            rows.order_by("-method__is_default", "-method__kind", "requested_at", "pk"),
            organization=self.organization,
            on=self.organization.local_day(timezone.now()),
            can_manage=self.can("wallet.manage"),
        )
        return super().get_context_data(**{**kwargs, "table": table, "refusal": self.why_not_saved()})


class AllowedMethod(WalletFile):
    """A page about one method the organization may charge."""

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        self.authorization = get_object_or_404(allowed_by(self.client), pk=kwargs["authorization"])
        self.method = self.authorization.method

    def said(self) -> dict[str, Any]:
        return {"method": method_text(self.method)}


class EndPermission(AllowedMethod, Command, TemplateView):
    """What follows from giving up the right to charge a method, then the end of it."""

    http_method_names = ["get", "post"]
    template_name = "wallet/client_end.html"

    def get_title(self) -> str:
        return _("Withdraw the authorization")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        coming = planned.planned_with(self.method, self.organization)
        return super().get_context_data(**{**kwargs, "method": self.method, "planned": coming})

    def run(self, data: dict[str, Any]) -> bool:
        by = signed_in(self.request)
        return authorizing.revoke(authorization=self.authorization, by=by, now=timezone.now())

    def get_success_message(self, result: Any) -> str:
        return _("We may no longer charge %(method)s. The client was told.") % self.said()


class RenewCard(AllowedMethod, FormPage):
    """The expiry of the new card, as its holder says it."""

    title = gettext_lazy("Update the expiry")
    form_class = ExpiryForm
    template_name = "wallet/client_form.html"
    submit_label = gettext_lazy("Update the expiry")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{**kwargs, "method": self.method, "expiry": expiry(self.method), "why": self.why()}
        )

    def why(self) -> str:
        return str(why_unusable(self.method.invalid_reason)) if self.method.status == "invalid" else ""

    def run(self, form: ExpiryForm) -> PaymentMethod:
        day = form.cleaned_data["expiry"]
        return renewing.renew_expiry(
            authorization=self.authorization,
            month=day.month,
            year=day.year,
            by=signed_in(self.request),
            now=timezone.now(),
        )

    def get_success_message(self, method: PaymentMethod) -> str:
        said = {**self.said(), "expiry": expiry(method)}
        return _("%(method)s now expires %(expiry)s. The client was told.") % said


class SendLink(WalletFile, FormPage):
    """A personal link to the page where the client types the number themselves."""

    title = gettext_lazy("Send a link to the client")
    form_class = LinkForm
    template_name = "wallet/client_link.html"
    submit_label = gettext_lazy("Send the link")

    @cached_property
    def address(self) -> str:
        """Where the link goes: to whoever signs in for the household."""
        account = self.client.account
        return account.user.email if account.user else account.email

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**kwargs, "address": self.address})

    def run(self, form: LinkForm) -> None:
        inviting.invite_to_wallet(
            client=self.client, kind=form.cleaned_data["kind"], by=signed_in(self.request), now=timezone.now()
        )

    def get_success_message(self, result: Any) -> str:
        return _("A link was sent to %(email)s. It works once, for 15 minutes.") % {"email": self.address}
