"""Where signing in leads."""

import pytest

from accounts.models import StaffMembership
from tests.builders import a_user, an_account, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = pytest.mark.django_db


def choices(user) -> list[str]:
    page = soup(browser_of(user).get("/"))
    return [link["href"] for link in page.find("main", id="main").find_all("a", "btn")]


def with_household(user):
    account = an_account(an_organization(), "Marie Roy").account
    account.user = user
    account.save()
    return user


def test_one_organization_opens_at_once():
    user = staff("front_desk", an_organization("erables"))

    assert browser_of(user).get("/")["Location"] == "/o/erables/"


def test_several_organizations_are_a_choice_in_order_of_name():
    user = staff("front_desk", an_organization("soccer", name="Soccer"))
    StaffMembership.objects.create(user=user, organization=an_organization("aqua", name="Aqua"), role="auditor")

    assert choices(user) == ["/o/aqua/", "/o/soccer/"]


def test_a_role_that_was_taken_away_is_no_choice():
    user = staff("front_desk", an_organization("erables"))
    StaffMembership.objects.create(user=user, organization=an_organization(), role="owner", is_active=False)

    assert browser_of(user).get("/")["Location"] == "/o/erables/"


def test_an_account_holder_goes_to_the_portal():
    assert browser_of(with_household(a_user())).get("/")["Location"] == "/my/"


def test_who_works_and_has_a_household_chooses():
    user = with_household(staff("front_desk", an_organization("erables")))

    assert choices(user) == ["/o/erables/", "/my/"]


def test_who_has_neither_is_told_whom_to_ask():
    shown = browser_of(a_user(language="en")).get("/").content.decode()

    assert "not linked to any organization yet" in shown


def test_the_other_places_are_in_the_user_menu():
    user = with_household(staff("front_desk", an_organization("erables")))
    StaffMembership.objects.create(user=user, organization=an_organization("aqua"), role="auditor")

    menu = soup(browser_of(user).get("/o/erables/")).find("div", "menu", id="who")

    assert [link["href"] for link in menu.find_all("a")][:2] == ["/o/aqua/", "/my/"]
