"""Money handed back at the desk: recorded from a client's file or from a payment's page, shown, printed, voided."""

from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Client, User
from accounts.views.client_file import ClientFile
from billing.documents import refunds as documents
from billing.models import DeskRefund, Payment
from billing.services import handing_back, refundable
from billing.services.refundable import Chosen, Refundable
from billing.staff_forms import GiveBackForm, RecordRefundForm
from billing.staff_forms.handing_back import RefundFields
from billing.views.asking import Asks
from billing.views.papers import as_download
from billing.words import RECEIVED
from billing.words.handing_back import WHY, given_as, source_detail, source_name
from smartrec.errors import Refused
from smartrec.formats import long_date
from smartrec.money import format_money
from smartrec.views import DetailPage, FormPage, OrganizationMixin, SeeOther
from smartrec.views.keys import key_of


def _named(of: Any, *, of_deposit: bool) -> dict[str, str]:
    return {"what": source_name(of, of_deposit=of_deposit), "detail": source_detail(of)}


class HandBack(Asks, FormPage):
    """What the two ways to record money handed back share."""

    permission_required = "payments.refund"
    takes_money = True
    of_client: Client

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "today": self.organization.local_day(timezone.now()),
            "currency": self.organization.currency,
            "email": self.of_client.account.email,
        }

    def money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)

    def question(self, form: RefundFields) -> dict[str, Any]:
        typed = form.cleaned_data
        how = f"{RECEIVED[typed['kind']]} {typed['reference']}".strip()
        facts = {"amount": self.money(form.total), "name": self.of_client, "how": how, "day": long_date(typed["on"])}
        text = {
            "given": _("%(amount)s goes back to %(name)s: %(how)s, on %(day)s."),
            "bounced": _("The cheque of %(amount)s came back from the bank on %(day)s."),
            "mistake": _("%(amount)s was recorded by mistake: it is taken back in the books on %(day)s."),
        }[form.why]
        label = _("Refund %(amount)s") if form.why == "given" else _("Take back %(amount)s")
        return {"text": text % facts, "rows": [self.told(one) for one in form.chosen], "label": label % facts}

    def told(self, chosen: Chosen) -> dict[str, Any]:
        """One line of the question: what so much comes out of."""
        named = _named(chosen.of, of_deposit=chosen.of_deposit)
        title = f"{named['what']} {chosen.of.display_number}"
        return {"title": title, "detail": named["detail"], "cents": chosen.cents}

    def at_stake(self, form: RefundFields) -> int:
        return form.total

    def done_before(self, confirmed: str) -> DeskRefund | None:
        key = key_of(self.request)
        known = DeskRefund.objects.filter(key=key, client=self.of_client).first() if key else None
        return known if known and confirmed.startswith(f"{known.amount} {known.kind} ") else None

    def run(self, form: RefundFields) -> DeskRefund:
        typed = form.cleaned_data
        return handing_back.hand_back(
            client=self.of_client,
            kind=typed["kind"],
            sources=form.chosen,
            on=typed["on"],
            reference=typed["reference"],
            note=typed["note"],
            internal_note=typed["internal_note"],
            reason=form.why,
            key=form.key_of_it,
            email=typed.get("email_it", False),
            by=cast(User, self.request.user),
            now=timezone.now(),
        )

    def get_success_message(self, result: DeskRefund) -> str:
        told = {"number": result.display_number, "amount": self.money(result.amount)}
        return _("Refund %(number)s recorded: %(amount)s.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("desk-refund", refund=result.pk)


class RecordRefund(ClientFile, HandBack):
    """Choose deposits, credits and payments with free money: how much goes back, and how."""

    tab = "client-billing"
    title = gettext_lazy("Record a refund")
    form_class = RecordRefundForm
    template_name = fragment_template_name = "billing/refund_new.html"

    @property
    def of_client(self) -> Client:  # type: ignore[override]
        return self.client

    @cached_property
    def lines(self) -> list[Refundable]:
        return refundable.of_client(self.client)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "lines": self.lines}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = [{"line": line, **_named(line.of, of_deposit=line.of_deposit)} for line in self.lines]
        return super().get_context_data(**{"shown": shown, "free": sum(line.free for line in self.lines), **kwargs})

    def question(self, form: RefundFields) -> dict[str, Any]:
        by_processor = any(isinstance(one.of, Payment) and not one.of.received_on for one in form.chosen)
        warning = _("A card or an account paid a part of this. The usual way back is to the same card or account: "
                    "refund the payment instead, unless that cannot be done.")  # fmt: skip
        return {**super().question(form), "warning": warning if by_processor else ""}

    def form_refused(self, form: RecordRefundForm, refusal: Refused) -> HttpResponse:
        """Show what can be given back now: what was refused was refused because it had changed."""
        self.__dict__.pop("lines", None)
        return super().form_refused(form, refusal)

    def get_cancel_url(self) -> str:
        return self.org_url("client-billing", client=self.client.pk)


