"""One account reconciled on one screen: what it has beside what it owes, what one click links, its latest links."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from accounts.models import Client, User
from accounts.views.client_file import ClientFile
from billing.models import Allocation, InvoiceItem, Payment
from billing.services import linking, matching
from billing.services.reconciliation_states import states_of
from billing.services.sources import sources_of
from billing.tables.unreconciled import how_paid
from smartrec.errors import Refused, RoleNeeded
from smartrec.money import format_money
from smartrec.numbers import number
from smartrec.views import SeeOther

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

    template_name = "billing/client_reconciliation.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.can("payments.reconcile"):
            raise RoleNeeded("payments.reconcile")
        try:
            made = matching.match(
                organization=self.organization,
                client_ids=[self.client.pk],
                by=self.by,
                now=timezone.now(),
                seen=number(request.POST.get("seen", "")),
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
