"""The action center's list of accounts that can be reconciled in one click."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Client
from action_center.views.desk import DeskPage
from action_center.views.lists import Lists
from billing.filters import ReconcilableFilters
from billing.services import matching
from billing.services.matching import Matched
from billing.tables.unreconciled import ReconcilableTable
from smartrec.money import format_money
from smartrec.numbers import counted, number
from smartrec.views import Command


class Reconcilable(Lists):
    """Accounts with money left on one side and something to pay on the other, by the name of their owner."""

    export_name = "accounts-to-reconcile"
    table_class, filterset_class = ReconcilableTable, ReconcilableFilters
    default_order = ("owner",)
    template_name = "action_center/reconcilable.html"
    search_placeholder = gettext_lazy("Name")

    def rows(self) -> QuerySet[Client]:
        return matching.reconcilable(self.organization).select_related("account__owner")

    def prepared(self, rows: list[Any]) -> list[Any]:
        """Each account of a page with both its sides, added up for all of them at once."""
        sides = matching.both_sides_of([client.pk for client in rows])
        for client in rows:
            client.free, client.owed = sides[client.pk]
            client.linked = min(sides[client.pk])
        return super().prepared(rows)

    def table_kwargs(self) -> dict[str, Any]:
        return {"may_act": self.can("payments.reconcile")}

    def result_line(self, total: str) -> str:
        said = ngettext("%(n)s account", "%(n)s accounts", counted(total)) % {"n": total}
        how = _("The oldest money pays the oldest items; each link can be undone.")
        return f"{said} · {how}"

    def empty(self) -> dict[str, Any]:
        return {"text": _("No account is left to reconcile."), "icon": "circle-check"}

    def no_match(self) -> str:
        return _("No account to reconcile matches these filters.")


class ReconcileOne(DeskPage, Command):
    """Reconcile one account of the list, oldest to newest."""

    permission_required = "payments.reconcile"

    def run(self, data: dict[str, Any]) -> tuple[Client, Matched]:
        mine = self.organization.clients.select_related("account__owner")
        client = get_object_or_404(mine, pk=number(data.get("client", "")))
        made = matching.match(
            organization=self.organization, client_ids=[client.pk], by=self.request.user, now=timezone.now()
        )
        return client, made

    def get_success_message(self, result: tuple[Client, Matched]) -> str:
        client, made = result
        if not made.links:
            return _("Nothing is left to link in the account of %(name)s.") % {"name": client}
        told = {"name": client, "amount": format_money(made.amount, self.organization.currency)}
        return _("%(name)s: %(amount)s linked, oldest first.") % told

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("action-center-reconcilable")