class GiveBack(HandBack):
    """The money of a payment taken at the desk goes back: given, a cheque that bounced, a mistake."""

    nav = "accounts"
    form_class = GiveBackForm
    template_name = fragment_template_name = "billing/give_back.html"

    @cached_property
    def payment(self) -> Payment:
        related = ("client__account__owner", "client__organization")
        payments = Payment.objects.for_organization(self.organization).select_related(*related)
        return get_object_or_404(payments, pk=self.kwargs["payment"])

    @property
    def of_client(self) -> Client:  # type: ignore[override]
        return self.payment.client

    @cached_property
    def lines(self) -> list[Refundable]:
        mine = Payment.objects.filter(pk=self.payment.pk).exclude(received_on=None)
        return refundable.of_payments(mine, self.payment.client)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if sum(line.most for line in self.lines) <= 0:
            messages.info(request, _("Nothing of this payment is left to give back by hand."))
            return SeeOther(self.get_cancel_url())
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Give back payment %(number)s") % {"number": self.payment.display_number}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "payment": self.payment, "lines": self.lines}

    def question(self, form: RefundFields) -> dict[str, Any]:
        reopened = refundable.reopens(self.payment, sum(one.cents for one in form.chosen if not one.of_deposit))
        return {**super().question(form), "rows": (), "reopened": reopened}

    def get_cancel_url(self) -> str:
        return self.org_url("payment", payment=self.payment.pk)


class DeskRefundPage(DetailPage):
    """One refund handed back at the desk: how, why, and out of what."""

    permission_required = "payments.view"
    nav = "accounts"
    template_name = "billing/desk_refund.html"
    pk_url_kwarg = "refund"

    def rows(self) -> QuerySet[DeskRefund]:
        refunds = DeskRefund.objects.for_organization(self.organization)
        return documents.printable(refunds).select_related("created_by", "client__account__owner")

    def get_title(self) -> str:
        return _("Refund %(number)s") % {"number": self.object.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refund = self.object
        return super().get_context_data(
            refund=refund,
            given_as=given_as(refund),
            why=WHY[refund.reason],
            parts=[
                {"part": part, **_named(part.payment or part.credit, of_deposit=part.of_deposit)}
                for part in refund.parts.all()
            ],
            may_void=self.can("payments.refund") and refund.state == "given",
            **kwargs,
        )


class VoidDeskRefund(DeskRefundPage):
    """Take back a refund that was entered by mistake: asked first, then done."""

    permission_required = "payments.refund"
    template_name = "billing/question.html"

    def get_title(self) -> str:
        return _("Void refund %(number)s?") % {"number": self.object.display_number}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"amount": format_money(self.object.amount, self.object.currency), "name": self.object.client}
        text = _("%(amount)s was never handed back to %(name)s. What it came out of stands again and pays what it had "
                 "paid, as far as that is still owed. The refund stays in the history, marked void.")  # fmt: skip
        question = {"text": text % facts, "label": _("Void this refund"), "danger": True}
        url = self.org_url("desk-refund", refund=self.object.pk)
        return super().get_context_data(question=question, action=self.request.path, back=url, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refund = self.get_object()
        try:
            handing_back.void(refund=refund, by=cast(User, request.user), now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Refund %(number)s voided.") % {"number": refund.display_number})
        return SeeOther(self.org_url("desk-refund", refund=refund.pk))


class DeskRefundPaper(OrganizationMixin):
    """A refund as a document."""

    permission_required = "payments.view"
    nav = "accounts"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refunds = documents.printable(DeskRefund.objects.for_organization(self.organization))
        refund = get_object_or_404(refunds, pk=kwargs["refund"])
        return as_download(documents.refund_name(refund), documents.refund_pdf(refund))
