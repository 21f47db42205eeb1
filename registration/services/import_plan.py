"""A client file against what is known: who is new, what would change, what cannot be imported. Writes nothing."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account, Client, Organization, Person
from registration.households import File, Household, Row
from registration.models import Activity, Enrolment, Membership, MembershipType, Program
from registration.services.import_known import Known
from smartrec.money import format_money
from smartrec.sheets import plain

NEW, CHANGED, UNCHANGED, BAD = "new", "changed", "unchanged", "bad"
CONTACT = {
    "email": "email",
    "phone": "phone",
    "language": "language",
    "address": "address_line1",
    "city": "address_city",
    "province": "address_province",
    "postal_code": "address_postal_code",
}
PERSON = {name: name for name in ("first_name", "last_name", "birth_date", "gender", "email", "phone")}


@dataclass
class Plan:
    """Rows to be written, as unsaved or changed objects, and what becomes of each line."""

    file: File
    outcomes: dict[int, str] = field(default_factory=dict)
    new_clients: list[Client] = field(default_factory=list)
    changed_clients: dict[int, Client] = field(default_factory=dict)
    changed_accounts: dict[int, Account] = field(default_factory=dict)
    new_people: list[Person] = field(default_factory=list)
    changed_people: dict[int, Person] = field(default_factory=dict)
    owners: list[Person] = field(default_factory=list)
    new_programs: list[Program] = field(default_factory=list)
    new_activities: list[Activity] = field(default_factory=list)
    new_types: list[MembershipType] = field(default_factory=list)
    new_enrolments: list[Enrolment] = field(default_factory=list)
    new_memberships: list[Membership] = field(default_factory=list)
    balances: list[tuple[Client, int]] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(found == outcome for found in self.outcomes.values())

    @property
    def bad_rows(self) -> list[Row]:
        return [row for row in self.file.rows if row.problems]

    @property
    def changes_something(self) -> bool:
        return any(outcome in (NEW, CHANGED) for outcome in self.outcomes.values())


def plan(*, organization: Organization, file: File, on: dt.date) -> Plan:
    """Compare a file with what the organization knows, and say what importing it would do."""
    drawn = Plan(file)
    planner = _Planner(organization, drawn, Known(organization, file), on)
    for household in file.households:
        planner.household(household)
    drawn.outcomes = {row.line: BAD if row.problems else drawn.outcomes.get(row.line, UNCHANGED) for row in file.rows}
    return drawn


class _Planner:
    """Goes through the households one by one, and notes in the plan what each row brings."""

    def __init__(self, organization: Organization, drawn: Plan, known: Known, on: dt.date) -> None:
        self.organization = organization
        self.drawn = drawn
        self.known = known
        self.on = on

    def household(self, household: Household) -> None:
        client = self.known.clients.get(household.key)
        self._refuse(household, client)
        rows = [row for row in household.rows if not row.problems]
        if not rows:
            return
        if client is None:
            client = self._open(household)
        people: dict[int, Person] = {}
        for row in rows:
            if id(row.first) not in people:
                people[id(row.first)] = self._person(row, client)
            self._row(row, client, people[id(row.first)])

    def _refuse(self, household: Household, client: Client | None) -> None:
        """Nobody comes in without an owner: the file's, or the one the household has already."""
        owner = household.owner
        if client is not None:
            if owner is not None and not owner.problems:
                self._check_owner(owner, client)
            return
        if owner is not None and not owner.problems:
            return
        words = (
            _("The row of the account owner (line %(line)s) cannot be imported.") % {"line": owner.line}
            if owner
            else _("No row of this household is its owner.")
        )
        for row in household.rows:
            if not row.problems:
                row.refuse("", words)

    def _check_owner(self, row: Row, client: Client) -> None:
        found = self.known.person(client.account, row)
        if client.account.owner and (found is None or found.pk != client.account.owner_id):
            words = _("The owner of this household is %(name)s.") % {"name": client.account.owner}
            row.refuse("role", words)
        booked = self.known.opened.get(client.pk)
        if row.balance and booked is not None and booked != row.balance:
            words = _("An opening balance of %(amount)s was booked before: correct it with an invoice or a credit.")
            row.refuse("balance", words % {"amount": format_money(booked, self.organization.currency)})

    def _open(self, household: Household) -> Client:
        account = Account(language=self.organization.default_language)
        client = Client(organization=self.organization, account=account, external_id=household.key, joined_on=self.on)
        self.drawn.new_clients.append(client)
        return client

    def _person(self, row: Row, client: Client) -> Person:
        person = self.known.person(client.account, row)
        if person is None:
            person = Person(account=client.account)
            _copy(row, person, PERSON)
            self.drawn.new_people.append(person)
            self.drawn.outcomes[row.line] = NEW
        elif _copy(row, person, PERSON):
            self.drawn.changed_people[person.pk] = person
            self._touch(row)
        if row.is_owner:
            self._owner(row, client, person)
        return person

    def _owner(self, row: Row, client: Client, person: Person) -> None:
        account = client.account
        if account.owner_id is None:
            self.drawn.owners.append(person)
        if _copy(row, account, CONTACT) and account.pk:
            self.drawn.changed_accounts[account.pk] = account
            self._touch(row)
        if row.balance and client.pk not in self.known.opened:
            self.drawn.balances.append((client, row.balance))
            self._touch(row)

    def _row(self, row: Row, client: Client, person: Person) -> None:
        tags = [tag for tag in row.tags if tag not in client.tags]
        if tags:
            client.tags = sorted([*client.tags, *tags])
            if client.pk:
                self.drawn.changed_clients[client.pk] = client
            self._touch(row)
        for name in row.activities:
            self._enrol(row, person, name)
        if row.membership:
            self._membership(row, person)

    def _enrol(self, row: Row, person: Person, name: str) -> None:
        program = self._program(row.program)
        activity = self.known.activity(program, name)
        if activity is None:
            activity = Activity(organization=self.organization, program=program, name_fr=name)
            self.known.add_activity(activity)
            self.drawn.new_activities.append(activity)
        if self.known.enrol(person, activity):
            enrolment = Enrolment(organization=self.organization, person=person, activity=activity)
            self.drawn.new_enrolments.append(enrolment)
            self._touch(row)

    def _program(self, name: str) -> Program:
        program = self.known.programs.get(plain(name))
        if program is None:
            program = self.known.programs[plain(name)] = Program(organization=self.organization, name_fr=name)
            self.drawn.new_programs.append(program)
        return program

    def _membership(self, row: Row, person: Person) -> None:
        kind = self.known.types.get(plain(row.membership))
        if kind is None:
            kind = MembershipType(organization=self.organization, name_fr=row.membership)
            self.known.types[plain(row.membership)] = kind
            self.drawn.new_types.append(kind)
        if self.known.hold(person, kind, row.starts_on, row.ends_on):
            starts_on = row.starts_on or min(self.on, row.ends_on or self.on)
            membership = Membership(
                organization=self.organization, person=person, type=kind, starts_on=starts_on, ends_on=row.ends_on
            )
            self.drawn.new_memberships.append(membership)
            self._touch(row)

    def _touch(self, row: Row) -> None:
        self.drawn.outcomes.setdefault(row.line, CHANGED)


def _copy(row: Row, target: Any, names: dict[str, str]) -> bool:
    """Take over what the row says; an empty cell says nothing. The answer is whether anything is different now."""
    said = {names[name]: row.values[name] for name in names if row.values[name]}
    changes = {name: value for name, value in said.items() if getattr(target, name) != value}
    for name, value in changes.items():
        setattr(target, name, value)
    return bool(changes)
