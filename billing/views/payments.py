"""The page of one payment: every try to take it, which invoices it paid, and one more try."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import results, tasks, words
from billing.documents.receipts import RECEIVED
from billing.forms import RetryForm
from billing.models import Attempt, Payment
from billing.models.payment import UNTAKEN
from billing.movements import with_given_back
from billing.services import refundable, refunding, refused_methods, retrying
from billing.services.reconciliation_states import states_of
from billing.services.retrying import CannotRetry
from billing.views.refunds import desk_refunds_of, disputes_of, refunds_of
from billing.views.waking import wake
from smartrec.money import format_money
from smartrec.views import DetailPage, FormPage, SeeOther
from wallet.models import Authorization

ITEM = ("item__invoice",)


class PaymentPage(DetailPage):
    """One receipt: how it was taken, try by try, and which invoices it paid."""

    permission_required = "payments.view"
    nav = "accounts"
    template_name = "billing/payment.html"
    pk_url_kwarg = "payment"

    def rows(self) -> QuerySet[Payment]:
        related = ("client__account__owner", "person", "run", "created_by")
        payments = Payment.objects.for_organization(self.organization).select_related(*related).with_state()
        return with_given_back(payments)

    def get_title(self) -> str:
        told = {"number": self.object.display_number}
        return _("Deposit %(number)s") % told if self.object.is_deposit else _("Payment %(number)s") % told

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        payment = self.object
        tries = list(payment.attempts.select_related("method", "created_by").order_by("-number"))
        last = tries[0] if tries else None
        state = last.state if last else None
        linked = payment.allocations.select_related("item__invoice").order_by("pk")
        return super().get_context_data(
            tries=[_told(attempt) for attempt in tries],
            last=last,
            received_as=words.received_as(payment),
            status=_status(payment, state, last.number if last else 1),
            linked=states_of(payments=[payment.pk])["payment", payment.pk],
            links=linked,
            planned=[] if linked or _is_over(payment, state) else payment.planned_allocations.select_related(*ITEM),
            refunds=refunds_of(payment),
            desk_refunds=desk_refunds_of(payment),
            disputes=disputes_of(payment),
            has_receipt=state is None or state in RECEIVED,
            refund_page=self.refund_page(),
            may_release=bool(payment.held) and self.can("payments.take"),
            free=_free(payment),
            page_is_open=last is not None and last.state == "sent" and bool(last.processor_page),
            may_retry=_may_retry(payment, last.state if last else ""),
            **kwargs,
        )

    def refund_page(self) -> str:
        """Where what is left of it is given back: by the processor, or by hand; empty when nothing can be."""
        payment = self.object
        refused = refunding.refusal(payment, now=timezone.now()) if self.can("payments.refund") else "not_allowed"
        if refused == "at_the_desk":
            return "payment-give-back" if payment.refunded < payment.amount else ""
        return "" if refused else "payment-refund"


def _may_retry(payment: Payment, state: str) -> bool:
    undone = payment.run is not None and payment.run.is_undone
    return state in UNTAKEN and not undone


def _free(payment: Payment) -> int:
    """What of it pays nothing and can be used."""
    [*lines] = refundable.of_payments(Payment.objects.filter(pk=payment.pk), payment.client)
    return sum(line.free for line in lines if not line.of_deposit)


def _is_over(payment: Payment, state: str | None) -> bool:
    """Whether the money went back and is linked to nothing any more, or will never move."""
    gone = payment.refunded >= payment.amount
    return gone or state in ("returned", "cancelled") or (state in (None, "succeeded") and payment.reconcile)


def _status(payment: Any, state: str | None, number: int) -> str:
    facts = {"amount": payment.amount, "given_back": payment.given_back, "disputed": payment.is_disputed}
    return words.payment_badge(state, number, **facts)


def _told(attempt: Attempt) -> dict[str, Any]:
    """An attempt with its badge and, when it failed, why; a page that was closed was refused by nobody."""
    failed = attempt.state in results.GROUPS["failed"] + results.GROUPS["not_taken"]
    failed = failed and not (attempt.state == "cancelled" and not attempt.reason)
    return {
        "attempt": attempt,
        "status": words.payment_status(attempt.state),
        "failure": words.failure(attempt.state, attempt.reason, attempt.advice) if failed else None,
    }


class RetryPayment(FormPage):
    """Try a failed payment again, by the same method or by another the client has authorized."""

    permission_required = "payments.retry"
    takes_money = True
    nav = "accounts"
    form_class = RetryForm
    template_name = fragment_template_name = "billing/payment_retry.html"
    title = gettext_lazy("Retry the payment")

    @cached_property
    def payment(self) -> Payment:
        taken = Payment.objects.for_organization(self.organization).filter(received_on=None)
        payments = taken.select_related("client__account__owner")
        return get_object_or_404(payments.with_state(), pk=self.kwargs["payment"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = getattr(self.payment, "state", "")
        if not _may_retry(self.payment, state):
            messages.info(request, str(words.refusal(self._why_not(state))))
            return SeeOther(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def _why_not(self, state: str) -> str:
        return "run_undone" if state in UNTAKEN else retrying.why_not(self.last)

    @cached_property
    def last(self) -> Attempt:
        return self.payment.attempts.latest("number")

    @property
    def same_again(self) -> bool:
        """Whether the method that failed may be tried once more."""
        return refused_methods.may_retry(self.last)

    def get_form_kwargs(self) -> dict[str, Any]:
        usable = Authorization.objects.for_organization(self.organization).chargeable()
        mine = usable.filter(client=self.payment.client).select_related("method")
        if not self.same_again:
            mine = mine.exclude(method=self.last.method_id)
        return {**super().get_form_kwargs(), "authorizations": mine.order_by("-method__is_default", "pk")}

    def get_initial(self) -> dict[str, Any]:
        return {"authorization": self.last.authorization_id} if self.same_again else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        amount = format_money(self.payment.amount, self.payment.currency)
        return super().get_context_data(
            submit_label=_("Retry %(amount)s") % {"amount": amount},
            last=self.last,
            failure=words.failure(self.last.state, self.last.reason, self.last.advice),
            **kwargs,
        )

    def run(self, form: BaseForm) -> Attempt | None:
        chosen = form.cleaned_data["authorization"]
        try:
            attempt = retrying.retry(
                payment=self.payment, by=self.request.user, now=timezone.now(), authorization=chosen
            )
        except CannotRetry as refusal:
            messages.error(self.request, str(words.refusal(refusal.reason)))
            return None
        wake(tasks.dispatch)
        return attempt

    def get_success_message(self, result: Attempt | None) -> str:
        return _("The payment is being retried.") if result else ""

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payment", payment=self.payment.pk)

    get_cancel_url = get_success_url
