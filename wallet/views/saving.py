"""Adding, replacing, editing a card or bank account: what is asked here, and the way back from the processor's page."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from accounts.views.signing_in import ConfirmedAddress
from smartrec.templatetags.smartrec import method_text
from smartrec.views import PortalFormPage, PortalMixin, SeeOther
from wallet.consents import Consent, consent
from wallet.forms import AddForm, AddressForm, Agreements, ReplaceForm
from wallet.models import PaymentMethod, SetupSession
from wallet.services import editing, planned, replacing, setups
from wallet.services.setups import Started
from wallet.views.household import OwnMethod, clients_of
from wallet.views.processor_page import finished, opening
from wallet.views.visitor import language, signed_in, visitor


class Visit(ConfirmedAddress, PortalFormPage):
    """What is asked before someone leaves for the processor's page, where the number itself is typed."""

    nav = "my-wallet"
    fragment_template_name = "wallet/add_form.html"
    kind = "card"
    replaces: PaymentMethod | None = None
    submit_label = gettext_lazy("Continue to the secure page")

    def served(self) -> list[Organization]:
        """The organizations whose words are shown."""
        raise NotImplementedError

    @cached_property
    def agreements(self) -> Agreements:
        """The words to agree to, for each organization that could charge what will be typed."""
        return {one: self._words(one) for one in self.served()}

    def _words(self, organization: Organization) -> Consent:
        rail = organization.bank_rail if self.kind == "bank" else "card"
        return consent(rail=rail, organization=organization, language=language(), on=timezone.localdate())

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "kind": self.kind, "agreements": self.agreements}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"kind": self.kind, "agreements": self.agreements, **kwargs})

    def run(self, form: Any) -> Started:
        with opening(self.account):
            return setups.start_setup(
                account=self.account,
                kind=self.kind,
                consents=form.consents,
                replaces=self.replaces,
                address=form.address,
                nickname=form.nickname,
                by=signed_in(self.request),
                now=timezone.now(),
                language=language(),
                return_url=self.way_back,
                cancel_url=self.request.build_absolute_uri(self.get_cancel_url()),
                **visitor(self.request),
            )

    def way_back(self, setup: int) -> str:
        return self.request.build_absolute_uri(reverse("my-wallet-return", args=[setup]))

    def get_success_url(self, started: Started | None = None) -> str:
        return started.url if started else self.get_cancel_url()


class AddCard(Visit):
    """The billing address, and who may charge the card."""

    title = gettext_lazy("Add a card")
    template_name = "wallet/add.html"
    form_class = AddForm

    def served(self) -> list[Organization]:
        return [client.organization for client in clients_of(self.account)]

    def get_initial(self) -> dict[str, Any]:
        return AddressForm.of(self.account)

    def get_cancel_url(self) -> str:
        return f"{reverse('my-wallet')}?kind={self.kind}"


class AddBank(AddCard):
    """The same for a bank account; each organization's debit agreement is read first."""

    title = gettext_lazy("Add a bank account")
    kind = "bank"

    def served(self) -> list[Organization]:
        served = super().served()
        return [one for one in served if one.bank_rail == served[0].bank_rail]


class Replace(OwnMethod, Visit):
    """What moves to the new card or account, the words for it, then the processor's page."""

    template_name = "wallet/replace.html"
    fragment_template_name = "wallet/replace_form.html"
    form_class = ReplaceForm

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        self.kind, self.replaces = self.method.kind, self.method

    def served(self) -> list[Organization]:
        still = {client.organization_id for client in clients_of(self.account)}
        return [one.organization for one in replacing.carried(self.method) if one.organization_id in still]

    def get_initial(self) -> dict[str, Any]:
        return AddressForm.of(self.method)

    def get_title(self) -> str:
        return _("Replace %(method)s") % {"method": method_text(self.method)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        coming = planned.planned_with(self.method)
        return super().get_context_data(**{"method": self.method, "planned": coming, **kwargs})

    def get_success_url(self, started: Started | None = None) -> str:
        return started.url if started else self.get_cancel_url()

    def get_cancel_url(self) -> str:
        return reverse("my-method", args=[self.method.pk])


class Edit(OwnMethod, ConfirmedAddress, PortalFormPage):
    """The billing address, and the name of a bank account."""

    template_name = "wallet/edit.html"
    fragment_template_name = "wallet/edit_form.html"
    form_class = AddressForm

    def get_title(self) -> str:
        return _("Edit %(method)s") % {"method": method_text(self.method)}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "kind": self.method.kind}

    def get_initial(self) -> dict[str, Any]:
        return AddressForm.of(self.method)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"method": self.method, **kwargs})

    def run(self, form: Any) -> PaymentMethod:
        return editing.edit_method(method=self.method, address=form.address, nickname=form.nickname, now=timezone.now())

    def get_success_message(self, result: Any) -> str:
        return _("Your changes are saved.")

    def get_cancel_url(self) -> str:
        return reverse("my-method", args=[self.method.pk])


class Return(PortalMixin):
    """Back from the processor's page. What was saved there is kept; being late or here twice changes nothing."""

    nav = "my-wallet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        setup = finished(get_object_or_404(SetupSession, pk=kwargs["setup"], account=self.account))
        self.tell(setup)
        # The same number with a new date: the one that was to be replaced is up to date, and is shown.
        method = setup.method_id or (None if self.replaced(setup) else setup.replaces_id)
        if method:
            return SeeOther(reverse("my-method", args=[method]))
        return SeeOther(f"{reverse('my-wallet')}?kind={setup.kind}")

    def tell(self, setup: SetupSession) -> None:
        if setup.state == "done":
            messages.success(self.request, self.saved(setup))
        elif setup.state == "open":
            messages.info(self.request, _("It will appear here as soon as your bank has confirmed it."))
        else:
            messages.error(self.request, _("Nothing was saved: the page had expired or your wallet is full."))

    def replaced(self, setup: SetupSession) -> bool:
        return setup.replaces is not None and setup.replaces.status == "removed"

    def saved(self, setup: SetupSession) -> str:
        if self.replaced(setup):
            return _("Replaced. What the old one was allowed, and the payments planned with it, moved to this one.")
        if setup.method_id is None:
            return _said_again(setup)
        if setup.kind == "bank":
            return _("Your bank account is saved.")
        return _("Your card is saved.")


def _said_again(setup: SetupSession) -> str:
    if setup.kind == "bank":
        return _("This bank account was already in your wallet: it is now up to date.")
    return _("This card was already in your wallet: it is now up to date.")
