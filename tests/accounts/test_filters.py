"""What the People and Accounts lists can be asked, rule by rule."""

import pytest

from tests.builders import (
    TODAY,
    a_client,
    a_person,
    a_saved_method,
    an_account,
    an_activity,
    an_authorization,
    an_opening_balance,
    an_organization,
    enrol,
    staff,
)
from tests.smartrec.pages import browser_of, shows, soup

pytestmark = pytest.mark.django_db
PEOPLE = "/o/erables/clients/people/"
ACCOUNTS = "/o/erables/clients/accounts/"
BOTH = pytest.mark.parametrize("where", [PEOPLE, ACCOUNTS])


@pytest.fixture
def centre():
    return an_organization("erables", name="Les Érables")


@pytest.fixture
def desk(centre):
    return browser_of(staff("finance", centre))


def names(response) -> list[str]:
    assert response.status_code == 200
    return [link.text for link in soup(response).find_all("a", "lnk")]


def balances(*clients_and_cents) -> None:
    for client, cents in clients_and_cents:
        an_opening_balance(client, cents)


def test_cl_5_program_activity_and_membership_are_asked_of_people_only(centre, desk):
    asked = {where: desk.get(where).content.decode() for where in (PEOPLE, ACCOUNTS)}

    for name in ("program", "activity", "membership", "registration"):
        assert f'name="{name}"' in asked[PEOPLE]
        assert f'name="{name}"' not in asked[ACCOUNTS]


@BOTH
def test_cl_6_s9_saved_card_finds_only_who_authorized_this_organization(centre, desk, where):
    mine, elsewhere, none = (an_account(centre, name) for name in ("Léa Roy", "Zoé Caron", "Éric Dubé"))
    club = an_organization()
    a_client(club, elsewhere.account)
    an_authorization(centre, method=a_saved_method(mine.account))
    an_authorization(club, method=a_saved_method(elsewhere.account))
    a_saved_method(none.account)

    assert names(desk.get(f"{where}?card=yes")) == ["Roy, Léa"]
    assert names(desk.get(f"{where}?card=no")) == ["Caron, Zoé", "Dubé, Éric"]


@BOTH
def test_s10_saved_e_check_is_asked_apart_from_cards(centre, desk, where):
    card, bank = an_account(centre, "Léa Roy"), an_account(centre, "Zoé Caron")
    an_authorization(centre, method=a_saved_method(card.account))
    an_authorization(centre, method=a_saved_method(bank.account, "bank"))

    assert names(desk.get(f"{where}?bank=yes")) == ["Caron, Zoé"]


def test_s11_activity_narrows_the_saved_cards_and_both_must_hold(centre, desk):
    swimming, karate = an_activity(centre, "Natation"), an_activity(centre, "Karaté")
    for name, activity, has_card in (
        ("Léa Roy", swimming, True),
        ("Zoé Caron", swimming, False),
        ("Éric Dubé", karate, True),
    ):
        client = an_account(centre, name)
        enrol(client.account.owner, activity)
        if has_card:
            an_authorization(centre, method=a_saved_method(client.account))

    assert names(desk.get(f"{PEOPLE}?card=yes&activity={swimming.pk}")) == ["Roy, Léa"]


@BOTH
def test_s12_without_authorization_neither_the_icon_nor_the_digits_are_shown(centre, desk, where):
    client = an_account(centre, "Léa Roy")
    club = an_organization()
    a_client(club, client.account)
    an_authorization(club, method=a_saved_method(client.account, last4="7391"))

    shown = desk.get(where).content.decode()

    assert not shows(shown, "7391")
    assert 'class="brand' not in shown


@pytest.mark.parametrize("role", ["coordinator"])
def test_s12_a_role_that_may_not_see_methods_cannot_ask_for_them(centre, role):
    client = an_account(centre, "Léa Roy")
    an_account(centre, "Zoé Caron")
    an_authorization(centre, method=a_saved_method(client.account, last4="7391"))
    browser = browser_of(staff(role, centre))

    response = browser.get(f"{PEOPLE}?card=yes")

    assert names(response) == ["Caron, Zoé", "Roy, Léa"]
    assert not shows(response.content.decode(), "7391")


@BOTH
@pytest.mark.parametrize("typed", ["éloise", "ELOISE", "Éloïse Côté", "cote eloise", "eloise@ex", "(450) 555-0142"])
def test_search_ignores_accents_capitals_and_order_and_finds_email_and_telephone(centre, desk, where, typed):
    an_account(centre, "Éloïse Côté", email="eloise@exemple.ca", phone="450 555-0142")
    an_account(centre, "Zoé Caron", email="zoe@exemple.ca", phone="450 555-0199")

    assert names(desk.get(where, {"q": typed})) == ["Côté, Éloïse"]


@BOTH
def test_searching_for_what_a_pattern_would_mean_finds_no_one(centre, desk, where):
    an_account(centre, "Zoé Caron")

    assert names(desk.get(where, {"q": "z_é%"})) == []


@BOTH
def test_balance_can_be_owed_zero_in_credit_or_between(centre, desk, where):
    owes, zero, credit = (an_account(centre, name) for name in ("Léa Roy", "Zoé Caron", "Éric Dubé"))
    balances((owes, 5_000), (credit, -1_000))

    assert names(desk.get(f"{where}?balance=owes")) == ["Roy, Léa"]
    assert names(desk.get(f"{where}?balance=zero")) == ["Caron, Zoé"]
    assert names(desk.get(f"{where}?balance=credit")) == ["Dubé, Éric"]
    assert names(desk.get(where, {"amount_min": "-10", "amount_max": "0"})) == ["Caron, Zoé", "Dubé, Éric"]
    assert names(desk.get(where, {"amount_min": "50.01"})) == []
    assert zero.balance == 0


@BOTH
def test_tag_language_city_and_portal_are_asked_of_the_account(centre, desk, where):
    here = an_account(centre, "Léa Roy", tags=["Aide"], language="en", address_city="Longueuil")
    an_account(centre, "Zoé Caron", tags=["Vip"])
    here.account.user = staff("auditor", an_organization())
    here.account.save()

    for asked in ("tag=Aide", "language=en", "city=longueuil", "portal=yes"):
        assert names(desk.get(f"{where}?{asked}")) == ["Roy, Léa"], asked
    assert names(desk.get(f"{where}?tag=Aide&tag=Vip")) == ["Caron, Zoé", "Roy, Léa"]


def test_age_is_asked_in_whole_years_today(centre, desk):
    client = an_account(centre, "Marie Roy")
    for years, name in ((6, "Six"), (7, "Sept"), (9, "Neuf")):
        a_person(client.account, f"{name} Roy", birth_date=TODAY.replace(year=TODAY.year - years))

    assert names(desk.get(f"{PEOPLE}?age_min=7&age_max=8")) == ["Roy, Sept"]
    assert names(desk.get(f"{PEOPLE}?age_max=6")) == ["Roy, Six"]


def test_a_question_that_makes_no_sense_lists_no_one(centre, desk):
    an_account(centre, "Léa Roy")

    assert names(desk.get(f"{PEOPLE}?amount_min=beaucoup")) == []
