"""What registration adds to the People list: who is registered where, who is a member, and their activities."""

from collections.abc import Sequence
from typing import Any, Protocol

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from registration.models import Activity, Enrolment, Membership, MembershipType, Program
from smartrec import filters
from smartrec.numbers import numbers
from smartrec.tables import Column

_STATUSES = [
    ("confirmed", gettext_lazy("Registered")),
    ("waitlist", gettext_lazy("Waiting list")),
    ("cancelled", gettext_lazy("Cancelled")),
]


def programs(request: Any) -> QuerySet[Program]:
    return Program.objects.for_organization(request.organization).order_by("-starts_on", "name_fr")


def activities(request: Any) -> QuerySet[Activity]:
    """Those of the programs asked for; without any, the first of those still running, and those already in use."""
    every = Activity.objects.for_organization(request.organization).select_related("program")
    every = every.order_by("name_fr", "pk")
    asked = numbers(request.GET.getlist("program"))
    if asked:
        return every.filter(program__in=asked)
    chosen = numbers(request.GET.getlist("activity"))
    running = every.filter(Q(program__ends_on=None) | Q(program__ends_on__gte=timezone.localdate()))
    return every.filter(Q(pk__in=running.values("pk")[:_OFFERED]) | Q(pk__in=chosen))


def membership_types(request: Any) -> QuerySet[MembershipType]:
    return MembershipType.objects.for_organization(request.organization).order_by("name_fr")


_OFFERED = 100
_HELP = gettext_lazy("Choose a program first to see all its activities.")


class ActivityField(django_filters.fields.ModelMultipleChoiceField):
    """The same name comes back every season: the program tells them apart."""

    def label_from_instance(self, obj: Activity) -> str:
        return f"{obj} · {obj.program}"


class EnrolledFilter(django_filters.ModelMultipleChoiceFilter):
    """People registered in one of the chosen activities, or programs; another status than confirmed may be asked."""

    def __init__(self, *args: Any, within: str, **kwargs: Any) -> None:
        self.within = within
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet, value: QuerySet) -> QuerySet:
        if not value:
            return qs
        status = self.parent.form.cleaned_data.get("registration") or "confirmed"
        chosen = {f"{self.within}__in": [one.pk for one in value]}
        return qs.filter(Exists(Enrolment.objects.filter(person=OuterRef("pk"), status=status, **chosen)))


class StatusFilter(django_filters.ChoiceFilter):
    """With an activity or a program, how people stand in it; alone, how they stand in any of ours."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        asked = self.parent.form.cleaned_data
        if not value or asked.get("activity") or asked.get("program"):
            return qs
        ours = Enrolment.objects.for_organization(self.parent.request.organization)
        return qs.filter(Exists(ours.filter(person=OuterRef("pk"), status=value)))


class MemberFilter(django_filters.ModelMultipleChoiceFilter):
    """People who hold one of the chosen memberships today."""

    def filter(self, qs: QuerySet, value: QuerySet) -> QuerySet:
        if not value:
            return qs
        today = timezone.localdate()
        held = Membership.objects.filter(person=OuterRef("pk"), type__in=[one.pk for one in value])
        held = held.filter(Q(ends_on=None) | Q(ends_on__gte=today), starts_on__lte=today)
        return qs.filter(Exists(held))


class ActivitiesColumn(Column):
    """The first activity and how many more; all of them when one points at it, and in a file."""

    def render(self, value: list[str]) -> SafeString:
        more = format_html(' <span class="mut">+{}</span>', len(value) - 1) if len(value) > 1 else ""
        return format_html('<span title="{}">{}{}</span>', ", ".join(value), value[0], more)

    def value(self, value: list[str]) -> str:
        return ", ".join(value)


class Listed(Protocol):
    """A person of the list, as the activities column reads them."""

    pk: int
    activities_now: list[str] | None


def note_activities(people: Sequence[Listed], organization: Organization) -> None:
    """Give each person on the page the names of the activities of the running programs they are registered in."""
    today = timezone.localdate()
    running = Q(activity__program__ends_on=None) | Q(activity__program__ends_on__gte=today)
    confirmed = Enrolment.objects.for_organization(organization).filter(
        running, status="confirmed", person__in=[person.pk for person in people]
    )
    names: dict[int, list[str]] = {}
    for enrolment in confirmed.select_related("activity").order_by("activity__name_fr", "pk"):
        names.setdefault(enrolment.person_id, []).append(enrolment.activity.name)
    for person in people:
        person.activities_now = names.get(person.pk)


def register() -> None:
    """Add all of it to the People list, for roles that may see the catalogue."""
    of_program = EnrolledFilter(label=gettext_lazy("Program"), queryset=programs, within="activity__program")
    of_activity = EnrolledFilter(
        label=gettext_lazy("Activity"), queryset=activities, within="activity", help_text=_HELP
    )
    of_activity.field_class = ActivityField
    standing = StatusFilter(label=gettext_lazy("Registration"), choices=_STATUSES, empty_label=gettext_lazy("Any"))
    member = MemberFilter(label=gettext_lazy("Membership"), queryset=membership_types)
    filters.extend(
        "people",
        filters={"program": of_program, "activity": of_activity, "registration": standing, "membership": member},
        columns={
            "activities": ActivitiesColumn(
                accessor="activities_now", verbose_name=gettext_lazy("Activities"), orderable=False, card="hide"
            )
        },
        prepare=note_activities,
        permission="programs.view",
        order=5,
    )
