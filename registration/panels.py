"""What registration shows in a person's page and in a client's file."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Client, Person
from registration.models import Enrolment, Membership
from smartrec import contributions

_SHOWN = 50


def of_person(request: Any, person: Person) -> dict[str, Any]:
    """Where a person is or was registered with this organization, and the memberships they hold."""
    return _drawn(
        Enrolment.objects.for_organization(request.organization).filter(person=person),
        Membership.objects.for_organization(request.organization).filter(person=person),
        several=False,
    )


def of_client(request: Any, client: Client) -> dict[str, Any] | None:
    """The same for everyone in an account; nothing when there is nothing to show."""
    return _drawn(
        Enrolment.objects.for_organization(request.organization).filter(person__account=client.account_id),
        Membership.objects.for_organization(request.organization).filter(person__account=client.account_id),
        several=True,
    )


def _drawn(enrolments: QuerySet[Enrolment], memberships: QuerySet[Membership], *, several: bool) -> dict[str, Any]:
    recent = enrolments.select_related("person", "activity__program").order_by("-created_at", "-pk")[:_SHOWN]
    held = memberships.select_related("person", "type").order_by("-starts_on", "-pk")[:_SHOWN]
    return {
        "enrolments": list(recent),
        "memberships": list(held),
        "several": several,
    }


def register() -> None:
    template = "registration/registrations_panel.html"
    contributions.add_panel("person", contributions.Panel(template, of_person, "programs.view"))
    contributions.add_panel("client", contributions.Panel(template, of_client, "programs.view", order=60))
