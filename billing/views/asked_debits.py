"""Debits that account holders were asked to authorize: who has not answered, and asking them again."""

from functools import cached_property
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Person
from billing.models import DebitRequest
from billing.services import debit_requests
from billing.tables.asked_debits import AskedDebitsTable
from billing.views.repeating import run_tabs
from smartrec.filters import FilterSet, SearchFilter
from smartrec.views import Command, ListPage, Tab

STATES = {
    "asked": pgettext_lazy("debit request", "Waiting"),
    "lapsed": pgettext_lazy("debit request", "Not answered"),
    "answered": pgettext_lazy("debit request", "Authorized"),
}


class AskedDebitFilter(FilterSet):
    """By account owner, and whether it was answered."""

    q = SearchFilter(method="search")
    state = django_filters.ChoiceFilter(label=gettext_lazy("Status"), choices=list(STATES.items()), method="in_state")

    def search(self, rows: QuerySet[DebitRequest], name: str, typed: str) -> QuerySet[DebitRequest]:
        return rows.filter(client__account__owner__in=Person.objects.named(typed).values("pk"))

    def in_state(self, rows: Any, name: str, value: str) -> QuerySet[DebitRequest]:
        if value == "answered":
            return rows.exclude(payment=None)
        now = timezone.now()
        return rows.lapsed(now=now) if value == "lapsed" else rows.unanswered(now=now)


class AskedDebits(ListPage):
    """Every debit a holder was asked for, the latest first."""

    permission_required = "payments.view"
    nav = "mass-charges"
    title = gettext_lazy("Debits to authorize")
    table_class, filterset_class = AskedDebitsTable, AskedDebitFilter
    default_order = ("-asked_at",)
    export_name = "debits-to-authorize"
    search_placeholder = gettext_lazy("Account owner")

    def rows(self) -> QuerySet[DebitRequest]:
        rows = DebitRequest.objects.for_organization(self.organization)
        return rows.select_related("client__account__owner", "authorization__method", "organization", "payment")

    @cached_property
    def now(self) -> Any:
        return timezone.now()

    def view_tabs(self) -> list[Tab]:
        return charge_tabs(self)

    def table_kwargs(self) -> dict[str, Any]:
        return {"request": self.request, "now": self.now, "may_ask": self.can("charges.mass")}

    def empty(self) -> dict[str, Any]:
        return {
            "text": _("Nobody was asked. Where a holder authorizes each debit, the review of a mass charge asks them."),
            "icon": "mail",
        }


def charge_tabs(page: Any) -> list[Tab]:
    """What was charged, what is to come, and, where there are any, the debits holders were asked for."""
    tabs = run_tabs(page, page.org_url("mass-charges"), _("Mass charges"))
    asked = DebitRequest.objects.for_organization(page.organization)
    if asked.exists():
        url = page.org_url("asked-debits")
        waiting = asked.lapsed(now=timezone.now()).count()
        tabs.append(Tab(_("Debits to authorize"), url, waiting or None, current=page.request.path == url))
    return tabs


class AskAgain(Command):
    """Write once more to the holder of a request that has lapsed. Charges nothing."""

    permission_required = "charges.mass"

    def run(self, data: dict[str, Any]) -> DebitRequest:
        mine = DebitRequest.objects.for_organization(self.organization)
        related = ("client__organization", "organization", "authorization__method")
        request = get_object_or_404(mine.select_related(*related), pk=self.kwargs["debit"])
        return debit_requests.ask_again(request=request, by=self.request.user, now=timezone.now())

    def get_success_message(self, result: DebitRequest) -> str:
        return _("%(name)s was asked again by email.") % {"name": result.client.account.owner}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("asked-debits")
