"""The questions the list of failed payments can be asked."""

import datetime as dt
import re

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Person
from billing.words import FAILURES
from billing.words.disagreeing import KINDS
from smartrec.filters import FilterSet, MoneyRangeFilter, SearchFilter, YesNoFilter

PERIODS = [
    ("7", gettext_lazy("last 7 days")),
    ("30", gettext_lazy("last 30 days")),
    ("90", gettext_lazy("last 90 days")),
]
TYPES = [
    ("mass_charge", gettext_lazy("Mass charge")),
    ("payment", gettext_lazy("Single payment")),
    ("e_check", gettext_lazy("E-check")),
]
METHODS = [
    ("visa", "Visa"),
    ("mastercard", "Mastercard"),
    ("amex", "American Express"),
    ("other", gettext_lazy("Other card")),
    ("bank", gettext_lazy("E-check")),
]
EXPIRY = [
    ("past", gettext_lazy("already expired")),
    ("this", gettext_lazy("this month")),
    ("later", gettext_lazy("later")),
]
NAMED = ["visa", "mastercard", "amex"]
NEVER_WAITING = {"declined_for_good", "already_paid", "stopped"}
REASONS = [(key, failure.label) for key, failure in FAILURES.items() if key not in NEVER_WAITING]
RESOLVED = [("gone", gettext_lazy("agrees again")), ("handled", gettext_lazy("handled by a person"))]
_NUMBER = re.compile(r"(?:P-?)?0*(\d{1,9})", re.IGNORECASE)


class PaymentSearch(FilterSet):
    """By the name of the owner or of the person, or by the number of the payment."""

    to_payment = "payment"

    q = SearchFilter(method="search")

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        people = Person.objects.named(value).values("pk")
        found = Q(**{f"{self.to_payment}__client__account__owner__in": people})
        found |= Q(**{f"{self.to_payment}__person__in": people})
        if number := _NUMBER.fullmatch(value.strip()):
            found |= Q(**{f"{self.to_payment}__number": int(number[1])})
        return rows.filter(found)


class DismissedFilters(PaymentSearch):
    """What was set aside."""

    to_payment = "attempt__payment"


class DisagreeingFilters(FilterSet):
    """By the number here or at the processor, or by name; of what kind; and those that are over."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=gettext_lazy("What does not agree"), choices=KINDS)
    how = django_filters.ChoiceFilter(
        label=gettext_lazy("Resolved"), choices=RESOLVED, empty_label=gettext_lazy("Any"), method="by_end"
    )
    amount = MoneyRangeFilter(label=gettext_lazy("Amount"), field_name="amount")

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(object_id=value.strip()) | Q(client__account__owner__in=Person.objects.named(value).values("pk"))
        if number := _NUMBER.fullmatch(value.strip()):
            found |= Q(payment__number=int(number[1]))
        return rows.filter(found)

    def by_end(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(how=value)


class ExpiringFilters(FilterSet):
    """When a card expires, and whether its holder owes anything."""

    q = SearchFilter(method="search")
    expires = django_filters.ChoiceFilter(
        label=gettext_lazy("Expiry"), choices=EXPIRY, method="by_expiry", empty_label=gettext_lazy("Any")
    )
    owes = YesNoFilter(label=gettext_lazy("Owes something"), method="by_debt")

    def search(self, cards: QuerySet, name: str, value: str) -> QuerySet:
        return cards.filter(client__account__owner__in=Person.objects.named(value).values("pk"))

    def by_expiry(self, cards: QuerySet, name: str, value: str) -> QuerySet:
        on = self.request.organization.local_day(timezone.now())
        this_month = Q(method__exp_year=on.year, method__exp_month=on.month)
        before = Q(method__exp_year__lt=on.year) | Q(method__exp_year=on.year, method__exp_month__lt=on.month)
        return cards.filter({"past": before, "this": this_month}.get(value, ~before & ~this_month))

    def by_debt(self, cards: QuerySet, name: str, value: str) -> QuerySet:
        owing = Q(client__balance__gt=0)
        return cards.filter(owing if value == "yes" else ~owing)


class FailedFilters(PaymentSearch):
    """When, how, why, how much; nothing is left out unless someone asks."""

    failed = django_filters.ChoiceFilter(
        label=pgettext_lazy("period", "Failed"),
        choices=PERIODS,
        method="by_period",
        empty_label=gettext_lazy("Any"),
    )
    type = django_filters.MultipleChoiceFilter(label=gettext_lazy("Type"), choices=TYPES)
    method = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Payment method"), choices=METHODS, method="by_method"
    )
    reason = django_filters.MultipleChoiceFilter(label=gettext_lazy("Reason"), choices=REASONS, field_name="why")
    amount = MoneyRangeFilter(label=gettext_lazy("Amount"), field_name="payment__amount")

    def by_period(self, tries: QuerySet, name: str, value: str) -> QuerySet:
        return tries.filter(since__gte=timezone.now() - dt.timedelta(days=int(value)))

    def by_method(self, tries: QuerySet, name: str, value: list[str]) -> QuerySet:
        if not value:
            return tries
        asked = Q(method__kind="card", method__brand__in=[brand for brand in value if brand in NAMED])
        if "other" in value:
            asked |= Q(method__kind="card") & ~Q(method__brand__in=NAMED)
        return tries.filter(asked | Q(method__kind="bank") if "bank" in value else asked)
