"""The wallet as its holder sees it: what is saved, and who may charge it."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.models import Client
from accounts.views.signing_in import ConfirmedAddress
from messaging.kinds.methods import why_unusable
from smartrec import contributions
from smartrec.templatetags.smartrec import method_text
from smartrec.views import PortalCommand, PortalFormPage, PortalMixin
from wallet.forms import InsteadForm
from wallet.models import Authorization, PaymentMethod
from wallet.models.method import MOST_OF_A_KIND
from wallet.services import methods, planned
from wallet.services.planned import PlannedPayment
from wallet.views.visitor import signed_in

KINDS = ("card", "bank")
SOON = dt.timedelta(days=60)


def expires_within(method: PaymentMethod, time: dt.timedelta) -> bool:
    """A card whose last day is near, and not past."""
    today = timezone.localdate()
    return not method.is_expired(today) and method.is_expired(today + time)


def clients_of(account: Any) -> QuerySet[Client]:
    """The organizations that serve a household, as its clients."""
    return Client.objects.active().filter(account=account).select_related("organization").order_by("organization__name")


class Balances(PortalMixin):
    """What is owed to each organization, with what rooms above say about it."""

    def balances(self) -> list[Client]:
        clients: list[Any] = list(clients_of(self.account))
        for client in clients:
            client.parts = contributions.drawn("my-balance", self.request, client, self.can)
        return clients


class Home(Balances, TemplateView):
    """What is owed to each organization, first of all."""

    title = gettext_lazy("Home")
    template_name = "wallet/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = PaymentMethod.objects.active().filter(account=self.account)
        parts = contributions.drawn("my-home", self.request, self.account, self.can)
        return super().get_context_data(clients=self.balances(), saved=kept.count(), parts=parts, **kwargs)


class Wallet(Balances, TemplateView):
    """Cards and bank accounts; the chosen one drives what stands under them."""

    title = gettext_lazy("Wallet")
    nav = "my-wallet"
    template_name = "wallet/wallet.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kept = self.kept()
        chosen = self.chosen(kept)
        asked = self.request.GET.get("kind")
        kind = chosen.kind if chosen else asked if asked in KINDS else KINDS[0]
        return super().get_context_data(
            methods=[method for method in kept if method.kind == kind],
            expired=[method.pk for method in kept if method.is_expired(timezone.localdate())],
            kind=kind,
            expiring=[method.pk for method in kept if method.status == "active" and expires_within(method, SOON)],
            full=sum(method.kind == kind for method in kept) >= MOST_OF_A_KIND,
            counts={name: sum(method.kind == name for method in kept) for name in KINDS},
            chosen=chosen,
            why=why_unusable(chosen.invalid_reason) if chosen and chosen.status == "invalid" else "",
            permissions=self.permissions(chosen) if chosen else [],
            planned=planned.planned_with(chosen) if chosen else [],
            owing=[client for client in self.balances() if client.balance > 0],
            **kwargs,
        )

    def kept(self) -> list[PaymentMethod]:
        rows = PaymentMethod.objects.filter(account=self.account).exclude(status="removed")
        return list(rows.order_by("-is_default", "status", "slot"))

    def chosen(self, kept: list[PaymentMethod]) -> PaymentMethod | None:
        """The one in the address, else the first of the kind that is looked at."""
        if "method" in self.kwargs:
            found = next((method for method in kept if method.pk == self.kwargs["method"]), None)
            if found is None:
                raise Http404
            return found
        kind = self.request.GET.get("kind")
        return next((method for method in kept if kind not in KINDS or method.kind == kind), None)

    def permissions(self, method: PaymentMethod) -> list[dict[str, Any]]:
        """Each organization of the household, with whether it may charge this method."""
        living = {
            row.client_id: row.state for row in Authorization.objects.filter(method=method).exclude(state="revoked")
        }
        return [
            {"client": client, "state": living.get(client.pk, "")}
            for client in clients_of(self.account)
            if method.kind == "card" or method.rail == client.organization.bank_rail or client.pk in living
        ]


class OwnMethod(PortalMixin):
    """A page about one method of the household's own wallet."""

    nav = "my-wallet"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        own = PaymentMethod.objects.filter(account=self.account).exclude(status="removed")
        self.method = get_object_or_404(own.select_related("account__user"), pk=kwargs["method"])

    def get_success_url(self, result: Any = None) -> str:
        return reverse("my-method", args=[self.method.pk])


class MakeDefault(OwnMethod, PortalCommand):
    """Propose this method first from now on."""

    http_method_names = ["post"]

    def run(self, data: dict[str, Any]) -> PaymentMethod:
        return methods.set_default(method=self.method)

    def get_success_message(self, result: Any) -> str:
        return _("This method is now proposed first.")


class Remove(OwnMethod, ConfirmedAddress, PortalFormPage):
    """What removing a method means and which one takes its planned payments, then the removal."""

    title = gettext_lazy("Remove from the wallet")
    template_name = "wallet/remove.html"
    fragment_template_name = "wallet/remove_form.html"

    @cached_property
    def coming(self) -> list[PlannedPayment]:
        return planned.planned_with(self.method)

    @cached_property
    def able(self) -> list[PaymentMethod]:
        return planned.able_to_take(self.method, self.coming, on=timezone.localdate())

    def get_form_class(self) -> type[Form]:
        return InsteadForm if self.coming else Form

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), **({"able": self.able} if self.coming else {})}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        allowed = Authorization.objects.granted().filter(method=self.method).select_related("organization")
        own = {"method": self.method, "allowed": allowed, "planned": self.coming, "able": self.able}
        return super().get_context_data(**{**own, **kwargs})

    def run(self, form: Any) -> None:
        instead = form.cleaned_data.get("instead")
        methods.remove_method(method=self.method, by=signed_in(self.request), now=timezone.now(), instead=instead)

    def get_success_message(self, result: Any) -> str:
        return _("%(method)s was removed from your wallet.") % {"method": method_text(self.method)}

    def get_success_url(self, result: Any = None) -> str:
        return reverse("my-wallet")

    def get_cancel_url(self) -> str:
        return reverse("my-method", args=[self.method.pk])
