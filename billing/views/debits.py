"""Asking holders for one debit from the review of a mass charge, and their page to authorize it."""

from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from billing import households, tasks
from billing.models import DebitRequest, Payment
from billing.services import debit_requests
from billing.services.debit_requests import Consent
from billing.views.runs import OfCharge
from billing.views.steering import RunCommand
from billing.views.waking import wake
from smartrec import formats
from smartrec.forms import Form
from smartrec.money import format_money
from smartrec.views import PortalFormPage, SeeOther
from wallet.views.visitor import visitor


class AskHolders(OfCharge, RunCommand):
    """Write to every holder of a draft who has to authorize the debit. Charges nothing."""

    permission_required = "charges.mass"

    def act(self) -> str:
        n = debit_requests.ask(run=self.run_row, by=self.by, now=self.now)
        if not n:
            return _("Everybody was asked already.")
        text = ngettext("%(n)s account holder was asked by email.", "%(n)s account holders were asked by email.", n)
        return text % {"n": formats.count(n)}

    def where(self) -> str:
        return f"{self.run_url()}?show=excluded"


class AuthorizeForm(Form):
    """The box a holder ticks: unticked at first, its words are what is kept."""

    agree = forms.BooleanField(error_messages={"required": gettext_lazy("Tick the box to authorize this debit.")})

    def __init__(self, *args: Any, words: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].label = words


class AuthorizeDebit(PortalFormPage):
    """The holder sees how much, for which invoices, from which account, and authorizes this one debit."""

    nav = "my-home"
    form_class = AuthorizeForm
    template_name = fragment_template_name = "billing/my_debit.html"
    takes_money = True

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        mine = DebitRequest.objects.filter(client__in=households.clients_of(self.account))
        related = ("client__organization", "organization", "authorization__method", "payment")
        self.asked = get_object_or_404(mine.select_related(*related), pk=kwargs["debit"])

    def get_title(self) -> str:
        return _("Authorize a debit of %(amount)s") % {"amount": self.amount}

    def get_submit_label(self) -> str:
        return _("Authorize and pay %(amount)s") % {"amount": self.amount}

    @property
    def amount(self) -> str:
        return format_money(self.asked.amount, self.asked.currency)

    @cached_property
    def words(self) -> str:
        return debit_requests.consent_text(self.asked)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "words": self.words}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.asked.payment_id:
            return SeeOther(reverse("my-payment", args=[self.asked.payment_id]))
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.asked.payment_id:
            return SeeOther(reverse("my-payment", args=[self.asked.payment_id]))
        return super().post(request, *args, **kwargs)

    def run(self, form: AuthorizeForm) -> Payment:
        consent = Consent(text=self.words, language=get_language() or "fr", **visitor(self.request))
        made = debit_requests.authorize(request=self.asked, consent=consent, by=self.request.user, now=timezone.now())
        wake(tasks.dispatch)
        return made

    def get_success_url(self, result: Any = None) -> str:
        return reverse("my-payment", args=[result.pk]) if isinstance(result, Payment) else reverse("my-home")

    def get_success_message(self, result: Any) -> str:
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stands = debit_requests.still_stands(self.asked, on=self.asked.organization.local_day(timezone.now()))
        lapsed = self.asked.status(timezone.now()) == "lapsed"
        stands = stands and self.asked.authorization.state == "granted" and not lapsed
        lines = debit_requests.owed_on(self.asked)
        shown = {
            "asked": self.asked,
            "lines": lines,
            "stands": stands,
            "lapsed": lapsed,
            "submit_label": self.get_submit_label(),
        }
        return super().get_context_data(**{**kwargs, **shown})
