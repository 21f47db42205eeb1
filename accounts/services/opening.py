"""Opening an account, adding people to it, keeping both up to date."""

import datetime as dt
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Account, Client, Organization, Person, User, age_on
from accounts.services import trail
from smartrec.errors import Refused


@dataclass(frozen=True, kw_only=True)
class PersonDetails:
    """What is known of a person."""

    first_name: str
    last_name: str
    birth_date: dt.date | None = None
    gender: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How a household is reached and in which language; its e-mail and telephone are those of its owner."""

    language: str = "fr"
    address_line1: str = ""
    address_city: str = ""
    address_province: str = ""
    address_postal_code: str = ""


ADULT = 18


@transaction.atomic
def open_account(
    *, organization: Organization, owner: PersonDetails, contact: Contact, by: User | None, now: dt.datetime
) -> Client:
    """Open a household's account with its owner, an adult, and make it a client with the next number."""
    _check_adult(owner, now)
    account = Account.objects.create(email=owner.email, phone=owner.phone, **asdict(contact))
    account.owner = Person.objects.create(account=account, **asdict(owner))
    account.save(update_fields=["owner"])
    client = _make_client(organization, account, now)
    facts = {"name": str(account.owner), "number": client.display_number}
    trail.record(organization=organization, verb="account_opened", by=by, client=client, now=now, facts=facts)
    return client


@transaction.atomic
def serve_account(*, organization: Organization, account: Account, by: User | None, now: dt.datetime) -> Client:
    """Add to this organization's clients an account that another organization already serves."""
    # Pressed twice at once, the second finds the client the first has made.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    existing = Client.objects.for_organization(organization).filter(account=account).first()
    if existing is not None and existing.archived_at is None:
        return existing
    if existing is not None:
        existing.archived_at = None
        existing.save(update_fields=["archived_at"])
    client = existing or _make_client(organization, account, now)
    facts = {"name": str(account), "number": client.display_number}
    trail.record(organization=organization, verb="account_added", by=by, client=client, now=now, facts=facts)
    return client


@transaction.atomic
def add_person(*, client: Client, details: PersonDetails, by: User | None, now: dt.datetime) -> Person:
    """Add a member to a client's account."""
    person = Person.objects.create(account=client.account, **asdict(details))
    _record_person("person_added", person, client, by, now)
    return person


@transaction.atomic
def update_person(
    *, client: Client, person: Person, details: PersonDetails, by: User | None, now: dt.datetime
) -> Person:
    """Correct what is known of a person; the owner's e-mail and telephone are also the account's."""
    is_owner = client.account.owner_id == person.pk
    if is_owner:
        _check_adult(details, now)
    for name, value in asdict(details).items():
        setattr(person, name, value)
    person.save(update_fields=list(asdict(details)))
    if is_owner:
        Account.objects.filter(pk=client.account_id).update(email=details.email, phone=details.phone)
    _record_person("person_updated", person, client, by, now)
    return person


@transaction.atomic
def update_client(
    *, client: Client, contact: Contact, tags: list[str], notes: str, by: User | None, now: dt.datetime
) -> Client:
    """Change a client's address and language, tags and notes."""
    Account.objects.filter(pk=client.account_id).update(**asdict(contact))
    client.tags = sorted({tag.strip() for tag in tags if tag.strip()})
    client.notes = notes
    client.save(update_fields=["tags", "notes"])
    trail.record(organization=client.organization, verb="client_updated", by=by, client=client, now=now)
    return client


def next_client_number(organization: Organization) -> int:
    """The next free client number; the organization stays locked until the transaction ends, so nobody else gets it."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    highest = Client.objects.for_organization(organization).aggregate(highest=Max("number"))["highest"]
    return (highest or 0) + 1


def _make_client(organization: Organization, account: Account, now: dt.datetime) -> Client:
    return Client.objects.create(
        organization=organization,
        account=account,
        number=next_client_number(organization),
        joined_on=now.date(),
    )


def _check_adult(owner: PersonDetails, now: dt.datetime) -> None:
    if owner.birth_date and age_on(owner.birth_date, now.date()) < ADULT:
        raise Refused(_("An account owner is 18 or over."))


def _record_person(verb: str, person: Person, client: Client, by: User | None, now: dt.datetime) -> None:
    trail.record(
        organization=client.organization, verb=verb, by=by, client=client, now=now, facts={"name": str(person)}
    )
