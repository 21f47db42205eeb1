"""One permission: the words before it is given, what follows before it is taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from accounts.views.signing_in import ConfirmedAddress
from smartrec.templatetags.smartrec import method_text
from smartrec.views import PortalCommand, PortalFormPage, SeeOther
from wallet.consents import Consent, consent
from wallet.forms import AgreeForm, agree_label
from wallet.models import Authorization
from wallet.services import authorizing, planned
from wallet.views.household import OwnMethod, clients_of
from wallet.views.visitor import language, signed_in, visitor


class OwnPermission(OwnMethod):
    """What one organization may do with one method of the wallet."""

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        self.client = get_object_or_404(clients_of(self.account), pk=kwargs["client"])

    def living(self) -> Authorization | None:
        rows = Authorization.objects.exclude(state="revoked").filter(method=self.method, client=self.client)
        return rows.select_related("method__account", "organization", "client").first()

    def said(self) -> dict[str, Any]:
        return {"organization": self.client.organization, "method": method_text(self.method)}


class Allow(OwnPermission, ConfirmedAddress, PortalFormPage):
    """Read, tick, authorize."""

    form_class = AgreeForm
    template_name = "wallet/allow.html"
    fragment_template_name = "wallet/allow_form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.living():
            return SeeOther(reverse("my-permission-withdraw", args=[self.method.pk, self.client.pk]))
        return super().get(request, *args, **kwargs)

    def agreed(self) -> Consent:
        served = self.client.organization
        return consent(rail=self.method.rail, organization=served, language=language(), on=timezone.localdate())

    def get_form_kwargs(self) -> dict[str, Any]:
        label = agree_label(self.method.kind, self.client.organization, self.agreed())
        return {**super().get_form_kwargs(), "label": label}

    def get_title(self) -> str:
        return _("Authorize %(organization)s") % self.said()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"method": self.method, "agreed": self.agreed(), "submit_label": _("Authorize this organization")}
        return super().get_context_data(**{**own, **kwargs})

    def run(self, form: Any) -> Authorization:
        return authorizing.authorize(
            method=self.method,
            organization=self.client.organization,
            channel="wallet",
            by=signed_in(self.request),
            now=timezone.now(),
            language=language(),
            **visitor(self.request),
        )

    def get_success_message(self, authorization: Authorization) -> str:
        if authorization.state == "requested":
            messages.info(self.request, _("The authorization takes effect in a few minutes."))
            return ""
        return _("%(organization)s may now charge %(method)s.") % self.said()

    def get_cancel_url(self) -> str:
        return reverse("my-method", args=[self.method.pk])


class Withdraw(OwnPermission, PortalCommand, TemplateView):
    """What follows from taking a permission back, then the withdrawal itself."""

    http_method_names = ["get", "post"]
    template_name = "wallet/withdraw.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.living() is None:
            return SeeOther(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Withdraw the authorization of %(organization)s") % self.said()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        served = self.client.organization
        coming = planned.planned_with(self.method, served)
        return super().get_context_data(**{**kwargs, "method": self.method, "served": served, "planned": coming})

    def run(self, data: dict[str, Any]) -> bool:
        living = self.living()
        return living is not None and authorizing.revoke(
            authorization=living, by=signed_in(self.request), now=timezone.now()
        )

    def get_success_message(self, result: Any) -> str:
        return _("%(organization)s may no longer charge %(method)s.") % self.said()
