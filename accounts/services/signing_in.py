"""Signing in without a password: a link that works once, for a short time, for one person and one page.

Its token is signed, not kept: it is made while a letter leaves (`path_for`), holds who it is for and when it was made,
and stops working as soon as that person signs in, in whatever way, or changes their address or password. So nobody
who reads the database, or the messages shown in a client's file, can sign in with what they read.
"""

import datetime as dt
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from sesame.utils import get_token, get_user

from accounts.models import Account, User
from smartrec.errors import Refused

MOST_CHARACTERS = 300
MINUTES = 15


def our_path(path: str) -> str:
    """The page to open afterwards, when it is one of ours; nothing when it leads elsewhere."""
    ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if ours and len(path) <= MOST_CHARACTERS else ""


def path_for(*, user_pk: int, next: str = "") -> str:
    """The address of a link that signs this person in; of the bare sign-in page when they may not sign in."""
    next = our_path(next)
    user = User.objects.filter(pk=user_pk, is_active=True).first()
    asked = {"next": next} if next else {}
    if user is not None:
        return f"{reverse('sign-in-link')}?{urlencode({'token': get_token(user, _scope(next)), **asked})}"
    return reverse("account_login") + (f"?{urlencode(asked)}" if asked else "")


def holder_of(*, token: str, next: str = "") -> User | None:
    """Whom the link signs in, or nobody: it was used, is too old, was changed, or its person may not sign in."""
    found = get_user(token, scope=_scope(next), update_last_login=False) if token else None
    return found if isinstance(found, User) else None


def use_link(*, token: str, next: str = "", now: dt.datetime) -> User:
    """Spend the link; one use succeeds. Whoever holds it has read that mailbox, so the address is confirmed too."""
    user = holder_of(token=token, next=next)
    if user is None or not spend(user=user, now=now):
        raise Refused(_("This link was used already, or is too old."))
    adopt_account(user=user)
    user.refresh_from_db()
    return user


def spend(*, user: User, now: dt.datetime) -> bool:
    """End every link this person holds, unless another request has just done so: the token was read from that row."""
    unspent = User.objects.filter(pk=user.pk, is_active=True, last_login=user.last_login)
    return unspent.update(last_login=now, email_confirmed_at=Coalesce(F("email_confirmed_at"), Value(now))) == 1


@transaction.atomic
def adopt_account(*, user: User) -> None:
    """Whoever has shown that an address is theirs finds the one household known under it, if nobody holds it yet."""
    if Account.objects.filter(user=user).exists():
        return
    account = _only_unclaimed(user.email)
    if account is not None:
        account.user = user
        account.save(update_fields=["user"])


@transaction.atomic
def user_for_address(*, email: str) -> User | None:
    """Who may be sent a link: whoever signs in with this address, else the one household known under it."""
    account = _only_unclaimed(email)
    # Read after the household is locked: of two requests at once, the second finds the login the first one made.
    known = User.objects.filter(email=email.strip().lower()).first()
    if known is None and account is not None:
        known = _give_login(account)
    return known if known is not None and known.is_active else None


@transaction.atomic
def user_for_account(*, account: Account) -> User:
    """Who signs in for a household; the first time, a login is made for its e-mail address."""
    account = Account.objects.select_for_update(of=("self",)).select_related("user", "owner").get(pk=account.pk)
    if account.user is None and not account.email:
        raise Refused(_("%(name)s has no email address.") % {"name": account})
    user = account.user or User.objects.filter(email=account.email.lower()).first()
    if user is not None and not user.is_active:
        raise Refused(_("%(name)s may not sign in any more.") % {"name": account})
    if user is not None and account.user is None and Account.objects.filter(user=user).exists():
        raise Refused(_("The email address of %(name)s belongs to somebody else.") % {"name": account})
    return user or _give_login(account)


def needs_confirmed_address(user: User) -> bool:
    """Whether they must first show that their address is theirs, as the wallet asks."""
    return user.email_confirmed_at is None


def _scope(next: str) -> str:
    # The page is signed with the token: nobody can send a household elsewhere with a link of ours.
    return f"sign-in:{next}"


def _only_unclaimed(email: str) -> Account | None:
    same = Account.objects.filter(email__iexact=email.strip()) if email.strip() else Account.objects.none()
    found = list(same.select_for_update(of=("self",)).select_related("owner").order_by("pk")[:2])
    return found[0] if len(found) == 1 and found[0].user_id is None else None


def _give_login(account: Account) -> User:
    name = str(account.owner or "")
    account.user = User.objects.create_user(account.email, None, name=name, language=account.language)
    account.save(update_fields=["user"])
    return account.user
