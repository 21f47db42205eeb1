"""What the trail and the holder are told about saved methods and permissions, in the same transaction as the fact."""

import datetime as dt
from collections.abc import Mapping

from accounts.models import Account, Client, User
from accounts.services import trail
from messaging.services.outbox import Letter, write_many
from wallet.models import Authorization, PaymentMethod, SetupSession


def saved(setup: SetupSession, method: PaymentMethod) -> None:
    """Whoever did it, the holder hears of a new method in the wallet."""
    facts = {"method": str(method), "method_kind": method.kind, "by": _who(setup.created_by, method.account)}
    _write("method_saved", f"setup/{setup.pk}/saved", method.account, _speaker(setup), _in_file_of(setup), facts)


def refreshed(setup: SetupSession, method: PaymentMethod) -> None:
    """Staff typed again what was in the wallet already: its holder hears of that too."""
    facts = {"method": str(method), "method_kind": method.kind, "by": _who(setup.created_by, setup.account)}
    if facts["by"] == "staff":
        key = f"setup/{setup.pk}/refreshed"
        _write("method_renewed", key, setup.account, _speaker(setup), _in_file_of(setup), facts)


def _in_file_of(setup: SetupSession) -> int | None:
    """What staff do for a client is among the messages of the client's file."""
    if setup.organization_id is None or setup.created_by_id == setup.account.user_id:
        return None
    clients = Client.objects.filter(organization=setup.organization_id, account=setup.account_id)
    return clients.values_list("pk", flat=True).first()


def replaced(setup: SetupSession, old: PaymentMethod, new: PaymentMethod) -> None:
    """One letter says it all: what left, what took its place, and who may charge it."""
    names = [consent.organization.name for consent in setup.consents.select_related("organization").order_by("pk")]
    facts = {"method": str(new), "old": str(old), "method_kind": new.kind, "authorized": ", ".join(names)}
    facts["by"] = _who(setup.created_by, new.account)
    _write("method_replaced", f"setup/{setup.pk}/replaced", new.account, _speaker(setup), None, facts)


def _speaker(setup: SetupSession) -> int | None:
    """Whose letter it is: the organization whose staff did it, or the only one that is concerned."""
    agreed = list(setup.consents.values_list("organization", flat=True)[:2])
    return setup.organization_id or (agreed[0] if len(agreed) == 1 else None)


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
    if _said_by_the_replacement(what, authorization):
        return
    facts: dict[str, str | int] = {"method": str(method), "by": _who(by, method.account)}
    if method.kind == "bank" and what == "granted":
        # The copy the holder of a bank account is owed is attached when the letter leaves.
        facts["authorization"] = authorization.pk
    key = f"authorization/{authorization.pk}/{what}"
    _write(kind, key, method.account, authorization.organization_id, authorization.client_id, facts)


def _said_by_the_replacement(what: str, authorization: Authorization) -> bool:
    """The letter about a replaced method says what became of its permissions, but a debit agreement's own copy is
    still owed."""
    if what == "granted":
        return authorization.replaces_id is not None and authorization.method.kind == "card"
    return authorization.replaced_by.exists()


def _who(by: User | None, account: Account) -> str:
    return "client" if by is not None and by.pk == account.user_id else "staff"


def _write(
    kind: str, key: str, account: Account, organization: int | None, client: int | None, facts: Mapping[str, str | int]
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
        facts=dict(facts),
    )
    write_many([letter])
