"""Every refund of an organization, by the processor and by hand; every deposit, and what is still held of it."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Person
from billing.listing import numbered
from billing.models import MoneyBack, Payment
from billing.tables.money_back import DepositsTable, RefundsTable
from billing.views.credit_lists import OfCredits
from billing.words.money_back import METHODS, STATES
from smartrec.filters import DateRangeFilter, FilterSet, MoneyRangeFilter, SearchFilter, YesNoFilter
from smartrec.money import format_money

CLIENT = ("client__account__owner", "client__organization")


def of_owner(typed: str) -> Q:
    return Q(client__account__owner__in=Person.objects.named(typed).values("pk"))


class RefundFilter(FilterSet):
    """By number, client or note; which way it went back, how it ended, when, how much."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=pgettext_lazy("refunds", "How"), choices=list(METHODS.items()))
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"),
        choices=[(key, label) for key, (label, _states) in STATES.items()],
        method="in_state",
    )
    day = DateRangeFilter(label=gettext_lazy("Date"), field_name="day")
    amount = MoneyRangeFilter(label=gettext_lazy("Amount"), field_name="amount")

    def search(self, rows: QuerySet[MoneyBack], name: str, typed: str) -> QuerySet[MoneyBack]:
        by_hand = Q(desk_refund__note__icontains=typed) | Q(desk_refund__internal_note__icontains=typed)
        noted = Q(refund__note__icontains=typed) | by_hand | Q(desk_refund__reference__icontains=typed)
        of_desk = numbered(typed, "R") & Q(desk_refund__isnull=False)
        of_payment = numbered(typed, "P") & Q(payment__isnull=False)
        return rows.filter(of_owner(typed) | noted | of_desk | of_payment)

    def in_state(self, rows: QuerySet[MoneyBack], name: str, value: str) -> QuerySet[MoneyBack]:
        return rows.filter(state__in=STATES[value][1])


class Refunds(OfCredits):
    """Money that went back, is on its way or failed to go."""

    permission_required = "payments.view"
    table_class, filterset_class = RefundsTable, RefundFilter
    default_order = ("-day",)
    export_name = "refunds"

    def rows(self) -> QuerySet[MoneyBack]:
        refunds = MoneyBack.objects.for_organization(self.organization)
        return refunds.select_related("refund", "desk_refund", *CLIENT)

    def pager_note(self) -> str:
        of = {name: Sum("amount", filter=Q(state__in=STATES[name][1]), default=0) for name in ("done", "coming")}
        sums = self.filtered.order_by().aggregate(**of)
        told = {name: format_money(cents, self.organization.currency) for name, cents in sums.items()}
        return _("%(done)s refunded, %(coming)s on its way") % told

    def empty(self) -> dict[str, Any]:
        return {"text": _("No refund yet."), "icon": "receipt-refund"}


class DepositFilter(FilterSet):
    """By number, client or what it is for; whether something is still held, when, how much."""

    q = SearchFilter(method="search")
    held = YesNoFilter(label=pgettext_lazy("deposits", "Still held"), method="still_held")
    day = DateRangeFilter(label=gettext_lazy("Date"), field_name="received_on")
    amount = MoneyRangeFilter(label=gettext_lazy("Amount"), field_name="amount")

    def search(self, rows: QuerySet[Payment], name: str, typed: str) -> QuerySet[Payment]:
        named = Q(credit_name__icontains=typed) | Q(reference__icontains=typed)
        return rows.filter(of_owner(typed) | named | numbered(typed, "P"))

    def still_held(self, rows: QuerySet[Payment], name: str, value: str) -> QuerySet[Payment]:
        return rows.filter(held__gt=0) if value == "yes" else rows.filter(held=0)


class Deposits(OfCredits):
    """Money kept on accounts for something to come."""

    permission_required = "payments.view"
    table_class, filterset_class = DepositsTable, DepositFilter
    default_order = ("-received_on",)
    export_name = "deposits"

    def rows(self) -> QuerySet[Payment]:
        deposits = Payment.objects.for_organization(self.organization).filter(is_deposit=True)
        return deposits.select_related(*CLIENT)

    def pager_note(self) -> str:
        sums = self.filtered.order_by().aggregate(held=Sum("held", default=0), kept=Sum("amount", default=0))
        told = {name: format_money(cents, self.organization.currency) for name, cents in sums.items()}
        return _("%(held)s still held of %(kept)s received") % told

    def empty(self) -> dict[str, Any]:
        return {"text": _("No deposit yet. Record one from a client’s file."), "icon": "lock"}
