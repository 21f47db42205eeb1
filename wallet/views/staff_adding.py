"""Saving a card or a bank account for a client who is at the counter, on the telephone, or has signed a paper."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec.views import FormPage, SeeOther
from wallet.consents import LANGUAGES, Consent, consent
from wallet.forms import AddressForm
from wallet.models import SetupSession
from wallet.services import setups
from wallet.services.setups import Started
from wallet.staff_forms import OnBehalfForm
from wallet.views.processor_page import finished, opening
from wallet.views.staff import WalletFile
from wallet.views.visitor import signed_in, visitor

NAMES = {"en": "English", "fr": "français"}


class AddForClient(WalletFile, FormPage):
    """How the client agreed and their billing address; the number itself is typed on the processor's page."""

    kind = "card"
    form_class = OnBehalfForm
    template_name = "wallet/client_add.html"
    fragment_template_name = "wallet/client_add_form.html"
    submit_label = gettext_lazy("Continue to the secure page")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if why := self.why_not_saved():
            messages.error(request, why)
            return SeeOther(self.get_cancel_url())
        return super().get(request, *args, **kwargs)

    @cached_property
    def spoken(self) -> str:
        """The client's language, unless they ask for the other."""
        asked = self.request.GET.get("language")
        return asked if asked in LANGUAGES else self.client.account.language

    @property
    def agreed(self) -> Consent:
        rail = self.organization.bank_rail if self.kind == "bank" else "card"
        on = self.organization.local_day(timezone.now())
        return consent(rail=rail, organization=self.organization, language=self.spoken, on=on)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "kind": self.kind}

    def get_initial(self) -> dict[str, Any]:
        return AddressForm.of(self.client.account)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        other = next(language for language in LANGUAGES if language != self.spoken)
        return super().get_context_data(
            **{**kwargs, "kind": self.kind, "agreed": self.agreed, "other": other, "other_name": NAMES[other]}
        )

    def run(self, form: OnBehalfForm) -> Started:
        with opening(self.client.account):
            return self.open_page(form)

    def open_page(self, form: OnBehalfForm) -> Started:
        channel = form.cleaned_data["channel"]
        # The screen is proof of the words only for someone who was in front of it.
        seen_here = visitor(self.request) if channel == "in_person" else {}
        return setups.start_setup(
            account=self.client.account,
            kind=self.kind,
            consents=[self.organization],
            organization=self.organization,
            address=form.address,
            nickname=form.nickname,
            channel=channel,
            by=signed_in(self.request),
            now=timezone.now(),
            language=self.spoken,
            return_url=self.way_back,
            cancel_url=self.request.build_absolute_uri(self.get_cancel_url()),
            **seen_here,
        )

    def way_back(self, setup: int) -> str:
        return self.request.build_absolute_uri(self.org_url("client-wallet-return", client=self.client.pk, setup=setup))

    def get_success_url(self, started: Started | None = None) -> str:
        return started.url if started else super().get_success_url()

    def get_cancel_url(self) -> str:
        return self.org_url("client-wallet", client=self.client.pk)


class AddCard(AddForClient):
    title = gettext_lazy("Add a card for the client")


class AddBank(AddForClient):
    title = gettext_lazy("Add a bank account for the client")
    kind = "bank"


class Return(WalletFile):
    """Back from the processor's page, in the client's file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ours = SetupSession.objects.filter(account=self.client.account_id, organization=self.organization)
        self.tell(finished(get_object_or_404(ours, pk=kwargs["setup"])))
        return SeeOther(self.get_success_url())

    def tell(self, setup: SetupSession) -> None:
        if setup.state == "open":
            messages.info(self.request, _("It will appear here as soon as the client’s bank has confirmed it."))
        elif setup.state != "done":
            messages.error(self.request, _("Nothing was saved: the page had expired or the wallet is full."))
        elif setup.method_id is None:
            messages.success(self.request, _("It was already in the client’s wallet and is now up to date."))
        else:
            messages.success(self.request, _("It is saved in the client’s wallet. The client was told."))
