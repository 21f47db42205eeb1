"""The trail: who did what, when, to which client."""

import datetime as dt
from typing import Any

from accounts.models import Client, Organization, Trail, User


def record(
    *,
    organization: Organization,
    verb: str,
    by: User | None,
    now: dt.datetime,
    client: Client | None = None,
    facts: dict[str, Any] | None = None,
) -> Trail:
    """Write down what someone did; `by` is None when the product itself did it."""
    return Trail.objects.create(
        organization=organization, client=client, actor=by, at=now, verb=verb, facts=facts or {}
    )
