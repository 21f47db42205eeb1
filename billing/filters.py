"""The questions the histories of mass runs, and a client's account, can be asked."""

import re
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Person
from billing.models import MassRun
from billing.models.run import PREFIXES
from billing.services.matching import reconcilable
from billing.words.reconciling import KINDS
from smartrec.filters import DateRangeFilter, FilterSet, MoneyRangeFilter, SearchFilter, YesNoFilter
from smartrec.forms import DateField, Form
from smartrec.statuses import status

STATES = ("draft", "waiting", "scheduled", "running", "paused", "finished", "stopped", "void", "reversed")


RUN_NUMBER = re.compile(rf"(?:(?:{'|'.join(PREFIXES.values())})-)?0*(\d{{1,9}})", re.IGNORECASE)


class RunFilter(FilterSet):
    """By title or number, by state, by day."""

    q = SearchFilter(method="search")
    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Status"), choices=[(state, status("job", state).label) for state in STATES]
    )
    created = DateRangeFilter(label=gettext_lazy("Created"), field_name="created_at__date")

    def search(self, runs: QuerySet[MassRun], name: str, value: str) -> QuerySet[MassRun]:
        found = Q(title__icontains=value) | Q(note__icontains=value)
        number = RUN_NUMBER.fullmatch(value.strip())
        return runs.filter(found | Q(number=int(number[1])) if number else found)


class ChargesFilter(RunFilter):
    """Charges, or the refunds of charges."""

    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=[("charge", gettext_lazy("Mass charge")), ("refund", gettext_lazy("Mass refund"))],
    )


class PeriodForm(Form):
    """From which day to which, both included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # `from` is a word of the language and cannot be the name of an attribute.
        self.fields["from"] = DateField(label=pgettext_lazy("range", "From"))
        self.fields["to"] = DateField(label=pgettext_lazy("range", "To"))

    def clean(self) -> dict[str, Any]:
        period = super().clean() or {}
        if period.get("from") and period.get("to") and period["to"] < period["from"]:
            self.add_error("to", _("The last day comes before the first."))
        return period


NUMBERED = re.compile(r"(?:(?:NC|P|F)-?)?0*(\d{1,9})", re.IGNORECASE)


class UnreconciledFilters(FilterSet):
    """What is not linked in full: whose, from when, how much, and whether the account has the other side as well."""

    q = SearchFilter(method="search")
    other_side = YesNoFilter(label=gettext_lazy("Can be reconciled"), method="by_other_side")
    created = DateRangeFilter(label=gettext_lazy("Created"), field_name="created_at__date")
    rest = MoneyRangeFilter(label=pgettext_lazy("unreconciled", "Left"), field_name="rest")

    def search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(client__account__owner__in=Person.objects.named(value).values("pk"))
        if number := NUMBERED.fullmatch(value.strip()):
            found |= Q(number=int(number[1]))
        return rows.filter(found)

    def by_other_side(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        can = Q(client__in=reconcilable(self.request.organization).values("pk"))
        return rows.filter(can if value == "yes" else ~can)


class FreeMoneyFilters(UnreconciledFilters):
    """The same for payments and credits, by kind too."""

    kind = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Kind"), choices=[(key, KINDS[key]) for key in ("payment", "deposit", "credit")]
    )


class ReconcilableFilters(FilterSet):
    """By the name of the owner."""

    q = SearchFilter(method="search")

    def search(self, clients: QuerySet, name: str, value: str) -> QuerySet:
        return clients.filter(account__owner__in=Person.objects.named(value).values("pk"))
