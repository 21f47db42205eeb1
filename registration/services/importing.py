"""Bringing clients in from a file: all of it or nothing, unless someone chose to leave the bad rows out."""

import datetime as dt
from collections.abc import Sequence
from itertools import count

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Client, Organization, Person, Trail, User
from accounts.services import trail
from accounts.services.opening import next_client_number
from billing.models import LedgerCode
from billing.services import periods
from billing.services.opening import open_balances
from registration.households import understand
from registration.models import Activity, Enrolment, Membership, MembershipType, Program
from registration.services.import_plan import CHANGED, CONTACT, NEW, PERSON, Plan, plan
from smartrec.errors import Refused
from smartrec.sheets import Sheet

BATCH = 2_000
SET_OWNERS = """
UPDATE accounts_account a SET owner_id = o.person_id
FROM unnest(%(accounts)s::bigint[], %(people)s::bigint[]) AS o(account_id, person_id) WHERE a.id = o.account_id
"""


def preview(*, organization: Organization, sheet: Sheet, on: dt.date) -> Plan:
    """What importing the file would do now, line by line. Changes nothing."""
    return plan(organization=organization, file=understand(sheet, on=on), on=on)


@transaction.atomic
def import_clients(
    *,
    organization: Organization,
    sheet: Sheet,
    name: str,
    skip_bad: bool,
    by: User | None,
    on: dt.date,
    now: dt.datetime,
) -> Plan:
    """Import the file: every row, or with `skip_bad` every good row; with a bad row and without `skip_bad`, nothing.

    The same file imported again changes nothing; a row that says something new changes that.
    """
    _take_turn(organization)
    drawn = preview(organization=organization, sheet=sheet, on=on)
    if drawn.bad_rows and not skip_bad:
        raise Refused(_("The file has rows that cannot be imported; nothing was imported."))
    if not drawn.changes_something:
        return drawn
    _write_catalogue(organization, drawn)
    _write_people(organization, drawn)
    Enrolment.objects.bulk_create(drawn.new_enrolments, BATCH)
    Membership.objects.bulk_create(drawn.new_memberships, BATCH)
    balances = {client.pk: cents for client, cents in drawn.balances}
    open_balances(organization=organization, balances=balances, by=by, on=on, now=now)
    _tell(organization, drawn, name, by, now)
    return drawn


def _take_turn(organization: Organization) -> None:
    """Two files are imported one after the other: what the first brings is known to the second. Who closes the books
    holds the centre last: it is not held while waiting for them."""
    periods.hold_open(organization=organization)
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _write_catalogue(organization: Organization, drawn: Plan) -> None:
    Program.objects.bulk_create(drawn.new_programs)
    if drawn.new_activities:
        code = _ledger_code(organization, "4100", "Cours et activités", "Courses and activities")
        for activity in drawn.new_activities:
            activity.ledger_code = code
        Activity.objects.bulk_create(drawn.new_activities)
    if drawn.new_types:
        code = _ledger_code(organization, "4200", "Affiliations", "Memberships")
        for kind in drawn.new_types:
            kind.ledger_code = code
        MembershipType.objects.bulk_create(drawn.new_types)


def _ledger_code(organization: Organization, code: str, french: str, english: str) -> LedgerCode:
    """The code that what a file brings along is booked to, until someone chooses another."""
    defaults = {"name_fr": french, "name_en": english}
    return LedgerCode.objects.get_or_create(organization=organization, code=code, defaults=defaults)[0]


def _write_people(organization: Organization, drawn: Plan) -> None:
    Account.objects.bulk_create([client.account for client in drawn.new_clients], BATCH)
    Person.objects.bulk_create(drawn.new_people, BATCH)
    _set_owners(drawn.owners)
    for client, number in zip(drawn.new_clients, count(next_client_number(organization)), strict=False):
        client.number = number
    Client.objects.bulk_create(drawn.new_clients, BATCH)
    Account.objects.bulk_update(drawn.changed_accounts.values(), CONTACT.values(), BATCH)
    Person.objects.bulk_update(drawn.changed_people.values(), PERSON.values(), BATCH)
    Client.objects.bulk_update(drawn.changed_clients.values(), ["tags"], BATCH)


def _set_owners(owners: Sequence[Person]) -> None:
    with connection.cursor() as cursor:
        columns = {"accounts": [owner.account_id for owner in owners], "people": [owner.pk for owner in owners]}
        cursor.execute(SET_OWNERS, columns)


def _tell(organization: Organization, drawn: Plan, name: str, by: User | None, now: dt.datetime) -> None:
    """Each client's history says which file brought the news; the organization's says it once."""
    people = [
        *drawn.new_people,
        *drawn.changed_people.values(),
        *(enrolment.person for enrolment in drawn.new_enrolments),
        *(membership.person for membership in drawn.new_memberships),
    ]
    accounts = {person.account_id for person in people} | set(drawn.changed_accounts)
    clients = Client.objects.for_organization(organization).filter(account__in=accounts).values_list("pk", flat=True)
    touched = {*clients, *drawn.changed_clients, *(client.pk for client, _cents in drawn.balances)}
    new = {client.pk for client in drawn.new_clients}
    Trail.objects.bulk_create(
        (
            Trail(
                organization=organization,
                client_id=client_id,
                actor=by,
                at=now,
                verb="account_imported" if client_id in new else "client_reimported",
                facts={"file": name},
            )
            for client_id in sorted(touched)
        ),
        BATCH,
    )
    facts = {"file": name, "new": drawn.count(NEW), "changed": drawn.count(CHANGED)}
    trail.record(organization=organization, verb="clients_imported", by=by, now=now, facts=facts)
