"""The trail: who did what, when, to which client."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

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


RECORD_MANY = """
INSERT INTO accounts_trail (organization_id, client_id, actor_id, at, verb, facts)
SELECT %(org)s, d.client_id, %(by)s, %(now)s, %(verb)s, d.facts
FROM unnest(%(clients)s::bigint[], %(facts)s::jsonb[]) WITH ORDINALITY AS d(client_id, facts, n) ORDER BY d.n
"""


def record_many(
    *,
    organization: Organization,
    verb: str,
    by: User | None,
    now: dt.datetime,
    told: Sequence[tuple[int, dict[str, Any]]],
) -> None:
    """Write down the same act about many clients, each with its own facts."""
    params = {
        "org": organization.pk,
        "by": by.pk if by else None,
        "now": now,
        "verb": verb,
        "clients": [client_id for client_id, _facts in told],
        "facts": [json.dumps(facts) for _client, facts in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD_MANY, params)
