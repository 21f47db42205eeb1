"""What the processor takes, by a saved method or on its page; the page, and the way back from it."""

import datetime as dt
import logging
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Client
from billing import tasks
from billing.models import Attempt, Payment
from billing.services import parts, paying
from billing.services.parts import OpenInvoice, Order
from billing.services.paying import Opened
from billing.views.waking import wake
from smartrec.errors import Refused
from smartrec.money import format_money
from smartrec.numbers import number
from smartrec.views import Command, OrganizationMixin, SeeOther
from smartrec.views.acts import FormMixin
from wallet.models import Authorization
from wallet.processor import ProcessorUnavailable

log = logging.getLogger("billing.paying")


class ByProcessor(FormMixin):
    """A form whose money the processor takes: by a method the client authorized, or by a card typed on its page."""

    takes_money = True
    client: Client
    request: Any
    # The method's own holder is at the keyboard.
    by_holder = False

    @property
    def today(self) -> dt.date:
        return self.client.organization.local_day(timezone.now())

    @cached_property
    def owed(self) -> list[OpenInvoice]:
        return parts.open_invoices(client=self.client, on=self.today)

    @property
    def only_total(self) -> bool:
        """Something was ticked or typed, and only the amounts are asked for."""
        return self.request.POST.get("do") == "total"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "authorizations": self.chargeable(),
            "invoices": self.owed,
            "currency": self.client.organization.currency,
            "only": number(self.request.GET.get("invoice", "")),
            "totalling": self.only_total,
        }

    def chargeable(self) -> QuerySet[Authorization]:
        """What this client lets the organization charge, as it is proposed: the default first, cards before banks."""
        mine = Authorization.objects.for_organization(self.client.organization).chargeable().filter(client=self.client)
        return mine.select_related("method").order_by("-method__is_default", "-method__kind", "pk")

    def take(self, order: Order, authorization: Authorization | None) -> Payment | Opened:
        """Have the saved method charged by the next sweep; without one, open the page where a card is typed."""
        terms: dict[str, Any] = {"client": self.client, "order": order, "by": self.request.user, "now": timezone.now()}
        if authorization is not None:
            payment = paying.charge(authorization=authorization, by_holder=self.by_holder, **terms)
            wake(tasks.dispatch)
            return payment
        return paying.open_page(
            language=get_language() or "fr",
            return_url=lambda payment: str(self.request.build_absolute_uri(self.way_back(payment))),
            cancel_url=self.request.build_absolute_uri(self.get_cancel_url()),
            **terms,
        )

    def way_back(self, payment: int) -> str:
        """The page that hears what was done at the processor's."""
        raise NotImplementedError

    def page_of(self, payment: int) -> str:
        raise NotImplementedError

    def get_success_url(self, result: Any = None) -> str:
        if isinstance(result, Opened):
            return result.url
        return self.page_of(result.pk) if isinstance(result, Payment) else self.get_cancel_url()

    def get_success_message(self, result: Any) -> str:
        if not isinstance(result, Payment):
            return ""
        amount = format_money(result.amount, result.currency)
        return _("The payment of %(amount)s is being processed.") % {"amount": amount}


class OfPayment(OrganizationMixin):
    """A page about one payment that the processor takes for the organization."""

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        taken = Payment.objects.for_organization(self.organization).filter(received_on=None)
        self.payment = get_object_or_404(taken, pk=kwargs["payment"])

    @property
    def own_page(self) -> str:
        return self.org_url("payment", payment=self.payment.pk)


class PaymentReturn(OfPayment):
    """Staff come back from the processor's page."""

    permission_required = "payments.take"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        finished(request, self.payment)
        return SeeOther(self.own_page)


class ClosePage(OfPayment, Command):
    """Nobody will pay on this page any more."""

    permission_required = "payments.take"

    def run(self, data: dict[str, Any]) -> Attempt:
        try:
            return paying.close_page(attempt=self.payment.attempts.latest("number"), now=timezone.now())
        except ProcessorUnavailable as problem:
            raise Refused(_("The payment processor does not answer. Try again in a minute.")) from problem

    def get_success_message(self, result: Attempt) -> str:
        if result.state == "cancelled":
            return _("The page is closed: nothing was charged.")
        return _("The payment had been made already.")

    def get_success_url(self, result: Any = None) -> str:
        return self.own_page


def finished(request: HttpRequest, payment: Payment) -> None:
    """Book what was paid on the page; when the processor does not answer now, the sweep asks again."""
    last = payment.attempts.order_by("-number").first()
    if last is None:
        return
    try:
        paying.finish_page(attempt=last, now=timezone.now())
    except ProcessorUnavailable as problem:
        log.warning("page_not_read", extra={"payment": payment.pk, "problem": str(problem)})
        messages.info(request, _("The result of this payment will show here in a few minutes."))
