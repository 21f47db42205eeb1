"""Giving back a part or all of a payment: how much, then the question, then a worker sends it."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import tasks, words
from billing.forms import RefundForm
from billing.models import Attempt, DeskRefund, Payment, Refund
from billing.services import refunding, undoing
from billing.services.refunding import CannotRefund
from billing.views.signing import must_sign_in_again, sign_in_again
from billing.views.waking import wake
from billing.words.handing_back import WHY, given_as
from smartrec.money import format_money
from smartrec.templatetags.smartrec import method_text
from smartrec.views import FormPage, SeeOther


def refunds_of(payment: Payment) -> list[dict[str, Any]]:
    """Each refund of a payment, latest first, with why it waits or failed."""
    rows = payment.refunds.select_related("created_by").order_by("-number")
    return [{"refund": row, "why": words.refund_reason(row.state, row.reason)} for row in rows]


def desk_refunds_of(payment: Payment) -> list[dict[str, Any]]:
    """Each refund handed back at the desk out of this payment, latest first."""
    parts = payment.desk_refund_parts.select_related("refund").order_by("-refund__number", "of_deposit")
    return [{"part": part, "refund": part.refund, "how": _how(part.refund)} for part in parts]


def _how(refund: DeskRefund) -> str:
    """How it went back; where no money was given, why it was taken back."""
    return given_as(refund) if refund.reason == "given" else str(WHY[refund.reason])


def disputes_of(payment: Payment) -> list[dict[str, Any]]:
    """Each dispute of a payment with its badge and what the holder says."""
    return [
        {
            "dispute": row,
            "status": words.dispute_status(row.status, withdrawn=row.withdrawn, final=row.closed_at is not None),
            "reason": words.DISPUTE_REASONS.get(row.reason, _("Disputed by the client’s bank")),
        }
        for row in payment.disputes.order_by("-opened_at")
    ]


class RefundPayment(FormPage):
    """Give money back to what paid: the amount first, then one question about it."""

    permission_required = "payments.refund"
    takes_money = True
    nav = "accounts"
    form_class = RefundForm
    template_name = fragment_template_name = "billing/payment_refund.html"

    @cached_property
    def payment(self) -> Payment:
        payments = Payment.objects.for_organization(self.organization).select_related("client__account__owner")
        return get_object_or_404(payments, pk=self.kwargs["payment"])

    def get_title(self) -> str:
        return _("Refund payment %(number)s") % {"number": self.payment.display_number}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refused = refunding.refusal(self.payment, now=timezone.now())
        if refused == "at_the_desk":
            return SeeOther(self.org_url("payment-give-back", payment=self.payment.pk))
        if refused:
            messages.info(request, str(words.refund_refusal(refused)))
            return SeeOther(self.get_success_url())
        return super().get(request, *args, **kwargs)

    @cached_property
    def paid(self) -> Attempt | None:
        return self.payment.attempts.select_related("method").filter(state="succeeded").first()

    @property
    def method(self) -> str:
        """What paid, in words."""
        return method_text(self.paid.method or self.paid.instrument) if self.paid else ""

    @property
    def rest(self) -> int:
        return self.payment.amount - self.payment.refunded

    def money(self, cents: int) -> str:
        return format_money(cents, self.payment.currency)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "most": max(self.rest, 1), "currency": self.payment.currency}

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.rest, "seen": self.payment.refunds.count()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"method": self.method, "amount": self.money(self.payment.amount), "rest": self.money(self.rest)}
        where = _("%(amount)s was paid with %(method)s. Up to %(rest)s can go back, to the same method only.")
        return super().get_context_data(**{"submit_label": _("Continue"), "where": where % facts, **kwargs})

    def form_valid(self, form: Any) -> HttpResponse:
        if form.is_confirmed and not must_sign_in_again(self.request, self.organization, form.cleaned_data["amount"]):
            return super().form_valid(form)
        self.request.payment_outcome = "none"
        return sign_in_again(self.request.path) if form.is_confirmed else self.ask(form)

    def ask(self, form: Any) -> HttpResponse:
        """The question before the money goes, with what was typed."""
        typed = form.cleaned_data
        facts = {"amount": self.money(typed["amount"]), "method": self.method, "name": self.payment.client}
        after = _("The invoice stays as it is: %(name)s will owe %(amount)s again, and the balance will show it.")
        undone = undoing.would_undo(payment=self.payment) if typed["amount"] == self.rest else None
        last = _(
            "Nothing else of mass charge %(run)s is kept: it is then undone, and its failures are not tried again."
        )
        kept = {name: form[name].value() for name in ("amount", "note", "seen")}
        context = self.get_context_data(
            form=form,
            question={
                "text": _("%(amount)s will go back to %(method)s.") % facts,
                "after": after % facts,
                "last": last % {"run": undone} if undone else "",
            },
            kept=[*kept.items(), ("confirmed", typed["amount"])],
            kept_note=typed["note"],
            submit_label=_("Refund %(amount)s") % facts,
        )
        return self.render_to_response(context)

    def run(self, form: Any) -> Refund | None:
        typed = form.cleaned_data
        asked = {name: typed[name] for name in ("amount", "note", "seen")}
        try:
            refund = refunding.request_refund(payment=self.payment, by=self.request.user, now=timezone.now(), **asked)
        except CannotRefund as refusal:
            messages.error(self.request, str(words.refund_refusal(refusal.reason)))
            return None
        wake(tasks.give_back)
        return refund

    def get_success_message(self, result: Refund | None) -> str:
        if result is None:
            return ""
        return _("The refund of %(amount)s is on its way.") % {"amount": self.money(result.amount)}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payment", payment=self.payment.pk)

    get_cancel_url = get_success_url
