"""What is told of a saved method that changed without its holder: on the trail, and in a letter."""

import datetime as dt

from accounts.models import User
from accounts.services import trail
from messaging.services.outbox import Letter, write_many
from wallet.models import Authorization, PaymentMethod


def renewed(authorization: Authorization, by: User, now: dt.datetime) -> None:
    """Staff entered the new expiry of a card."""
    method = authorization.method
    facts = {"method": str(method), "expiry": f"{method.exp_month:02d}/{(method.exp_year or 0) % 100:02d}"}
    _record("method_renewed", authorization, by, facts, now)
    _write(
        "method_renewed", f"authorization/{authorization.pk}/renewed/{now:%Y%m%d%H%M%S}", method, authorization, facts
    )


def disabled(method: PaymentMethod, allowed: list[Authorization], now: dt.datetime) -> None:
    """A method stopped working: its holder hears what to do, and every organization that could charge it knows why."""
    facts = {"method": str(method), "reason": method.invalid_reason}
    for one in allowed:
        _record("method_disabled", one, None, facts, now)
    # From the organization it concerns; from nobody in particular when it concerns several, or none.
    _write("method_unusable", f"method/{method.pk}/unusable", method, allowed[0] if len(allowed) == 1 else None, facts)


def _record(verb: str, authorization: Authorization, by: User | None, facts: dict[str, str], now: dt.datetime) -> None:
    organization, client = authorization.organization, authorization.client
    trail.record(organization=organization, client=client, verb=verb, by=by, now=now, facts=facts)


def _write(kind: str, key: str, method: PaymentMethod, sender: Authorization | None, facts: dict[str, str]) -> None:
    account = method.account
    if not account.email:
        return
    letter = Letter(
        organization_id=sender.organization_id if sender else None,
        client_id=sender.client_id if sender else None,
        kind=kind,
        key=key,
        to=account.email,
        language=account.language,
        facts={**facts, "method_kind": method.kind},
    )
    write_many([letter])
