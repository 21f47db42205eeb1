"""The questions the histories of mass runs, and a client's account, can be asked."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.models import MassRun
from smartrec.filters import DateRangeFilter, FilterSet, SearchFilter
from smartrec.forms import DateField, Form
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
