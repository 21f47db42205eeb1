"""Rows for tests: plain functions, each with sensible defaults, that write what is asked and return it."""

import datetime as dt
from collections.abc import Iterable
from itertools import count

from accounts.models import Account, Client, Organization, Person, StaffMembership, User
from billing.models import Bucket, Entry, LedgerCode, Tax, Transfer
from registration.models import Activity, Enrolment, Membership, MembershipType, Program
from wallet.models import Authorization, PaymentMethod, ProcessorAccount

NOW = dt.datetime(2026, 11, 21, 14, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
PASSWORD = "dix-érables-rouges"
_serial = count(1)


def an_organization(slug: str = "", **fields: object) -> Organization:
    slug = slug or f"centre-{next(_serial)}"
    fields = {"processor_account": f"acct_{slug.replace('-', '_')}", **fields}
    return Organization.objects.create(slug=slug, name=fields.pop("name", slug.replace("-", " ").title()), **fields)


def an_account_at_the_processor(organization: Organization, **fields: object) -> ProcessorAccount:
    """The account in which the organization is paid, or, with a processor_id, one more of its accounts."""
    facts = {
        "processor_id": organization.processor_account,
        "label": organization.name,
        "country": "CA",
        "currency": organization.currency,
        "charges_enabled": True,
        "payouts_enabled": True,
        "details_submitted": True,
        "created_at": NOW,
        "checked_at": NOW,
    }
    return ProcessorAccount.objects.create(organization=organization, **{**facts, **fields})


def a_user(email: str = "", **fields: object) -> User:
    """Someone who can sign in with PASSWORD, and has shown that the address is theirs."""
    fields.setdefault("email_confirmed_at", NOW)
    return User.objects.create_user(email or f"user{next(_serial)}@example.com", PASSWORD, **fields)


def staff(role: str, organization: Organization, **fields: object) -> User:
    """A user with that role in that organization."""
    user = a_user(**{"language": "en", **fields})
    StaffMembership.objects.create(user=user, organization=organization, role=role)
    return user


def a_person(account: Account, name: str = "Léa Tremblay", *, age: int | None = None, **fields: object) -> Person:
    first, _space, last = name.rpartition(" ")
    if age is not None:
        fields["birth_date"] = TODAY.replace(year=TODAY.year - age)
    return Person.objects.create(account=account, first_name=first, last_name=last, **fields)


def an_account(
    organization: Organization,
    owner: str = "Marie-Ève Tremblay",
    members: Iterable[str] = (),
    *,
    tags: Iterable[str] = (),
    archived: bool = False,
    **fields: object,
) -> Client:
    """A household served by the organization. Gives its client; the owner is `client.account.owner`."""
    account = Account.objects.create(**fields)
    account.owner = a_person(account, owner, email=account.email, phone=account.phone)
    account.save(update_fields=["owner"])
    for name in members:
        a_person(account, name)
    return a_client(organization, account, tags=tags, archived=archived)


def a_client(
    organization: Organization, account: Account, *, tags: Iterable[str] = (), archived: bool = False
) -> Client:
    """The same household, served by one more organization."""
    return Client.objects.create(
        organization=organization,
        account=account,
        number=next(_serial),
        tags=list(tags),
        archived_at=NOW if archived else None,
    )


def an_opening_balance(client: Client, cents: int) -> None:
    """What the client owed (or, below zero, had in credit) before the first invoice, posted in the books."""
    if not cents:
        return
    organization = client.organization
    receivable, opening = (
        Bucket.objects.get_or_create(organization=organization, kind=kind)[0] for kind in ("receivable", "opening")
    )
    entry = Entry.objects.create(
        organization=organization,
        reference=f"opening/{client.pk}/{next(_serial)}",
        kind="opening",
        happened_on=TODAY,
        posted_at=NOW,
    )
    debit, credit = (receivable, opening) if cents > 0 else (opening, receivable)
    Transfer.objects.create(
        organization=organization, entry=entry, client=client, debit=debit, credit=credit, amount=abs(cents)
    )
    client.refresh_from_db(fields=["balance"])


def a_ledger_code(organization: Organization, code: str = "4100", name: str = "Activités") -> LedgerCode:
    return LedgerCode.objects.get_or_create(organization=organization, code=code, defaults={"name_fr": name})[0]


def a_tax(organization: Organization, code: str = "GST", rate: int = 50_000, **fields: object) -> Tax:
    """A tax in force for ever at that rate, in millionths."""
    fields = {"name_fr": "TPS", "name_en": code, **fields}
    tax = Tax.objects.create(organization=organization, code=code, **fields)
    tax.rates.create(starts_on=dt.date(1991, 1, 1), rate=rate)
    return tax


def a_program(organization: Organization, name: str = "Automne 2026", **fields: object) -> Program:
    return Program.objects.get_or_create(organization=organization, name_fr=name, defaults=fields)[0]


def an_activity(
    organization: Organization, name: str = "Natation 1", *, program: str | Program = "Automne 2026", **fields: object
) -> Activity:
    if isinstance(program, str):
        program = a_program(organization, program)
    fields = {"price": 6_500, **fields}
    fields.setdefault("ledger_code", a_ledger_code(organization))
    return Activity.objects.create(organization=organization, program=program, name_fr=name, **fields)


def enrol(person: Person, activity: Activity, *, status: str = "confirmed", **fields: object) -> Enrolment:
    return Enrolment.objects.create(
        organization=activity.organization, person=person, activity=activity, status=status, **fields
    )


def a_membership_type(organization: Organization, name: str = "Carte annuelle", **fields: object) -> MembershipType:
    fields.setdefault("ledger_code", a_ledger_code(organization, "4200", "Affiliations"))
    return MembershipType.objects.create(organization=organization, name_fr=name, **fields)


def a_membership(person: Person, type: MembershipType, **fields: object) -> Membership:
    fields = {"starts_on": TODAY.replace(month=1, day=1), "ends_on": TODAY.replace(month=12, day=31), **fields}
    return Membership.objects.create(organization=type.organization, person=person, type=type, **fields)


def a_saved_method(account: Account, kind: str = "card", **fields: object) -> PaymentMethod:
    """A saved card, or a saved bank account with kind="bank"; no organization may charge it yet."""
    taken = PaymentMethod.objects.filter(account=account, kind=kind).exclude(status="removed").count()
    of_kind = (
        {"rail": "card", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2028}
        if kind == "card"
        else {"rail": "acss_debit", "brand": "Desjardins", "last4": "6789"}
    )
    common = {
        "holder": str(account),
        "address_line1": "12, rue des Érables",
        "address_postal_code": "J4B 5K2",
        "processor_method": f"pm_{next(_serial)}",
        "slot": taken + 1,
    }
    return PaymentMethod.objects.create(account=account, kind=kind, **{**of_kind, **common, **fields})


def an_authorization(
    organization: Organization, *, method: PaymentMethod | None = None, account: Account | None = None, **fields: object
) -> Authorization:
    """The holder lets that organization charge the method: give a method, or an account to which a card is added."""
    if method is None:
        method = a_saved_method(account or an_account(organization).account)
    client = Client.objects.get(organization=organization, account=method.account)
    granted = {
        "state": "granted",
        "channel": "wallet",
        "consent_version": "2026-11",
        "consent_language": method.account.language,
        "consent_text": "J’autorise.",
        "requested_at": NOW,
        "granted_at": NOW,
        "processor_account": organization.processor_account,
        "processor_customer": f"cus_{next(_serial)}",
        "processor_method": f"pm_{next(_serial)}",
    }
    return Authorization.objects.create(
        organization=organization, method=method, client=client, **{**granted, **fields}
    )
