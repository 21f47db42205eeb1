"""Sending links that sign in: to whoever asks for one, to a client a centre invites, to confirm an address.

What is queued holds who and which page, never a link.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Client, Organization, User
from accounts.services import signing_in, trail
from messaging.services.outbox import Letter, write_many
from smartrec.errors import Refused


def ask(*, email: str, next: str = "", language: str, now: dt.datetime) -> bool:
    """Somebody at the sign-in page wants a link. Whether one was queued is for tests, never for whoever asked."""
    user = signing_in.user_for_address(email=email)
    if user is None:
        return False
    _write(kind="sign_in_link", user=user, next=next, language=user.language or language, now=now)
    return True


def ask_to_confirm(*, user: User, next: str = "", language: str, now: dt.datetime) -> None:
    """Somebody who has signed in is about to open their wallet: they confirm their address first."""
    if not signing_in.needs_confirmed_address(user):
        raise Refused(_("Your address is confirmed already."))
    _write(kind="confirm_address", user=user, next=next, language=user.language or language, now=now)


@transaction.atomic
def invite(
    *,
    account: Account,
    organization: Organization,
    next: str,
    by: User,
    now: dt.datetime,
    kind: str = "add_method_link",
    facts: dict | None = None,
) -> User:
    """A centre sends its client a link to a page of the portal; the client's login is made if there was none."""
    client = Client.objects.active().get(organization=organization, account=account)
    user = signing_in.user_for_account(account=account)
    language = account.language or user.language
    _write(kind=kind, user=user, next=next, language=language, now=now, client=client, facts=facts)
    trail.record(
        organization=organization, verb="link_sent", by=by, now=now, client=client, facts={"email": user.email}
    )
    return user


def _write(
    *,
    kind: str,
    user: User,
    next: str,
    language: str,
    now: dt.datetime,
    client: Client | None = None,
    facts: dict | None = None,
) -> None:
    letter = Letter(
        organization_id=client.organization_id if client else None,
        client_id=client.pk if client else None,
        kind=kind,
        key=f"{kind}/{user.pk}/{now.isoformat()}",
        to=user.email,
        language=language,
        facts={**(facts or {}), "user": user.pk, "next": signing_in.our_path(next)},
    )
    write_many([letter])
