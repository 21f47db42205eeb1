"""A household pays what it owes: its credit first, then a saved method or a card typed once."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from billing import households
from billing.models import Payment
from billing.own_forms import OwnPayForm
from billing.services import crediting, parts, sources
from billing.services.paying import Opened
from billing.views.paying import ByProcessor
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.views import PortalFormPage, PortalMixin, SeeOther
from smartrec.views.keys import key_of

Made = Payment | Opened | int


class WhatIOwe(PortalMixin, TemplateView):
    """Which organization to pay; with one only, its page at once."""

    title = gettext_lazy("Pay")
    nav = "my-home"
    template_name = "billing/my_balances.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        owing = [client for client in households.clients_of(self.account) if client.balance > 0]
        if len(owing) == 1:
            return SeeOther(reverse("my-pay-to", args=[owing[0].pk]))
        return self.render_to_response(self.get_context_data(owing=owing))


class Pay(ByProcessor, PortalFormPage):
    """The holder chooses invoices, sees what credit is used and what is left, and pays it whole or in part."""

    nav = "my-home"
    form_class = OwnPayForm
    template_name = "billing/my_pay.html"
    fragment_template_name = "billing/my_pay_form.html"
    submit_label = gettext_lazy("Pay")
    by_holder = True

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        self.client = get_object_or_404(households.clients_of(self.account), pk=kwargs["client"])

    def get_title(self) -> str:
        return _("Pay %(organization)s") % {"organization": self.client.organization}

    @cached_property
    def credit(self) -> int:
        return sources.available(self.client)

    @cached_property
    def payable(self) -> int:
        """In cents: what is due and not already being paid."""
        return parts.payable(client=self.client, on=self.today)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "credit": self.credit, "payable": self.payable}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        due = any(one.due for one in self.owed)
        return super().get_context_data(
            owing=self.client,
            payable=self.payable,
            being_paid=self.client.balance > self.payable,
            may_pay=due and bool(self.payable or self.credit),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.only_total:
            return self.render_to_response(self.get_context_data(form=self.get_form()))
        if known := self.made_before():
            messages.info(request, _("This form was sent already: this is its payment."))
            return SeeOther(self.page_of(known.pk))
        return super().post(request, *args, **kwargs)

    def made_before(self) -> Payment | None:
        """The payment that this very form has made: sent again, it makes no other."""
        key = key_of(self.request)
        return Payment.objects.filter(key=key, client=self.client).first() if key else None

    def form_refused(self, form: OwnPayForm, refusal: Refused) -> HttpResponse:
        """Show what is due, and what credit there is, now: what was refused was refused because it had changed."""
        for name in ("owed", "credit", "payable"):
            self.__dict__.pop(name, None)
        self.client.refresh_from_db(fields=["balance"])
        form = OwnPayForm(**{**self.get_form_kwargs(), "totalling": True})
        form.add_error(None, str(refusal))
        return self.form_invalid(form)

    def run(self, form: OwnPayForm) -> Made:
        if form.takes_money:
            return self.take(form.order, form.authorization)
        return crediting.settle(client=self.client, order=form.order, by=self.request.user, now=timezone.now())

    def way_back(self, payment: int) -> str:
        return reverse("my-payment-return", args=[payment])

    def page_of(self, payment: int) -> str:
        return reverse("my-payment", args=[payment])

    def get_success_url(self, result: Any = None) -> str:
        return reverse("my-invoices") if isinstance(result, int) else super().get_success_url(result)

    def get_success_message(self, result: Any) -> str:
        """None for a payment: its own page says how far it is."""
        if not isinstance(result, int):
            return ""
        amount = format_money(result, self.client.organization.currency)
        return _("Paid with your credit of %(amount)s. Nothing was charged.") % {"amount": amount}

    def get_cancel_url(self) -> str:
        return reverse("my-home")
