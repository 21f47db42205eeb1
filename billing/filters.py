"""The questions the histories of mass runs can be asked."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from billing.models import MassRun
from smartrec.filters import DateRangeFilter, FilterSet, SearchFilter
from smartrec.statuses import status

STATES = ("draft", "running", "paused", "finished", "stopped", "void")


class RunFilter(FilterSet):
    """By title or number, by state, by day."""

    q = SearchFilter(method="search")
    state = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Status"), choices=[(state, status("job", state).label) for state in STATES]
    )
    created = DateRangeFilter(label=gettext_lazy("Created"), field_name="created_at__date")

    def search(self, runs: QuerySet[MassRun], name: str, value: str) -> QuerySet[MassRun]:
        found = Q(title__icontains=value) | Q(note__icontains=value)
        number = value.upper().removeprefix("FM-").removeprefix("FL-")
        return runs.filter(found | Q(number=int(number)) if number.isdigit() and len(number) < 10 else found)
