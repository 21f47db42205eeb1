"""Adding a card or a bank account: what is asked before the processor's page, and the way back from it."""

import logging
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
from smartrec.errors import Refused
from smartrec.views import PortalFormPage, PortalMixin, SeeOther
from wallet.consents import Consent, consent
from wallet.forms import BankForm, CardForm
from wallet.models import SetupSession
from wallet.processor import ProcessorUnavailable
from wallet.services import finishing, setups
from wallet.services.setups import Started
from wallet.views.household import clients_of
from wallet.views.visitor import language, signed_in, visitor

log = logging.getLogger("wallet.saving")


class AddMethod(PortalFormPage):
    """The billing address and who may charge the method; the number itself is typed on the processor's page."""

    nav = "my-wallet"
    template_name = "wallet/add.html"
    fragment_template_name = "wallet/add_form.html"
    form_class: type[CardForm] = CardForm
    submit_label = gettext_lazy("Continue to the secure page")

    @cached_property
    def agreements(self) -> dict[Organization, Consent]:
        """The words to agree to, for each organization that could charge the new method."""
        served = [client.organization for client in clients_of(self.account)]
        kind = self.form_class.kind
        if kind == "bank":
            served = [one for one in served if one.bank_rail == served[0].bank_rail]
        on = timezone.localdate()
        return {
            one: consent(rail=one.bank_rail if kind == "bank" else "card", organization=one, language=language(), on=on)
            for one in served
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "agreements": self.agreements}

    def get_initial(self) -> dict[str, Any]:
        return self.form_class.known(self.account)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(kind=self.form_class.kind, agreements=self.agreements, **kwargs)

    def run(self, form: Any) -> Started:
        try:
            return setups.start_setup(
                account=self.account,
                kind=form.kind,
                organization=form.organization,
                address=form.address,
                nickname=form.cleaned_data.get("nickname", ""),
                by=signed_in(self.request),
                now=timezone.now(),
                language=language(),
                return_url=self.way_back,
                cancel_url=self.request.build_absolute_uri(self.get_cancel_url()),
                **visitor(self.request),
            )
        except ProcessorUnavailable as problem:
            log.warning("page_not_opened", extra={"account": self.account.pk, "problem": str(problem)})
            raise Refused(
                _("The payment processor does not answer. Nothing was saved; try again in a minute.")
            ) from problem

    def way_back(self, setup: int) -> str:
        return self.request.build_absolute_uri(reverse("my-wallet-return", args=[setup]))

    def get_success_url(self, started: Started | None = None) -> str:
        return started.url if started else self.get_cancel_url()

    def get_cancel_url(self) -> str:
        return f"{reverse('my-wallet')}?kind={self.form_class.kind}"


class AddCard(AddMethod):
    title = gettext_lazy("Add a card")


class AddBank(AddMethod):
    title = gettext_lazy("Add a bank account")
    form_class = BankForm


class Return(PortalMixin):
    """Back from the processor's page. What was saved there is kept; being late or here twice changes nothing."""

    nav = "my-wallet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        setup = get_object_or_404(SetupSession, pk=kwargs["setup"], account=self.account)
        try:
            setup = finishing.finish_setup(session_pk=setup.pk, now=timezone.now())
        except ProcessorUnavailable as problem:
            log.warning("way_back_unfinished", extra={"setup": setup.pk, "problem": str(problem)})
        self.tell(setup)
        if setup.method_id:
            return SeeOther(reverse("my-method", args=[setup.method_id]))
        return SeeOther(f"{reverse('my-wallet')}?kind={setup.kind}")

    def tell(self, setup: SetupSession) -> None:
        if setup.state == "done":
            messages.success(self.request, self.saved(setup))
        elif setup.state == "open":
            messages.info(self.request, _("It will appear here as soon as your bank has confirmed it."))
        else:
            messages.error(self.request, _("Nothing was saved: the page had expired or your wallet is full."))

    def saved(self, setup: SetupSession) -> str:
        if setup.method_id is None:
            return _("It was already in your wallet and is now up to date.")
        if setup.kind == "bank":
            return _("Your bank account is saved.")
        return _("Your card is saved.")
