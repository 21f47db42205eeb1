"""The questions the People and Accounts lists can be asked; rooms above add theirs."""

import datetime as dt
import functools
from typing import Any

import django_filters
from django import forms
from django.core.cache import cache
from django.db.models import Func, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts import phones
from accounts.models import Client, Organization, Person
from accounts.models.client import PersonQuerySet
from smartrec import selection
from smartrec.filters import DateRangeFilter, FilterSet, MoneyRangeFilter, RangeWidget, SearchFilter, YesNoFilter

_BALANCES = [
    ("owes", gettext_lazy("Owes")),
    ("zero", gettext_lazy("Zero")),
    ("credit", pgettext_lazy("balance", "In credit")),
]
_OWES = {"owes": "__gt", "zero": "", "credit": "__lt"}
_LANGUAGES = [("fr", gettext_lazy("French")), ("en", gettext_lazy("English"))]


class AgeField(forms.MultiValueField):
    def __init__(self, **kwargs: Any) -> None:
        boxes = [forms.IntegerField(required=False, min_value=0, max_value=120) for _box in range(2)]
        widget = RangeWidget(forms.NumberInput, {"min": 0, "max": 120})
        super().__init__(fields=boxes, widget=widget, **kwargs)

    def compress(self, values: list[int | None]) -> slice | None:
        return slice(*values) if values and any(value is not None for value in values) else None


class AgeFilter(django_filters.Filter):
    """From one age to another, both included, today."""

    field_class = AgeField

    def filter(self, qs: QuerySet, value: slice | None) -> QuerySet:
        if value is None:
            return qs
        today = timezone.localdate()
        if value.start is not None:
            qs = qs.filter(birth_date__lte=_years_before(today, value.start))
        if value.stop is not None:
            qs = qs.filter(birth_date__gt=_years_before(today, value.stop + 1))
        return qs

    def describe(self, value: slice) -> str:
        if value.start is None:
            return _("%(most)s or less") % {"most": value.stop}
        if value.stop is None:
            return _("%(least)s or more") % {"least": value.start}
        return _("%(least)s to %(most)s") % {"least": value.start, "most": value.stop}


class TagField(forms.MultipleChoiceField):
    """The tags in use are offered, and a tag put on a minute ago may be asked too."""

    def valid_value(self, value: Any) -> bool:
        return True


class TagFilter(django_filters.MultipleChoiceFilter):
    field_class = TagField


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class ListFilter(FilterSet):
    """What both lists ask of a client; `of_client` and `of_account` lead from a row to its columns."""

    of_client = ""
    of_account = "account__"

    q = SearchFilter(method="search")
    balance = django_filters.ChoiceFilter(
        label=gettext_lazy("Balance"), choices=_BALANCES, method="by_balance", empty_label=gettext_lazy("Any")
    )
    language = django_filters.ChoiceFilter(
        label=gettext_lazy("Language"), choices=_LANGUAGES, method="by_language", empty_label=gettext_lazy("Any")
    )
    city = django_filters.CharFilter(label=gettext_lazy("City"), method="by_city")
    portal = YesNoFilter(label=gettext_lazy("Signs in to the portal"), method="by_portal")
    tag = TagFilter(label=pgettext_lazy("client", "Tag"), method="by_tag", choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organization = self.request.organization
        self.filters["tag"].extra["choices"] = functools.cache(lambda: [(tag, tag) for tag in tags_of(organization)])

    def search(self, rows: Any, name: str, value: str) -> QuerySet:
        raise NotImplementedError

    def by_balance(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(**{f"{self.of_client}balance{_OWES[value]}": 0})

    def by_language(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(**{f"{self.of_account}language": value})

    def by_city(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        return rows.filter(**{f"{self.of_account}address_city__iexact": value})

    def by_portal(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(**{f"{self.of_account}user__isnull": not value})

    def by_tag(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        return rows.filter(**{f"{self.of_client}tags__overlap": value}) if value else rows


class PeopleFilter(ListFilter):
    of_client = "client_"

    amount = MoneyRangeFilter(label=gettext_lazy("Balance amount"), field_name="client_balance")
    age = AgeFilter(label=gettext_lazy("Age"))
    owner = YesNoFilter(label=gettext_lazy("Account owner"), method="by_owner")

    def search(self, rows: PersonQuerySet, name: str, value: str) -> QuerySet:
        return rows.named(phones.as_searched(value) or value)

    def by_owner(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(owned_account__isnull=not value)


class AccountsFilter(ListFilter):
    amount = MoneyRangeFilter(label=gettext_lazy("Balance amount"), field_name="balance")

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Anyone of the household finds its row."""
        people = Person.objects.named(phones.as_searched(value) or value)
        return rows.filter(account__in=people.values("account"))


class AuditFilter(FilterSet):
    at = DateRangeFilter(label=gettext_lazy("Date"), field_name="at__date")


def tags_of(organization: Organization) -> list[str]:
    """The tags this organization's clients wear, each once; read again after a minute."""
    key = f"tags:{organization.pk}"
    tags = cache.get(key)
    if tags is None:
        tags = _read_tags(organization)
        cache.set(key, tags, timeout=60)
    return tags


def _read_tags(organization: Organization) -> list[str]:
    worn = Client.objects.for_organization(organization).active().exclude(tags=[])
    tags = worn.annotate(tag=Func("tags", function="unnest")).values_list("tag", flat=True).distinct()
    return sorted(tags)


def people_of(organization: Organization) -> QuerySet[Person]:
    """Every row of the People list."""
    return Person.objects.with_client(organization)


def accounts_of(organization: Organization) -> QuerySet[Client]:
    """Every row of the Accounts list: an account is on it as soon as it has an owner to be found by."""
    return Client.objects.for_organization(organization).active().filter(account__owner__isnull=False)


def register() -> None:
    """Make the rows of both lists selectable."""
    selection.register("people", selection.SelectableList("people", people_of, PeopleFilter))
    selection.register("accounts", selection.SelectableList("accounts", accounts_of, AccountsFilter, "account_id"))
