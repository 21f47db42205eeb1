import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import translation

from accounts.models import Account, Client, Person, Trail
from accounts.services import opening
from accounts.services.opening import Contact, PersonDetails
from smartrec.errors import Refused
from tests.builders import NOW, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
OWNER = PersonDetails(first_name="Marie-Ève", last_name="Tremblay", email="me@exemple.ca", phone="450 555-0142")


def opened(organization, owner=OWNER, by=None, **contact):
    return opening.open_account(organization=organization, owner=owner, contact=Contact(**contact), by=by, now=NOW)


def test_an_account_opens_with_its_owner_and_the_next_number():
    centre = an_organization()

    first, second = opened(centre), opened(centre, language="en", address_city="Longueuil")

    assert (first.number, second.number) == (1, 2)
    assert str(first.account.owner) == "Marie-Ève Tremblay"
    assert (first.account.email, first.account.phone) == ("me@exemple.ca", "450 555-0142")
    assert (second.account.language, second.account.address_city) == ("en", "Longueuil")
    assert first.joined_on == NOW.date()


def test_every_organization_counts_its_clients_from_one():
    here, there = an_organization(), an_organization()
    opened(here)

    assert opened(there).number == 1


def test_an_account_owner_is_18_or_over():
    centre = an_organization()
    child = PersonDetails(first_name="Léa", last_name="Roy", birth_date=dt.date(2010, 1, 1))

    with translation.override("en"), pytest.raises(Refused, match="18 or over"):
        opened(centre, child)

    assert not Account.objects.exists()
    assert not Trail.objects.exists()


def test_serving_an_account_of_another_organization_shares_it_and_keeps_two_balances_apart():
    here, there = an_organization(), an_organization()
    account = opened(there).account

    client = opening.serve_account(organization=here, account=account, by=None, now=NOW)

    assert client.account == account
    assert client.number == 1
    assert Client.objects.filter(account=account).count() == 2


def test_serving_twice_changes_nothing():
    here = an_organization()
    account = an_account(an_organization()).account
    first = opening.serve_account(organization=here, account=account, by=None, now=NOW)

    assert opening.serve_account(organization=here, account=account, by=None, now=NOW) == first
    assert Trail.objects.filter(verb="account_added").count() == 1


def test_serving_an_archived_client_brings_it_back_under_its_number():
    centre = an_organization()
    archived = an_account(centre, archived=True)

    back = opening.serve_account(organization=centre, account=archived.account, by=None, now=NOW)

    assert back.number == archived.number
    assert Client.objects.get(pk=archived.pk).archived_at is None


def test_who_did_what_is_written_down():
    centre = an_organization()
    clerk = staff("front_desk", centre)
    client = opened(centre, by=clerk)

    person = opening.add_person(
        client=client, details=PersonDetails(first_name="Léa", last_name="Roy"), by=clerk, now=NOW
    )

    lines = Trail.objects.filter(client=client).order_by("pk")
    assert [(line.verb, line.actor, line.at) for line in lines] == [
        ("account_opened", clerk, NOW),
        ("person_added", clerk, NOW),
    ]
    assert lines[1].facts == {"name": str(person)}


def test_the_owner_s_email_and_telephone_are_the_account_s():
    client = opened(an_organization())
    changed = PersonDetails(first_name="Marie", last_name="Tremblay", email="marie@exemple.ca", phone="514 555-0100")

    opening.update_person(client=client, person=client.account.owner, details=changed, by=None, now=NOW)

    account = Account.objects.get()
    assert (account.email, account.phone) == ("marie@exemple.ca", "514 555-0100")
    assert Person.objects.get().first_name == "Marie"


def test_a_member_s_email_is_their_own():
    client = opened(an_organization())
    details = PersonDetails(first_name="Léa", last_name="Tremblay")
    member = opening.add_person(client=client, details=details, by=None, now=NOW)

    with_email = PersonDetails(first_name="Léa", last_name="Tremblay", email="lea@exemple.ca")
    opening.update_person(client=client, person=member, details=with_email, by=None, now=NOW)

    assert Account.objects.get().email == "me@exemple.ca"


def test_tags_are_tidied():
    client = opened(an_organization())

    opening.update_client(
        client=client, contact=Contact(language="en"), tags=["Vip ", "", "Aide", "Vip"], notes="", by=None, now=NOW
    )

    assert Client.objects.get().tags == ["Aide", "Vip"]
    assert Account.objects.get().language == "en"


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_get_two_numbers():
    centre = an_organization()

    def open_one(_turn: int) -> int:
        try:
            return opened(centre).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clerks:
        numbers = sorted(clerks.map(open_one, range(12)))

    assert numbers == list(range(1, 13))
