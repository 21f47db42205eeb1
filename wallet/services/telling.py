"""What the trail and the holder are told about saved methods and permissions, in the same transaction as the fact."""

import datetime as dt

from accounts.models import Account, User
from accounts.services import trail
from messaging.services.outbox import Letter, write_many
from wallet.models import Authorization, PaymentMethod, SetupSession


def saved(setup: SetupSession, method: PaymentMethod) -> None:
    """Whoever did it, the holder hears of a new method in the wallet."""
    facts = {"method": str(method), "method_kind": method.kind, "by": _who(setup.created_by, method.account)}
    _write("method_saved", f"setup/{setup.pk}/saved", method.account, setup.organization_id, None, facts)


def granted(authorization: Authorization, now: dt.datetime) -> None:
    _tell("granted", authorization, authorization.granted_by, now)


def revoked(authorization: Authorization, by: User | None, now: dt.datetime) -> None:
    _tell("revoked", authorization, by, now)


def _tell(what: str, authorization: Authorization, by: User | None, now: dt.datetime) -> None:
    kind, method = f"authorization_{what}", authorization.method
    trail.record(
        organization=authorization.organization,
        client=authorization.client,
        verb=kind,
        by=by,
        now=now,
        facts={"method": str(method), "channel": authorization.channel},
    )
    facts = {"method": str(method), "by": _who(by, method.account)}
    key = f"authorization/{authorization.pk}/{what}"
    _write(kind, key, method.account, authorization.organization_id, authorization.client_id, facts)


def _who(by: User | None, account: Account) -> str:
    return "client" if by is not None and by.pk == account.user_id else "staff"


def _write(
    kind: str, key: str, account: Account, organization: int | None, client: int | None, facts: dict[str, str]
) -> None:
    if not account.email:
        return
    letter = Letter(
        organization_id=organization,
        client_id=client,
        kind=kind,
        key=key,
        to=account.email,
        language=account.language,
        facts=facts,
    )
    write_many([letter])
