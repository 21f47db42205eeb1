"""What an organization asks before a mass run starts, and what a mass charge points out."""

import datetime as dt

from django.db import transaction

from accounts.models import Organization, User
from accounts.services import trail

LIMITS = ("confirm_above", "approve_above", "recent_days", "planned_days")


@transaction.atomic
def change(*, organization: Organization, limits: dict[str, int | None], by: User, now: dt.datetime) -> bool:
    """Set the limits of mass runs. The answer is whether anything is new."""
    held = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before = {name: getattr(held, name) for name in LIMITS}
    if before == limits:
        return False
    Organization.objects.filter(pk=held.pk).update(**{name: limits[name] for name in LIMITS})
    changed = [name for name in LIMITS if before[name] != limits[name]]
    trail.record(organization=held, verb="run_limits_changed", by=by, now=now, facts={"what": ", ".join(changed)})
    return True
