"""What billing adds to the portal's pages of other rooms: the part of a balance that is late, the way to pay it."""

from typing import Any

from django.utils import timezone

from accounts.models import Client
from billing.movements import standing_of


def overdue(request: Any, client: Client) -> dict[str, Any] | None:
    """Under what a household owes an organization: how much of it is late."""
    late = standing_of(client, on=client.organization.local_day(timezone.now())).overdue
    return {"late": min(late, client.balance), "client": client} if late and client.balance > 0 else None


def pay(request: Any, client: Client) -> dict[str, Any] | None:
    """Beside it: the button."""
    return {"client": client} if client.balance > 0 else None
