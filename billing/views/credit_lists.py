"""Every credit of an organization."""

from typing import Any

import django_filters
from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person
from billing.listing import numbered
from billing.models import Credit
from billing.tables.credits import CreditNotesTable
from billing.words.crediting import KINDS
from smartrec.filters import DateRangeFilter, FilterSet, SearchFilter
from smartrec.money import format_money
from smartrec.statuses import status
from smartrec.views import ListPage, Tab


class CreditFilter(FilterSet):
    """By number, client or description; by kind, by state, by day."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=gettext_lazy("Type"), choices=list(KINDS.items()))
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"),
        choices=[(state, status("credit", state).label) for state in ("available", "used", "void")],
        method="in_state",
    )
    issued = DateRangeFilter(label=gettext_lazy("Date"), field_name="issued_on")

    def search(self, credits: QuerySet[Credit], name: str, value: str) -> QuerySet[Credit]:
        named = Person.objects.named(value).values("pk")
        found = Q(description__icontains=value) | Q(client__account__owner__in=named)
        return credits.filter(found | numbered(value, "NC"))

    def in_state(self, credits: QuerySet[Credit], name: str, value: str) -> QuerySet[Credit]:
        used = Q(total=F("allocated") + F("refunded"))
        wanted = {"void": Q(state="void"), "used": Q(state="issued") & used, "available": Q(state="issued") & ~used}
        return credits.filter(wanted[value])


class OfCredits(ListPage):
    """A list of what was credited, given back or held: one beside the others."""

    title = gettext_lazy("Credits and refunds")
    nav = "credits"
    search_placeholder = gettext_lazy("Name or number")

    def view_tabs(self) -> list[Tab]:
        here = self.request.resolver_match.url_name
        return [
            Tab(label, self.org_url(name), None, here == name)
            for name, label, permission in (
                ("credits", _("Credits"), "invoices.view"),
                ("refunds", _("Refunds"), "payments.view"),
                ("deposits", _("Deposits"), "payments.view"),
            )
            if self.can(permission)
        ]


class Credits(OfCredits):
    """Credit memos, cancelled items, debts given up: searched, filtered, exported."""

    permission_required = "invoices.view"
    table_class = CreditNotesTable
    filterset_class = CreditFilter
    default_order = ("-number",)
    export_name = "credits"

    def rows(self) -> QuerySet[Credit]:
        credits = Credit.objects.for_organization(self.organization)
        left: Any = Case(When(state="issued", then=F("total") - F("allocated") - F("refunded")), default=0)
        related = ("client__account__owner", "client__organization", "invoice")
        return credits.select_related(*related).annotate(left=left)

    def pager_note(self) -> str:
        sums = self.filtered.order_by().aggregate(
            granted=Sum("total", filter=Q(state="issued"), default=0), unused=Sum("left", default=0)
        )
        told = {name: format_money(cents, self.organization.currency) for name, cents in sums.items()}
        return _("%(granted)s in credits that stand, %(unused)s left") % told

    def empty(self) -> dict[str, Any]:
        return {"text": _("No credit yet. Issue one from a client’s file."), "icon": "discount"}
