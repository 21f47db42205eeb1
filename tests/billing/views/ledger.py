"""Short ways to what a client's ledger shows, for its tests."""

from billing.models import Movement
from tests.billing.views.ways import at


def asked(desk, client, query="", name="client-billing", **headers):
    return desk.get(at(client.organization, name, client.pk, query=query), headers=headers)


def rows_of(desk, client, query="") -> list[Movement]:
    return [row.record for row in asked(desk, client, query).context["table"].page.object_list]


def kinds(rows) -> list[str]:
    return sorted(row.kind for row in rows)
