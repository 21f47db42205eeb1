"""Issuing a credit, cancelling items, giving up a debt: what it will do is shown, then it is done."""

import datetime as dt
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Client
from accounts.views.client_file import ClientFile
from billing import tasks
from billing.models import Credit, Invoice, LedgerCode, Payment, Tax
from billing.services import cancel_plans, cancelling, credit_memos, parts, writing_off
from billing.services.cancel_plans import Plan
from billing.staff_forms.cancelling import CancelForm
from billing.staff_forms.crediting import MemoForm, WriteOffForm
from billing.views.signing import must_sign_in_again, sign_in_again
from billing.views.waking import wake
from smartrec.errors import Refused, RoleNeeded
from smartrec.money import format_money
from smartrec.numbers import number
from smartrec.views import FormPage, SeeOther


class Previewed(FormPage):
    """A form whose effect is shown before it is done: live beside the form, and on a page of its own."""

    takes_money = True
    preview_template_name = "billing/credit_preview.html"
    summary_template_name = ""
    done_label: Any = ""

    def plan(self, form: Any) -> Any:
        """What the form would do. Raises `Refused` for what cannot be done."""
        raise NotImplementedError

    def fingerprint(self, plan: Any) -> str:
        """The figures that were shown: other ones are shown again."""
        raise NotImplementedError

    @property
    def today(self) -> dt.date:
        return self.organization.local_day(timezone.now())

    def ask_terms(self, client: Client) -> dict[str, Any]:
        """What every one of these forms is told."""
        return {"today": self.today, "currency": self.organization.currency, "email": client.account.email}

    def ask_codes(self) -> dict[str, Any]:
        taxes: Any = Tax.objects.for_organization(self.organization)
        codes = LedgerCode.objects.for_organization(self.organization).filter(is_active=True).order_by("code")
        return {"codes": codes, "taxes": list(taxes.at(self.today))}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do")
        if do not in ("summary", "change"):
            return self._done_before() or super().post(request, *args, **kwargs)
        form = self.get_form()
        if do == "change":
            return self.render_to_response(self.get_context_data(form=form))
        return self.response_class(request, [self.summary_template_name], self._summary(form))

    def _done_before(self) -> HttpResponse | None:
        """Sent twice, a form leads to the one credit it made."""
        key = forms.UUIDField(required=False)
        try:
            known = Credit.objects.for_organization(self.organization).filter(
                key=key.clean(self.request.POST.get("key"))
            )
        except ValidationError:
            return None
        credit = known.first()
        if credit is None:
            return None
        told = _("This form was sent already: it made credit %(number)s.") % {"number": credit.display_number}
        messages.info(self.request, told)
        return SeeOther(self.get_success_url(credit))

    def _summary(self, form: Any) -> dict[str, Any]:
        plan, refusal = None, ""
        if form.is_valid():
            try:
                plan = self.plan(form)
            except Refused as refused:
                refusal = str(refused)
        return self.get_context_data(form=form, plan=plan, refusal=refusal)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            plan = self.plan(form)
        except Refused as refusal:
            self.request.payment_outcome = "none"
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        shown = self.fingerprint(plan)
        if form.cleaned_data["confirmed"] != shown:
            return self._show(form, plan, shown)
        return self.confirmed(form, plan)

    def confirmed(self, form: Any, plan: Any) -> HttpResponse:
        return super().form_valid(form)

    def _show(self, form: Any, plan: Any, shown: str) -> HttpResponse:
        """The question, with what was typed."""
        left_out = ("csrfmiddlewaretoken", "confirmed", "do")
        typed = [(name, v) for name, values in self.request.POST.lists() if name not in left_out for v in values]
        kept = [*typed, ("confirmed", shown)]
        context = self.get_context_data(form=form, plan=plan, kept=kept, done_label=self.done_label)
        return self.response_class(self.request, [self.preview_template_name], context)

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("credit", credit=result.pk)

    def money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)


class IssueCredit(Previewed, ClientFile):
    """A credit memo in a client's file."""

    permission_required = "credits.issue"
    tab = "client-billing"
    title = gettext_lazy("Issue a credit")
    form_class = MemoForm
    template_name = fragment_template_name = "billing/credit_form.html"
    summary_template_name = "billing/credit_summary.html"
    submit_label = gettext_lazy("Continue")
    done_label = gettext_lazy("Issue this credit")

    def get_form_kwargs(self) -> dict[str, Any]:
        owed = parts.open_invoices(client=self.client, on=self.today)
        return {**super().get_form_kwargs(), **self.ask_terms(self.client), **self.ask_codes(), "invoices": owed}

    def plan(self, form: MemoForm) -> dict[str, Any]:
        taxed = credit_memos.price(client=self.client, memo=form.memo)
        uses = credit_memos.uses(client=self.client, memo=form.memo, total=taxed.total, on=self.today)
        names = dict(Tax.objects.filter(pk__in=[tax for tax, _rate, _cents in taxed.taxes]).in_bulk())
        taxes = [(names[tax].name, rate, cents) for tax, rate, cents in taxed.taxes]
        left = taxed.total - sum(use.amount for use in uses)
        return {"taxed": taxed, "taxes": taxes, "uses": uses, "left": left, "memo": form.memo}

    def fingerprint(self, plan: dict[str, Any]) -> str:
        return f"{plan['taxed'].total}/{plan['left']}"

    def run(self, form: MemoForm) -> Credit:
        by, now = self.request.user, timezone.now()
        return credit_memos.issue(client=self.client, memo=form.memo, by=by, now=now)

    def get_success_message(self, result: Credit) -> str:
        told = {"number": result.display_number, "amount": self.money(result.total)}
        return _("Credit %(number)s issued: %(amount)s.") % told

    def get_cancel_url(self) -> str:
        return self.org_url("client-billing", client=self.client.pk)


