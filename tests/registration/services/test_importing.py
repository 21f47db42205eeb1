"""Importing a file: everything or nothing, the same twice, only what is new the next time, and the books hold."""

import pytest

from accounts.models import Account, Client, Person, Trail
from billing.models import Entry, Invoice
from registration.models import Activity, Enrolment, Membership, Program
from registration.services import importing
from registration.services.import_plan import BAD, CHANGED, NEW, UNCHANGED
from smartrec.errors import Refused
from tests.builders import NOW, TODAY, an_account, an_activity, an_organization
from tests.registration.files import a_file, child, owner

pytestmark = pytest.mark.django_db
TABLES = (Account, Person, Client, Program, Activity, Enrolment, Membership, Invoice, Entry, Trail)


def run(organization, *rows, skip_bad=False):
    return importing.import_clients(
        organization=organization,
        sheet=a_file(*rows),
        name="clients.csv",
        skip_bad=skip_bad,
        by=None,
        on=TODAY,
        now=NOW,
    )


def everything():
    return {model: list(model.objects.order_by("pk").values()) for model in TABLES}


FAMILY = (
    owner(email="eve@mail.example", phone="514 555-0101", city="Granby", tags="Bénévole", balance="125,50"),
    child(program="Automne 2026", activity="Judo|Yoga", membership="Carte", starts="2026-01-01", ends="2026-12-31"),
    owner("F-2", first="Ian", last="Kelly", balance="-45,00"),
)


def test_households_arrive_whole():
    organization = an_organization()
    drawn = run(organization, *FAMILY)
    assert drawn.count(NEW) == 3
    family, kelly = Client.objects.for_organization(organization).order_by("number")
    assert (family.external_id, family.tags, family.balance, family.number) == ("F-1", ["Bénévole"], 12550, 1)
    assert (str(family.account.owner), family.account.email) == ("Ève Roy", "eve@mail.example")
    assert (family.account.address_city, family.account.language) == ("Granby", "fr")
    lea = family.account.people.get(first_name="Léa")
    assert sorted(lea.enrolments.values_list("activity__name_fr", "activity__program__name_fr", "status")) == [
        ("Judo", "Automne 2026", "confirmed"),
        ("Yoga", "Automne 2026", "confirmed"),
    ]
    assert lea.memberships.get().ends_on.isoformat() == "2026-12-31"
    assert kelly.balance == -4500


def test_what_is_owed_is_an_invoice_that_can_be_charged():
    run(an_organization(), *FAMILY)
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.tax_total, invoice.balance) == (12550, 0, 12550)
    assert invoice.items.get().ledger_code.code == "OPEN"


def test_the_same_file_twice_changes_nothing():
    organization = an_organization()
    run(organization, *FAMILY)
    before = everything()
    drawn = run(organization, *FAMILY)
    assert drawn.count(UNCHANGED) == 3
    assert everything() == before


def test_a_changed_row_changes_what_it_says_and_nothing_else():
    organization = an_organization()
    run(organization, *FAMILY)
    moved = FAMILY[0] | {"phone": "514 555-0199", "city": "", "tags": "Non-résident"}
    drawn = run(organization, moved, *FAMILY[1:])
    assert (drawn.count(CHANGED), drawn.count(UNCHANGED), drawn.count(NEW)) == (1, 2, 0)
    family = Client.objects.get(external_id="F-1")
    assert (family.account.phone, family.account.owner.phone) == ("514 555-0199", "514 555-0199")
    assert (family.account.address_city, family.tags) == ("Granby", ["Bénévole", "Non-résident"])
    assert Trail.objects.filter(client=family, verb="client_reimported").count() == 1


def test_a_new_member_joins_the_household_that_is_there():
    organization = an_organization()
    run(organization, *FAMILY)
    run(organization, child(first="Noé"))
    assert Client.objects.get(external_id="F-1").account.people.count() == 3


def test_one_bad_row_keeps_the_whole_file_out():
    organization = an_organization()
    before = everything()
    with pytest.raises(Refused):
        run(organization, *FAMILY, owner("F-3", email="nonsense"))
    assert everything() == before


def test_the_good_rows_come_in_when_someone_says_so():
    organization = an_organization()
    drawn = run(organization, *FAMILY, owner("F-3", email="nonsense"), child("F-3"), skip_bad=True)
    assert (drawn.count(NEW), drawn.count(BAD)) == (3, 2)
    assert not Client.objects.filter(external_id="F-3").exists()


def test_nobody_comes_in_without_an_owner():
    drawn = importing.preview(organization=an_organization(), sheet=a_file(child("F-9")), on=TODAY)
    assert [row.line for row in drawn.bad_rows] == [2]


def test_another_owner_does_not_take_a_household_over():
    organization = an_organization()
    run(organization, *FAMILY)
    drawn = importing.preview(organization=organization, sheet=a_file(owner(first="Anne")), on=TODAY)
    assert [problem.column for row in drawn.bad_rows for problem in row.problems] == ["role"]


def test_an_opening_balance_is_booked_once_and_never_rewritten():
    organization = an_organization()
    run(organization, *FAMILY)
    drawn = importing.preview(organization=organization, sheet=a_file(owner(balance="130,00")), on=TODAY)
    assert [problem.column for row in drawn.bad_rows for problem in row.problems] == ["balance"]
    run(organization, owner("F-2", first="Ian", last="Kelly", balance="-45,00"))
    assert Client.objects.get(external_id="F-2").balance == -4500


def test_a_cancelled_registration_stays_cancelled():
    organization = an_organization()
    run(organization, *FAMILY)
    Enrolment.objects.update(status="cancelled")
    assert run(organization, *FAMILY).count(UNCHANGED) == 3
    assert set(Enrolment.objects.values_list("status", flat=True)) == {"cancelled"}


def test_activities_of_the_catalogue_are_found_by_either_name():
    organization = an_organization()
    judo = an_activity(organization, "Judo", name_en="Jiu-jitsu", program="Automne 2026")
    run(organization, owner(program="automne 2026", activity="JIU-JITSU"))
    assert Enrolment.objects.get().activity == judo


def test_another_centre_with_the_same_numbers_is_not_touched():
    ours, theirs = an_organization(), an_organization()
    stranger = an_account(theirs, "Ève Roy")
    Client.objects.filter(pk=stranger.pk).update(external_id="F-1")
    run(ours, *FAMILY)
    assert stranger.account.people.count() == 1
    assert Client.objects.get(organization=ours, external_id="F-1").account != stranger.account


def test_questions_to_the_database_do_not_grow_with_the_file(django_assert_max_num_queries):
    organization = an_organization()
    rows = [row for number in range(60) for row in (owner(f"F-{number}", balance="10,00"), child(f"F-{number}"))]
    with django_assert_max_num_queries(60):
        run(organization, *rows)
