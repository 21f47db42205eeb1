"""Adding an account or a person at the screen: AC-1 to AC-4."""

import pytest

from accounts.models import Account, Client, Person
from tests.builders import a_client, an_account, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = pytest.mark.django_db
NEW = "/o/erables/clients/accounts/new/"
KNOWN = "/o/erables/clients/accounts/known/"
ASKED = {"email": "marie@exemple.ca", "first_name": "Marie", "last_name": "Roy", "language": "fr"}


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def desk(centre):
    return browser_of(staff("front_desk", centre))


def errors(response) -> list[str]:
    assert response.status_code == 422
    return [item.text for item in soup(response).find("div", "errors").find_all("li")]


def test_ac_1_the_owner_s_email_comes_first(desk):
    form = soup(desk.get(NEW)).find("form", "form")
    fields = [field["name"] for field in form.find_all("input") if field.get("type") != "hidden"]

    assert fields[0] == "email"


def test_an_account_is_added_and_its_file_opens(desk, centre):
    asked = {**ASKED, "phone": "4505550142", "address_postal_code": "j4b 5k2", "birth_date": "1984-02-29"}

    response = desk.post(NEW, asked, follow=True)

    client = Client.objects.get(organization=centre)
    assert response.redirect_chain == [(f"/o/erables/clients/accounts/{client.pk}/", 303)]
    assert "C-00001 was added for Marie Roy" in response.content.decode()
    assert (client.account.phone, client.account.address_postal_code) == ("450 555-0142", "J4B 5K2")


def test_ac_2_an_email_must_be_one(desk):
    assert "Enter a valid email address." in errors(desk.post(NEW, {**ASKED, "email": "marie@"}))
    assert not Account.objects.exists()


def test_ac_2_an_email_of_ours_leads_to_its_account(desk, centre):
    known = an_account(centre, "Zoé Caron", email="marie@exemple.ca")

    response = desk.post(NEW, {**ASKED, "email": "Marie@Exemple.ca"})

    assert errors(response) == ["This e-mail belongs to one of your accounts."]
    assert f'href="/o/erables/clients/accounts/{known.pk}/"' in response.content.decode()
    assert Account.objects.count() == 1


def test_ac_2_an_email_known_elsewhere_offers_that_account_without_saying_whose(desk, centre):
    elsewhere = an_account(an_organization(), "Marie Roy", ["Léa Secrète"], email="marie@exemple.ca")

    offered = desk.post(NEW, ASKED)
    taken = desk.post(KNOWN, {**ASKED}, follow=True)

    assert errors(offered) == ["This e-mail belongs to an account that another organization serves."]
    assert "Secrète" not in offered.content.decode()
    assert Client.objects.get(organization=centre).account == elsewhere.account
    assert "now among your clients" in taken.content.decode()


def test_an_account_known_elsewhere_is_not_given_to_who_does_not_know_its_owner(desk, centre):
    an_account(an_organization(), "Marie Roy", email="marie@exemple.ca")

    refused = desk.post(KNOWN, {**ASKED, "last_name": "Caron"}, follow=True)

    assert "The name is not that of the account’s owner" in refused.content.decode()
    assert not Client.objects.filter(organization=centre).exists()


@pytest.mark.parametrize("name", [("Marie", "Roy"), ("MARIE", "ROY"), ("Marié", "Roy")])
def test_ac_3_a_name_we_know_is_shown_before_another_account_is_made(desk, centre, name):
    known = an_account(centre, "Marie Roy")
    asked = {**ASKED, "first_name": name[0], "last_name": name[1]}

    warned = desk.post(NEW, asked)
    assert "There is already an account of that name" in errors(warned)[0]
    assert f'href="/o/erables/clients/accounts/{known.pk}/"' in warned.content.decode()
    assert Account.objects.count() == 1

    assert desk.post(NEW, {**asked, "anyway": "on"}).status_code == 303
    assert Account.objects.count() == 2


def test_a_name_known_elsewhere_only_is_nobody_s_business(desk):
    an_account(an_organization(), "Marie Roy")

    assert desk.post(NEW, ASKED).status_code == 303


def test_ac_4_an_account_needs_no_email(desk):
    assert desk.post(NEW, {**ASKED, "email": ""}).status_code == 303
    assert Account.objects.get().email == ""


def test_a_child_owns_no_account(desk):
    refused = desk.post(NEW, {**ASKED, "birth_date": "2015-01-01"})

    assert errors(refused) == ["An account owner is 18 or over."]
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("phone", "555-01", "Enter a telephone number, like 450 555-0142."),
        ("birth_date", "2099-01-01", "Enter a date that is not in the future."),
        ("birth_date", "1er mai", "Enter a date, like 2026-11-30."),
    ],
)
def test_a_field_that_makes_no_sense_says_what_to_enter(desk, field, typed, said):
    assert said in errors(desk.post(NEW, {**ASKED, field: typed}))


def test_a_person_is_added_to_a_household_and_corrected(desk, centre):
    client = an_account(centre, "Marie Roy")
    page = f"/o/erables/clients/accounts/{client.pk}/people/new/"

    assert 'value="Roy"' in desk.get(page).content.decode()
    added = desk.post(page, {"first_name": "Léa", "last_name": "Roy"}, follow=True)
    assert "Léa Roy was added." in added.content.decode()

    person = Person.objects.get(first_name="Léa")
    corrected = {"first_name": "Léa-Rose", "last_name": "Roy", "birth_date": "2018-05-01"}
    saved = desk.post(f"/o/erables/clients/people/{person.pk}/details/", corrected, follow=True)
    assert soup(saved).find("h1").text.startswith("Léa-Rose Roy")
    assert person.account == client.account


def test_a_household_shared_by_two_organizations_is_shown_each_organization_s_own(desk, centre):
    client = an_account(centre, "Marie Roy", tags=["Aide"])
    club = an_organization("club")
    theirs = a_client(club, client.account, tags=["Arbitre"])

    shown = browser_of(staff("front_desk", club)).get(f"/o/club/clients/accounts/{theirs.pk}/").content.decode()

    assert "Arbitre" in shown
    assert "Aide" not in shown
