"""Deposits: money kept on a client's account, and what is released of it."""

import re
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.views.client_file import ClientFile
from billing.models import InvoiceItem, Payment
from billing.services import depositing, parts
from billing.services.parts import Items
from billing.staff_forms import DepositForm, ReleaseForm
from billing.views.asking import Asks
from smartrec.money import format_money
from smartrec.views import FormPage, SeeOther

CONFIRMED = re.compile(r"(?P<number>\d{1,6}) (?P<amount>\d{1,12}) [01]", re.ASCII)


class NewDeposit(ClientFile, FormPage):
    """Money kept on the account for something to come: it is tied to no invoice."""

    permission_required = "payments.take"
    takes_money = True
    tab = "client-billing"
    title = gettext_lazy("Record a deposit")
    submit_label = gettext_lazy("Record the deposit")
    form_class = DepositForm
    template_name = fragment_template_name = "billing/deposit_new.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "today": self.organization.local_day(timezone.now()),
            "currency": self.organization.currency,
            "email": self.client.account.email,
        }

    def run(self, form: DepositForm) -> Payment:
        return depositing.deposit(
            client=self.client,
            received=form.money,
            notes=form.notes,
            email_receipt=form.cleaned_data.get("email_it", False),
            key=form.key_of_it,
            by=cast(User, self.request.user),
            now=timezone.now(),
        )

    def get_success_message(self, result: Payment) -> str:
        told = {"number": result.display_number, "amount": format_money(result.amount, result.currency)}
        return _("Deposit %(number)s recorded: %(amount)s is kept on the account.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payment", payment=result.pk)

    def get_cancel_url(self) -> str:
        return self.org_url("client-billing", client=self.client.pk)


class ReleaseDeposit(Asks):
    """Turn a deposit, or a part of it, into available credit, and pay with it what is due."""

    permission_required = "payments.take"
    takes_money = True
    nav = "accounts"
    form_class = ReleaseForm
    template_name = fragment_template_name = "billing/release.html"

    @cached_property
    def payment(self) -> Payment:
        related = ("client__account__owner", "client__organization")
        payments = Payment.objects.for_organization(self.organization).select_related(*related)
        return get_object_or_404(payments, pk=self.kwargs["payment"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.payment.held:
            messages.info(request, _("Nothing of this deposit is held any more."))
            return SeeOther(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Release deposit %(number)s") % {"number": self.payment.display_number}

    @cached_property
    def due(self) -> int:
        today = self.organization.local_day(timezone.now())
        return sum(debt.amount for debt in parts.free_debts(client=self.payment.client, on=today))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "payment": self.payment, "due": self.due}

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.payment.held, "number": depositing.releases_of(self.payment) + 1}

    def question(self, form: ReleaseForm) -> dict[str, Any]:
        cents = form.cleaned_data["amount"]
        amount = {"amount": self.money(cents)}
        paid = self.pays(cents) if form.pays else []
        rest = cents - sum(part["cents"] for part in paid)
        text = _("%(amount)s is no longer held as a deposit.") % amount
        after = _("%(amount)s becomes available credit.") % {"amount": self.money(rest)} if rest else ""
        return {"text": text, "after": after, "rows": paid, "label": _("Release %(amount)s") % amount}

    def pays(self, cents: int) -> list[dict[str, Any]]:
        """Which invoices so much pays, and how much of each."""
        today = self.organization.local_day(timezone.now())
        items: Items = depositing.what_it_pays(client=self.payment.client, amount=cents, on=today)
        known = InvoiceItem.objects.select_related("invoice").in_bulk([item for item, _part in items])
        return [
            {"title": known[item].invoice.display_number, "detail": known[item].description, "cents": part}
            for item, part in items
        ]

    def money(self, cents: int) -> str:
        return format_money(cents, self.payment.currency)

    def done_before(self, confirmed: str) -> Payment | None:
        asked = CONFIRMED.fullmatch(confirmed)
        if asked is None:
            return None
        number, amount = int(asked["number"]), int(asked["amount"])
        return self.payment if depositing.was_released(payment=self.payment, amount=amount, number=number) else None

    def run(self, form: ReleaseForm) -> Payment:
        return depositing.release(
            payment=self.payment,
            amount=form.cleaned_data["amount"],
            number=form.cleaned_data["number"],
            pay=form.pays,
            by=cast(User, self.request.user),
            now=timezone.now(),
        )

    def get_success_message(self, result: Payment) -> str:
        told = {"number": result.display_number, "held": self.money(result.held)}
        if result.held:
            return _("Deposit %(number)s released; %(held)s is still held.") % told
        return _("Deposit %(number)s released.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("payment", payment=self.payment.pk)

    get_cancel_url = get_success_url
