"""Letters to administrators about runs that wait: for a second person, for their day, for someone to decide."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Organization, StaffMembership, User
from billing.models import MassRun
from billing.services.ending import ADDRESS
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec.roles import allows, roles_with

ACTS_WITH = {
    "charge": "charges.mass",
    "invoice": "invoices.mass",
    "refund": "payments.refund",
    "message": "messages.send",
}


def may(user: User | None, organization: Organization, permission: str) -> bool:
    """Whether someone works there at this moment and has that permission."""
    if user is None or not user.is_active:
        return False
    membership = StaffMembership.objects.filter(organization=organization, user=user, is_active=True).first()
    return membership is not None and allows(membership.role, permission)


def staff_with(organization: Organization, permission: str) -> QuerySet[User]:
    """Everybody who has that permission there."""
    roles = roles_with(permission)
    members = StaffMembership.objects.filter(organization=organization, is_active=True, role__in=roles)
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("pk")


def who_runs(run: MassRun) -> QuerySet[User]:
    """Everybody who could start, move or call off that run."""
    return staff_with(run.organization, ACTS_WITH[run.kind])


def write(*, run: MassRun, kind: str, fact: str, to: Iterable[User], **facts: object) -> None:
    """Write the same to each of them, once for that `fact` about the run."""
    organization = run.organization
    told = {
        "run": run.display_number,
        "run_kind": run.kind,
        "title": run.title,
        "count": run.shown_count,
        "total": run.shown_total,
        "currency": organization.currency,
        "confirmed_by": str(run.confirmed_by or ""),
        "starts": at_the_centre(organization, run.starts_at),
        "path": reverse(ADDRESS[run.kind], kwargs={"org": organization.slug, "run": run.pk}),
        **facts,
    }
    outbox.write_many(
        Letter(
            organization_id=organization.pk,
            client_id=None,
            kind=kind,
            key=f"run/{run.pk}/{fact}/{user.pk}",
            to=user.email,
            language=user.language or organization.default_language,
            facts=told,
        )
        for user in to
    )


def at_the_centre(organization: Organization, moment: dt.datetime | None) -> str:
    """A moment by the centre's clocks, as a fact of a letter."""
    return moment.astimezone(ZoneInfo(organization.time_zone)).strftime("%Y-%m-%dT%H:%M") if moment else ""
