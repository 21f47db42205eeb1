"""Proposed links, the surest first, and accepting one, those ticked, or all of them."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from accounts.models import Client, User
from billing.models import Invoice
from billing.services import suggesting
from billing.services.matching import reconcilable
from billing.services.suggesting import MOST, Suggestion
from billing.tables.unreconciled import SuggestionsTable
from billing.views.unreconciled import Reconciliation
from billing.words.reconciling import WHY
from smartrec import formats
from smartrec.money import format_money
from smartrec.paging import page_number
from smartrec.views import SeeOther

PER_PAGE = 50
KEY = re.compile(r"[pc]\d{1,18}-\d{1,18}-\d{1,18}-[a-z_]{1,20}", re.ASCII)


@dataclass
class Names:
    """What the suggestions of a page name: their invoices and accounts."""

    invoices: dict[int, Invoice] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)

    @classmethod
    def of(cls, shown: list[Suggestion]) -> "Names":
        invoices = Invoice.objects.prefetch_related("items").in_bulk({one.invoice_id for one in shown})
        clients = Client.objects.select_related("account__owner").in_bulk({one.source.client_id for one in shown})
        return cls(invoices, clients)


class SuggestionPage(Reconciliation):
    """What both pages look at: the suggestions for the accounts that have both sides, a thousand accounts at most."""

    @cached_property
    def clients(self) -> list[Client]:
        return list(reconcilable(self.organization).order_by("pk")[: MOST + 1])

    @cached_property
    def every(self) -> list[Suggestion]:
        on = self.organization.local_day(timezone.now())
        return suggesting.suggestions_of(organization=self.organization, clients=self.clients[:MOST], on=on)

    @cached_property
    def found(self) -> list[Suggestion]:
        """Those for the reason asked for, or all."""
        why = self.request.GET.get("why", "")
        return [one for one in self.every if one.why == why] if why in WHY else self.every

    def total(self, chosen: list[Suggestion]) -> str:
        return format_money(sum(one.amount for one in chosen), self.organization.currency)


class Suggestions(SuggestionPage, TemplateView):
    """Which links are proposed and why, in the order in which they would be made."""

    template_name = "billing/suggestions.html"

    def get_template_names(self) -> list[str]:
        return ["billing/suggestions_list.html" if self.is_fragment else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        paginator = Paginator(self.found, PER_PAGE)
        page = paginator.page(page_number(paginator, self.request.GET.get("page")))
        rows = list(page.object_list)
        names = Names.of(rows)
        table = SuggestionsTable(rows, organization=self.organization, names=names, may_act=self.may_act)
        return super().get_context_data(
            table=table,
            page=page,
            total=len(self.found),
            tabs=self.view_tabs(),
            why=self.request.GET.get("why", ""),
            reasons=self.reasons(),
            may_act=self.may_act,
            most=MOST if len(self.clients) > MOST else 0,
            cents=sum(one.amount for one in self.found),
            at_once=min(len(self.found), MOST),
            **kwargs,
        )

    def reasons(self) -> list[dict[str, Any]]:
        """Why links are proposed, the surest first, with how many of each."""
        counts = {key: sum(one.why == key for one in self.every) for key in WHY}
        return [{"key": key, "label": WHY[key], "n": n} for key, n in counts.items() if n]


class AcceptSuggestions(SuggestionPage, TemplateView):
    """Asks before the chosen links are made, with their sum; then makes those that are still proposed."""

    permission_required = "payments.reconcile"
    template_name = "billing/accept_suggestions.html"
    http_method_names = ["post"]

    @cached_property
    def keys(self) -> set[str]:
        sent = self.request.POST
        if sent.get("one"):
            return {sent["one"]} if KEY.fullmatch(sent["one"]) else set()
        if sent.get("do") == "all":
            return {one.key for one in self.found[:MOST]}
        wanted = sent.getlist("row") or sent.get("rows", "").split()
        return {key for key in wanted if KEY.fullmatch(key)}

    @cached_property
    def chosen(self) -> list[Suggestion]:
        return [one for one in self.every if one.key in self.keys][:MOST]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.keys:
            messages.warning(request, _("Tick the suggestions to accept first."))
            return self.back_to_list()
        if request.POST.get("sure"):
            return self.accept()
        if not self.chosen:
            messages.warning(request, _("These links are no longer proposed: nothing was linked."))
            return self.back_to_list()
        return self.render_to_response(self.get_context_data())

    def accept(self) -> HttpResponse:
        owners = {one.source.client_id for one in self.chosen}
        made = suggesting.accept(
            organization=self.organization,
            client_ids=owners,
            keys=self.keys,
            by=cast(User, self.request.user),
            now=timezone.now(),
        )
        if made:
            messages.success(self.request, _accepted(len(made), self.total(made)))
        if missing := len(self.keys) - len(made):
            said = ngettext(
                "%(n)s suggestion had changed meanwhile: it was left out.",
                "%(n)s suggestions had changed meanwhile: they were left out.",
                missing,
            )
            messages.warning(self.request, said % {"n": formats.count(missing)})
        return self.back_to_list()

    def back_to_list(self) -> HttpResponse:
        why = self.request.GET.get("why", "")
        return SeeOther(self.org_url("suggestions") + (f"?why={why}" if why in WHY else ""))

    def shown(self) -> list[dict[str, Any]]:
        first = self.chosen[:PER_PAGE]
        names = Names.of(first)
        return [
            {
                "source": one.source.display_number,
                "client": names.clients[one.source.client_id],
                "invoice": names.invoices[one.invoice_id].display_number,
                "why": WHY[one.why],
                "amount": one.amount,
            }
            for one in first
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        n = len(self.chosen)
        told = {"n": formats.count(n), "amount": self.total(self.chosen)}
        return super().get_context_data(
            **{
                "title": ngettext("Accept %(n)s suggestion?", "Accept %(n)s suggestions?", n) % told,
                "text": ngettext(
                    "%(n)s link will be made for %(amount)s. No money moves, and it can be undone.",
                    "%(n)s links will be made for %(amount)s. No money moves, and each can be undone.",
                    n,
                )
                % told,
                "label": _("Link %(amount)s") % told,
                "keys": " ".join(sorted(one.key for one in self.chosen)),
                "shown": self.shown(),
                "more": max(n - PER_PAGE, 0),
                "back": self.org_url("suggestions"),
            },
            **kwargs,
        )


def _accepted(n: int, amount: str) -> str:
    said = ngettext("%(n)s link made: %(amount)s.", "%(n)s links made: %(amount)s.", n)
    return said % {"n": formats.count(n), "amount": amount}
