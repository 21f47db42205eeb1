"""One account reconciled on one screen, one payment or credit spread over items, links undone."""

import uuid
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.models import Client, User
from accounts.views.client_file import ClientFile
from billing.models import Allocation, Credit, InvoiceItem, Payment
from billing.services import linking, matching, suggesting
from billing.services.parts import Items
from billing.services.reconciliation_states import states_of
from billing.services.sources import sources_of
from billing.staff_forms.linking import LinkForm
from billing.tables.unreconciled import how_paid
from smartrec.errors import Refused, RoleNeeded
from smartrec.money import format_money
from smartrec.views import FormPage, SeeOther

LATEST = 50


class OfAccount(ClientFile):
    """A page of the reconciliation of one account."""

    permission_required = "payments.view"
    tab = "client-billing"

    @property
    def today(self) -> Any:
        return self.organization.local_day(timezone.now())

    @property
    def by(self) -> User:
        return cast(User, self.request.user)

    def money(self, cents: int) -> str:
        return format_money(cents, self.organization.currency)

    @property
    def account_url(self) -> str:
        return self.org_url("client-reconciliation", client=self.client.pk)


class ReconcileAccount(OfAccount, TemplateView):
    """What one account has paid beside what it owes: linked oldest first in one click, or by hand."""

    title = gettext_lazy("Reconciliation")
    template_name = "billing/client_reconciliation.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.can("payments.reconcile"):
            raise RoleNeeded("payments.reconcile")
        seen = request.POST.get("seen", "")
        try:
            made = matching.match(
                organization=self.organization,
                client_ids=[self.client.pk],
                by=self.by,
                now=timezone.now(),
                seen=int(seen) if seen.isdecimal() and len(seen) < 19 else None,
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
            return SeeOther(self.account_url)
        if made.links:
            messages.success(request, _("%(amount)s linked, oldest first.") % {"amount": self.money(made.amount)})
        else:
            messages.info(request, _("Nothing is left to link in this account."))
        return SeeOther(self.account_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sources, owed = self.sources(), self.owed()
        would = self.would(sources, owed)
        return super().get_context_data(
            sources=sources,
            owed=owed,
            would=would,
            amount=sum(one["amount"] for one in would),
            links=links_of_client(self.client),
            may_act=self.can("payments.reconcile"),
            free=sum(one["source"].free for one in sources),
            due=sum(one["debt"].amount for one in owed),
            **kwargs,
        )

    def sources(self) -> list[dict[str, Any]]:
        found = sources_of([self.client])
        payments = Payment.objects.in_bulk([one.payment_id for one in found if one.payment_id])
        states = states_of(payments=payments, credits=[one.credit_id for one in found if one.credit_id])
        return [
            {
                "source": one,
                "what": how_paid(payments[one.payment_id]) if one.payment_id else one.name,
                "state": states["payment", one.payment_id] if one.payment_id else states["credit", one.credit_id or 0],
            }
            for one in found
        ]

    def owed(self) -> list[dict[str, Any]]:
        debts = linking.owed_by(self.client, self.today)
        items = InvoiceItem.objects.select_related("invoice", "person").in_bulk([debt.item_id for debt in debts])
        return [{"debt": debt, "item": items[debt.item_id]} for debt in debts]

    def would(self, sources: list[dict[str, Any]], owed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What one click links: which money, to which item, how much."""
        money = {(one["source"].payment_id, one["source"].credit_id): one["source"] for one in sources}
        items = {one["debt"].item_id: one["item"] for one in owed}
        links = matching.plan(list(money.values()), [one["debt"] for one in owed])
        return [
            {"source": money[x.payment_id, x.credit_id], "item": items[x.item_id], "amount": x.amount} for x in links
        ]


def links_of_client(client: Client) -> QuerySet[Allocation]:
    """The latest links of an account."""
    mine = Allocation.objects.filter(item__invoice__client=client).select_related("payment", "credit", "item__invoice")
    return mine.order_by("-created_at", "-pk")[:LATEST]


class OfMoney(OfAccount):
    """A page about one payment, or one credit, named by the address; another organization's is not found."""

    source: Payment | Credit

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super(ClientFile, self).enter(request, **kwargs)
        model, pk = (Payment, kwargs.get("payment")) if "payment" in kwargs else (Credit, kwargs.get("credit"))
        rows: Any = model._default_manager.filter(organization=self.organization)
        self.source = get_object_or_404(rows.select_related("client"), pk=pk)
        super().enter(request, **{**kwargs, "client": self.source.client_id})

    @property
    def kind(self) -> str:
        return "payment" if isinstance(self.source, Payment) else "credit"

    def url_of(self, part: str) -> str:
        return self.org_url(f"{self.kind}-{part}", **{self.kind: self.source.pk})


class LinkMoney(OfMoney, FormPage):
    """Spread what is left of a payment or a credit over items of invoices; the links it has, each can be undone."""

    form_class = LinkForm
    template_name = "billing/link_form.html"
    fragment_template_name = "billing/link_form.html"

    def get_title(self) -> str:
        return _("Link %(number)s to invoices") % {"number": self.source.display_number}

    @cached_property
    def free(self) -> int:
        return linking.free_of(self.source)

    def get_form_kwargs(self) -> dict[str, Any]:
        wanted = self.request.GET.get("invoice", "")
        return {
            **super().get_form_kwargs(),
            "owed": linking.owed_by(self.client, self.today),
            "free": self.free,
            "proposed": self.proposed() if self.request.method == "GET" else [],
            "currency": self.organization.currency,
            "only": int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None,
        }

    def proposed(self) -> Items:
        key = {"payment_id": None, "credit_id": None, f"{self.kind}_id": self.source.pk}
        return suggesting.proposed_for(client=self.client, on=self.today, **key)

    def get_initial(self) -> dict[str, Any]:
        return {"key": uuid.uuid4(), "seen": self.free}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.can("payments.reconcile"):
            raise RoleNeeded("payments.reconcile")
        if self.sent_before():
            messages.info(request, _("These links were made already."))
            return SeeOther(self.account_url)
        return super().post(request, *args, **kwargs)

    def sent_before(self) -> bool:
        """A double click: what the first one left would not be enough for the second."""
        try:
            return linking.was_done(self.client, uuid.UUID(self.request.POST.get("key", "")))
        except ValueError:
            return False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        links = self.source.allocations.select_related("item__invoice").order_by("pk")
        return super().get_context_data(
            source=self.source,
            free=self.free,
            links=links,
            may_act=self.can("payments.reconcile"),
            remove_url=self.url_of("unlink"),
            state=states_of(**{f"{self.kind}s": [self.source.pk]})[self.kind, self.source.pk],
            **kwargs,
        )

    def form_valid(self, form: LinkForm) -> HttpResponse:
        try:
            return self.succeed(self.run(form))
        except Refused as refusal:
            # What was refused had changed: the form is drawn again over what is there now.
            self.__dict__.pop("free", None)
            again = self.get_form()
            again.show_again(str(refusal))
            return self.form_invalid(again)

    def run(self, form: LinkForm) -> int:
        return linking.link(money=self.source, wanted=form.wanted, by=self.by, now=timezone.now())

    def get_success_message(self, result: int) -> str:
        told = {"amount": self.money(result), "number": self.source.display_number}
        if not result:
            return _("These links were made already.")
        return _("%(amount)s of %(number)s linked.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.account_url

    def get_cancel_url(self) -> str:
        return self.account_url


class Unlink(OfMoney, TemplateView):
    """Asks, then undoes one link of a payment or credit, or all of them."""

    permission_required = "payments.reconcile"
    template_name = "billing/question.html"
    title = gettext_lazy("Undo the link?")

    def get_title(self) -> str:
        if self.wanted is None:
            return _("Undo all links of %(number)s?") % {"number": self.source.display_number}
        return str(self.title)

    @cached_property
    def wanted(self) -> list[int] | None:
        """The link asked about; None for all."""
        asked = self.request.GET.get("link", "")
        if not asked:
            return None
        if not (asked.isdecimal() and len(asked) < 19):
            raise Http404
        return [int(asked)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = self.source.allocations.select_related("item__invoice").order_by("pk")
        found = list(mine if self.wanted is None else mine.filter(pk__in=self.wanted))
        numbers = dict.fromkeys(one.item.invoice.display_number for one in found)
        told = {
            "amount": self.money(sum(one.amount for one in found)),
            "number": self.source.display_number,
            "invoices": ", ".join(numbers),
        }
        text = (
            _("%(amount)s of %(number)s no longer pays invoice %(invoices)s: it is owed again. No money moves.") % told
        )
        if not found:
            text = _("This link is already undone.")
        question = {"text": text, "label": _("Unlink %(amount)s") % told, "danger": True}
        url = self.request.get_full_path()
        return super().get_context_data(question=question, action=url, back=self.url_of("links"), **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        undone = linking.unlink(money=self.source, links=self.wanted, by=self.by, now=timezone.now())
        if undone:
            messages.success(request, _("%(amount)s unlinked.") % {"amount": self.money(undone)})
        else:
            messages.info(request, _("This link is already undone."))
        return SeeOther(self.url_of("links"))
