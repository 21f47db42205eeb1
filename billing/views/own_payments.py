"""What a household has paid, and what became of each payment."""

import logging
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from billing import households, words
from billing.documents.letterhead import taken_by
from billing.models import Allocation, DeskRefundPart, Payment
from billing.services import confirming
from billing.views.own_pages import OwnList
from billing.views.paying import finished
from smartrec.errors import Refused
from smartrec.views import PortalCommand, PortalMixin, SeeOther
from wallet.processor import ProcessorUnavailable

log = logging.getLogger("billing.paying")


class MyPayments(OwnList):
    """What the household has paid, the newest first, with what became of each payment."""

    title = gettext_lazy("Payments")
    part = "my-payments"
    template_name = "billing/my_payments.html"

    def rows(self) -> QuerySet[Payment]:
        mine = self.of_asked(households.payments_of(self.account))
        return mine.order_by("-created_at", "-pk").prefetch_related("attempts__method")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for payment in context["page"].object_list:
            payment.own_state = households.payment_state(payment)
            tries = sorted(payment.attempts.all(), key=lambda attempt: attempt.number)
            payment.made_by = taken_by(payment, tries[-1] if tries else None)
        return context


class OwnPayment(PortalMixin):
    """A page about one payment of the household."""

    nav = "my-invoices"

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        self.payment: Any = get_object_or_404(households.payments_of(self.account), pk=kwargs["payment"])

    @property
    def own_page(self) -> str:
        return reverse("my-payment", args=[self.payment.pk])


class MyPayment(OwnPayment, TemplateView):
    """What became of a payment: paid, on its way, refused, or waiting for its holder."""

    template_name = "billing/my_payment.html"
    fragment_template_name = "billing/my_payment_state.html"

    def get_template_names(self) -> list[str]:
        return [self.fragment_template_name if self.is_fragment else self.template_name]

    def get_title(self) -> str:
        return _("Payment %(number)s") % {"number": self.payment.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        payment = self.payment
        last = payment.attempts.select_related("method").order_by("-number").first()
        return super().get_context_data(
            **{
                **kwargs,
                "payment": payment,
                "last": last,
                "state": last.state if last else "succeeded",
                "own_state": households.payment_state(payment),
                "received_as": words.received_as(payment),
                "paid": self.paid(),
                "back": self.came_back(),
            }
        )

    def paid(self) -> list[dict[str, Any]]:
        """The invoices it paid, and how much of each."""
        links = Allocation.objects.filter(payment=self.payment).select_related("item__invoice").order_by("item")
        found: dict[Any, int] = {}
        for link in links:
            found[link.item.invoice] = found.get(link.item.invoice, 0) + link.amount
        return [{"invoice": invoice, "amount": cents} for invoice, cents in found.items()]

    def came_back(self) -> list[dict[str, Any]]:
        """What came back of it, or is about to: by the way it was paid, or at the desk."""
        refunds = [
            {"on": refund.settled_at or refund.created_at, "amount": refund.amount, "done": refund.state == "succeeded"}
            for refund in self.payment.refunds.living().order_by("number")
        ]
        desk = DeskRefundPart.objects.filter(payment=self.payment, refund__state="given", refund__reason="given")
        given = [
            {"on": part.refund.given_on, "amount": part.amount, "done": True, "paper": part.refund_id}
            for part in desk.select_related("refund").order_by("pk")
        ]
        return [*refunds, *given]


class MyPaymentReturn(OwnPayment):
    """Back from the processor's page, or from the bank's. Being late or here twice changes nothing."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        finished(request, self.payment)
        confirming.finish_at_the_bank(payment=self.payment, now=timezone.now())
        return SeeOther(self.own_page)


class ConfirmPayment(OwnPayment, PortalCommand):
    """The holder goes to their bank's page and confirms a payment there."""

    takes_money = True

    def run(self, data: dict[str, Any]) -> str:
        try:
            return confirming.confirm_with_holder(payment=self.payment, by=self.request.user, now=timezone.now())
        except ProcessorUnavailable as problem:
            log.warning("bank_not_reached", extra={"payment": self.payment.pk, "problem": str(problem)})
            raise Refused(_("The payment processor does not answer. Try again in a minute.")) from problem

    def get_success_url(self, result: str = "") -> str:
        return result or self.own_page
