"""Telling the office what administrators invoice, credit and cancel, where the organization asked to be told."""

import datetime as dt
from typing import Any

from accounts.models import Client, Organization, User
from accounts.services import trail
from messaging.kinds.invoices import ACTS
from messaging.services import outbox
from messaging.services.outbox import Letter

SEVERAL = "invoices_created"


def tell_office(
    *,
    organization: Organization,
    act: str,
    key: str,
    number: str,
    amount: int,
    by: User | None,
    path: str,
    client: Client | None = None,
    reason: str = "",
    count: int = 1,
) -> None:
    """Write to the office what an administrator did, in the transaction that does it; a `key` is told once.

    `act` is one of `messaging.kinds.invoices.ACTS`, or `invoices_created` for a whole run; `path` is the page the
    letter opens. What a client or the product itself did is not told, nor anything where no address is set.
    """
    if act not in ACTS and act != SEVERAL:
        raise LookupError(act)
    if not organization.notices_email or by is None:
        return
    facts: dict[str, Any] = {"act": act, "number": number, "amount": amount, "currency": organization.currency}
    facts |= {"by": str(by), "client": _named(client), "reason": reason, "count": count, "path": path}
    letter = Letter(
        organization_id=organization.pk,
        client_id=None,
        kind="office_notice",
        key=f"office/{act}/{key}",
        to=organization.notices_email,
        language=organization.default_language,
        facts=facts,
    )
    outbox.write_many([letter])


def _named(client: Client | None) -> str:
    return f"{client} ({client.display_number})" if client else ""


def send_notices_to(*, organization: Organization, email: str, by: User, now: dt.datetime) -> bool:
    """Have the office told at that address, or nobody when it is empty. The answer is whether that is new."""
    email = email.strip().lower()
    if organization.notices_email == email:
        return False
    organization.notices_email = email
    organization.save(update_fields=["notices_email"])
    facts = {"email": email or "–"}
    trail.record(organization=organization, verb="notices_changed", by=by, now=now, facts=facts)
    return True
