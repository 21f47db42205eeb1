"""Making a payment in a client's file: several invoices at once, credit first, by any way money comes in."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.views.client_file import ClientFile
from billing.models import Payment
from billing.services import crediting, receiving
from billing.services.paying import Opened
from billing.services.sources import sources_of
from billing.staff_forms import TakeForm
from billing.views.paying import ByProcessor
from smartrec.errors import Refused
from smartrec.money import format_money, plain_money
from smartrec.views import FormPage

Made = Payment | Opened | int


class TakePayment(ByProcessor, ClientFile, FormPage):
    """Staff take a payment: a method the client authorized, a card typed once, or money that is handed over."""

    permission_required = "payments.take"
    tab = "client-billing"
    title = gettext_lazy("Make a payment")
    form_class = TakeForm
    template_name = "billing/take_payment.html"
    fragment_template_name = "billing/take_form.html"

    @cached_property
    def credits(self) -> list[Any]:
        return sources_of([self.client])

    def get_form_kwargs(self) -> dict[str, Any]:
        credit, email = sum(credit.free for credit in self.credits), self.client.account.email
        return {**super().get_form_kwargs(), "credit": credit, "today": self.today, "email": email}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(owed=self.owed, credits=self.credits, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.only_total:
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.full_clean()
        swapped = request.headers.get("HX-Target") == "total"
        templates = ["billing/take_total.html"] if swapped else self.get_template_names()
        return self.response_class(request, templates, self.get_context_data(form=form, swapped=swapped))

    def form_refused(self, form: TakeForm, refusal: Refused) -> HttpResponse:
        """Show what is due now: what was refused was refused because it had changed."""
        for name in ("owed", "credits"):
            self.__dict__.pop(name, None)
        form = TakeForm(**{**self.get_form_kwargs(), "data": self._typed_again()})
        form.full_clean()
        form.add_error(None, str(refusal))
        return self.form_invalid(form)

    def _typed_again(self) -> Any:
        """What was typed; where an invoice has changed since, all that is due on it now."""
        data = self.request.POST.copy()
        for one in self.owed:
            if data.get(f"seen_{one.invoice.pk}") != str(one.due):
                data[f"pay_{one.invoice.pk}"] = plain_money(one.due)
        return data

    def run(self, form: TakeForm) -> Made:
        if form.takes_money and not form.is_received:
            return self.take(form.order, form.authorization)
        terms: dict[str, Any] = {
            "client": self.client,
            "order": form.order,
            "by": self.request.user,
            "now": timezone.now(),
        }
        if form.takes_money:
            return receiving.receive(received=form.money, **terms)
        return crediting.settle(**terms)

    def way_back(self, payment: int) -> str:
        return self.org_url("payment-return", payment=payment)

    def page_of(self, payment: int) -> str:
        return self.org_url("payment", payment=payment)

    def get_success_message(self, result: Made) -> str:
        if isinstance(result, int):
            return _("Credit of %(amount)s used. Nothing was charged.") % {"amount": self._money(result)}
        if isinstance(result, Opened) or result.received_on is None:
            return super().get_success_message(result)
        told = {"number": result.display_number, "amount": self._money(result.amount)}
        self.client.refresh_from_db(fields=["balance"])
        told["balance"] = self._owed(self.client.balance)
        return _("Payment %(number)s accepted: %(amount)s. Balance %(balance)s.") % told

    def _money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)

    def _owed(self, cents: int) -> str:
        return f"{self._money(-cents)} {pgettext('balance', 'credit')}" if cents < 0 else self._money(cents)

    def get_cancel_url(self) -> str:
        return self.org_url("client-billing", client=self.client.pk)
