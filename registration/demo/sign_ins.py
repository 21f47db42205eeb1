"""Who may look at the demo: one line per made-up person who can sign in."""

import os
from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, Organization, User
from registration.demo.organizations import CENTRES, PASSWORD, STAFF, sign_in
from smartrec.roles import ROLE_NAMES

HOLDERS, UNCONFIRMED = 4, 3


def give_portal(organizations: Sequence[Organization]) -> None:
    """Let a few households of each of the first centres sign in."""
    for organization in organizations[: len(CENTRES)]:
        shown = Account.objects.for_organization(organization).filter(user=None).exclude(email="").order_by("pk")
        for number, account in enumerate(shown[:HOLDERS], 1):
            email = f"parent{number}@{organization.slug}.example"
            # One of them shows how an address is confirmed.
            confirmed = None if number == UNCONFIRMED else timezone.now()
            known = {"email_confirmed_at": confirmed, "language": account.language}
            account.user = User.objects.create_user(email, PASSWORD, name=str(account.owner), **known)
            account.save(update_fields=["user"])


def lines() -> list[str]:
    """Every sign-in of the demo, and the password they share."""
    found = [_("Password of everyone in the demo: %(password)s") % {"password": PASSWORD}]
    for centre in CENTRES:
        organization = Organization.objects.get(slug=centre[0])
        found.append(f"{organization.name}  /o/{organization.slug}/")
        found += [f"  {sign_in(role, organization.slug):34} {ROLE_NAMES[role]}" for role in STAFF]
        holders = User.objects.filter(account__isnull=False, email__endswith=f"@{organization.slug}.example")
        found += [
            f"  {email:34} {ROLE_NAMES['account_holder']}"
            for email in holders.order_by("email").values_list("email", flat=True)
        ]
    return found


def place() -> Path | None:
    """The file the stack shows once it is up: named by SMARTREC_SIGN_INS, else beside the stack's data."""
    if named := os.environ.get("SMARTREC_SIGN_INS"):
        return Path(named)
    data = os.environ.get("SMARTREC_DATA")
    return Path(data) / "sign-ins.txt" if data else None
