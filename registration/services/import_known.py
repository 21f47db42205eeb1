"""What an organization already knows of the people and activities a file speaks of, read in a few questions."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from accounts.models import Account, Client, Organization, Person
from billing.services.opening import opened_balances
from registration.households import File, Row
from registration.models import Activity, Enrolment, Membership, MembershipType, Program
from smartrec.sheets import plain

Period = tuple[dt.date | None, dt.date | None]


class Known:
    """Looked up by household number, by name, by activity; what is planned meanwhile is remembered beside it."""

    def __init__(self, organization: Organization, file: File) -> None:
        keys = [household.key for household in file.households]
        clients = Client.objects.for_organization(organization).filter(external_id__in=keys)
        self.clients = {client.external_id: client for client in clients.select_related("account__owner")}
        self.people: dict[int, list[Person]] = defaultdict(list)
        people = Person.objects.filter(account__in=[client.account_id for client in self.clients.values()])
        for person in people.order_by("pk"):
            self.people[person.account_id].append(person)
        self._read_catalogue(organization)
        self._read_registrations(organization, [person.pk for group in self.people.values() for person in group])
        clients_known = [client.pk for client in self.clients.values()]
        self.opened = opened_balances(organization=organization, client_ids=clients_known)

    def _read_catalogue(self, organization: Organization) -> None:
        programs = {program.pk: program for program in Program.objects.for_organization(organization)}
        self.programs: dict[str, Program] = _by_name(programs.values())
        self.types: dict[str, MembershipType] = _by_name(MembershipType.objects.for_organization(organization))
        self.activities: dict[tuple[int, str], Activity] = {}
        for activity in Activity.objects.for_organization(organization):
            activity.program = programs[activity.program_id]
            self.add_activity(activity)

    def _read_registrations(self, organization: Organization, people: list[int]) -> None:
        enrolments = Enrolment.objects.for_organization(organization).filter(person__in=people)
        # A registration that was cancelled stays cancelled when an old file is imported again.
        self.enrolled: set[tuple] = set(enrolments.values_list("person_id", "activity_id"))
        self.held: dict[tuple, set[Period]] = defaultdict(set)
        memberships = Membership.objects.for_organization(organization).filter(person__in=people)
        for person, kind, starts_on, ends_on in memberships.values_list("person", "type", "starts_on", "ends_on"):
            self.held[person, kind].add((starts_on, ends_on))

    def person(self, account: Account, row: Row) -> Person | None:
        """The member with that name and birth date; a birth date missing on one side is no difference."""
        if account.pk is None:
            return None
        first, last, born = row.identity
        namesakes = [p for p in self.people[account.pk] if (plain(p.first_name), plain(p.last_name)) == (first, last)]
        exact = [person for person in namesakes if person.birth_date == born]
        if exact:
            return exact[0]
        is_vague = len(namesakes) == 1 and None in (born, namesakes[0].birth_date)
        return namesakes[0] if is_vague else None

    def activity(self, program: Program, name: str) -> Activity | None:
        return self.activities.get((id(program), plain(name)))

    def add_activity(self, activity: Activity) -> None:
        for name in filter(None, (activity.name_fr, activity.name_en)):
            self.activities.setdefault((id(activity.program), plain(name)), activity)

    def enrol(self, person: Person, activity: Activity) -> bool:
        """Whether this registration is a new one."""
        key = _key(person), _key(activity)
        is_new = key not in self.enrolled
        self.enrolled.add(key)
        return is_new

    def hold(self, person: Person, kind: MembershipType, starts_on: dt.date | None, ends_on: dt.date | None) -> bool:
        """Whether this membership is a new one; a date left out is no difference."""
        periods = self.held[_key(person), _key(kind)]
        is_new = not any(starts_on in (None, start) and ends_on in (None, end) for start, end in periods)
        periods.add((starts_on, ends_on))
        return is_new


def _key(row: Person | Activity | MembershipType) -> int | str:
    """A row of the database by its key, a planned one by its place in memory."""
    return row.pk or f"planned {id(row)}"


def _by_name(rows: Iterable) -> dict:
    found: dict = {}
    for row in rows:
        for name in filter(None, (row.name_fr, row.name_en)):
            found.setdefault(plain(name), row)
    return found