class OfInvoice(Previewed):
    """A page below an invoice."""

    permission_required = "credits.issue"
    nav = "accounts"

    @cached_property
    def invoice(self) -> Invoice:
        related = ("client__account__owner", "client__organization", "organization")
        rows = Invoice.objects.for_organization(self.organization).select_related(*related)
        return get_object_or_404(rows, pk=self.kwargs["invoice"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(invoice=self.invoice, client=self.invoice.client, **kwargs)

    def get_cancel_url(self) -> str:
        return self.org_url("invoice", invoice=self.invoice.pk)


class CancelItems(OfInvoice):
    """Items of an invoice taken back, with what of their money goes back."""

    form_class = CancelForm
    template_name = fragment_template_name = "billing/cancel_form.html"
    summary_template_name = "billing/cancel_summary.html"
    submit_label = gettext_lazy("Continue")
    done_label = gettext_lazy("Cancel these items")

    def get_title(self) -> str:
        return _("Cancel or refund items of invoice %(number)s") % {"number": self.invoice.display_number}

    def get_form_kwargs(self) -> dict[str, Any]:
        items = cancel_plans.items_of(self.invoice)
        paid = {link.payment_id: link.payment for item in items for link in item.allocations.all() if link.payment}
        return {
            **super().get_form_kwargs(),
            **self.ask_terms(self.invoice.client),
            **self.ask_codes(),
            "items": items,
            "busy": cancel_plans.being_paid(self.invoice),
            "payments": dict(sorted(paid.items(), reverse=True)) if self.can("payments.refund") else {},
            "only": number(self.request.GET.get("item", "")),
        }

    def plan(self, form: CancelForm) -> Plan:
        return cancel_plans.draw_up(invoice=self.invoice, cancellation=self.asked(form))

    def asked(self, form: CancelForm) -> cancel_plans.Cancellation:
        """The credit note speaks the client's language."""
        with translation.override(self.invoice.client.account.language or self.organization.default_language):
            told = _("Cancellation, invoice %(number)s") % {"number": self.invoice.display_number}
            return form.cancellation(description=told, fee=_("Administrative fee"))

    def fingerprint(self, plan: Plan) -> str:
        refunds = "/".join(f"{pk}:{cents}" for pk, cents in plan.refunds.items())
        return f"{plan.total}/{plan.unpaid}/{plan.kept}/{refunds}"[:80]

    def confirmed(self, form: CancelForm, plan: Plan) -> HttpResponse:
        if plan.refunds and not self.can("payments.refund"):
            raise RoleNeeded("payments.refund")
        if plan.refunded and must_sign_in_again(self.request, self.organization, plan.refunded):
            self.request.payment_outcome = "none"
            return sign_in_again(self.request.path)
        return super().confirmed(form, plan)

    def run(self, form: CancelForm) -> Credit:
        by, now = self.request.user, timezone.now()
        credit = cancelling.cancel(invoice=self.invoice, cancellation=self.asked(form), by=by, now=now)
        wake(tasks.give_back)
        return credit

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if context.get("plan"):
            payments = Payment.objects.in_bulk(list(context["plan"].refunds))
            context["refunds"] = [(payments[pk], cents) for pk, cents in context["plan"].refunds.items()]
        return context

    def get_success_message(self, result: Credit) -> str:
        told = {"number": result.display_number, "amount": self.money(result.total)}
        return _("Items cancelled: credit %(number)s of %(amount)s.") % told


class WriteOff(OfInvoice):
    """A debt that will not be paid."""

    form_class = WriteOffForm
    template_name = fragment_template_name = "billing/write_off_form.html"
    summary_template_name = "billing/write_off_summary.html"
    submit_label = gettext_lazy("Continue")
    done_label = gettext_lazy("Write off this debt")

    def get_title(self) -> str:
        return _("Write off invoice %(number)s") % {"number": self.invoice.display_number}

    @cached_property
    def owed(self) -> int:
        return sum(cents for _item, cents in writing_off.owed(self.invoice))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), **self.ask_terms(self.invoice.client), "most": self.owed}

    def plan(self, form: WriteOffForm) -> dict[str, Any]:
        amount = form.cleaned_data["amount"]
        return {"amount": amount, "left": self.invoice.balance - amount, "reason": form.cleaned_data["reason"]}

    def fingerprint(self, plan: dict[str, Any]) -> str:
        return f"{plan['amount']}/{plan['left']}"

    def run(self, form: WriteOffForm) -> Credit:
        by, now = self.request.user, timezone.now()
        return writing_off.write_off(invoice=self.invoice, asked=form.asked, by=by, now=now)

    def get_success_message(self, result: Credit) -> str:
        told = {"number": self.invoice.display_number, "amount": self.money(result.total)}
        return _("%(amount)s written off on invoice %(number)s.") % told
