"""The beginning of an installation: an organization and the person who owns it, before anybody can sign in."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, StaffMembership, User
from accounts.services import trail
from smartrec.errors import Refused

COUNTRY = {"CAD": "CA", "USD": "US"}


@transaction.atomic
def open_organization(
    *, name: str, slug: str, currency: str, owner_email: str, owner_name: str, language: str, now: dt.datetime
) -> tuple[Organization, User]:
    """Open an organization and make somebody its owner; done twice, the second time changes nothing.

    Whoever signs in with that address already keeps their login and their password.
    """
    if currency not in COUNTRY:
        raise Refused(_("The currency is CAD or USD."))
    known = Organization.objects.filter(slug=slug).first()
    if known is not None and (known.name, known.currency) != (name, currency):
        raise Refused(_("Another organization has this address already."))
    organization = known or _create(name, slug, currency, language)
    owner = User.objects.filter(email=owner_email.strip().lower()).first()
    owner = owner or User.objects.create_user(owner_email, None, name=owner_name, language=language)
    if not owner.is_active:
        raise Refused(_("%(name)s may not sign in any more.") % {"name": owner})
    membership, new = StaffMembership.objects.get_or_create(
        user=owner, organization=organization, defaults={"role": "owner"}
    )
    if membership.role != "owner" or not membership.is_active:
        raise Refused(_("%(name)s has another role in this organization.") % {"name": owner})
    if new:
        trail.record(
            organization=organization, verb="organization_opened", by=None, now=now, facts={"name": owner.email}
        )
    return organization, owner


def _create(name: str, slug: str, currency: str, language: str) -> Organization:
    organization = Organization(
        name=name, slug=slug, currency=currency, country=COUNTRY[currency], default_language=language
    )
    try:
        organization.full_clean()
    except ValidationError as problem:
        raise Refused(" ".join(problem.messages)) from problem
    organization.save()
    return organization
