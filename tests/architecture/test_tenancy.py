"""No tenant sees another: every address × another organization's things, found by walking the addresses themselves."""

import re
from typing import NamedTuple

import pytest
from django.apps import apps
from django.urls import reverse

from smartrec import checks
from smartrec.roles import PERMISSIONS, STAFF_ROLES, allows
from tests.architecture.belongings import Belongings
from tests.builders import an_organization, staff
from tests.smartrec.pages import browser_of

pytestmark = pytest.mark.django_db
NAMED = re.compile(r"<(?:\w+:)?(\w+)>")


class Page(NamedTuple):
    """One guarded address: its route, its name, the permission it asks for."""

    route: str
    name: str
    permission: str

    def url(self, keys: dict[str, int], **fixed: str) -> str:
        names = NAMED.findall(self.route)
        unknown = set(names) - set(keys) - set(fixed)
        assert not unknown, f"say in belongings.py what {sorted(unknown)} of {self.name} is"
        return reverse(self.name, kwargs={name: fixed.get(name, keys.get(name)) for name in names})

    @property
    def names_a_thing(self) -> bool:
        return bool(set(NAMED.findall(self.route)) - {"org"})


def pages(start: str) -> list[Page]:
    """Every guarded address that begins so."""
    found = [(route, pattern) for route, pattern in checks.patterns() if route.startswith(start)]
    guarded = [(route, pattern) for route, pattern in found if not checks.is_public(pattern.callback)]
    return [Page(route, p.name, p.callback.view_class.permission_required) for route, p in guarded]


def answers(browser, url: str) -> set[int]:
    return {browser.get(url).status_code, browser.post(url).status_code}


def sizes() -> dict[str, int]:
    ours = [model for model in apps.get_models() if model._meta.app_label != "sessions"]
    return {model._meta.label: model.objects.count() for model in ours}


@pytest.fixture
def here():
    return an_organization("here")


@pytest.fixture
def owner(here):
    return staff("owner", here)


@pytest.fixture
def mine(here, owner):
    return Belongings(here, owner)


@pytest.fixture
def theirs():
    there = an_organization("there")
    return Belongings(there, staff("owner", there))


@pytest.fixture
def holder(mine):
    """Someone who signs in as a household of `here`, and works for nobody here."""
    user = staff("auditor", an_organization())
    mine.client.account.user = user
    mine.client.account.save()
    return user


def test_every_page_says_which_permission_it_needs():
    assert len(pages("o/")) > 20
    assert checks.every_page_is_guarded(None) == []
    assert {page.permission for page in [*pages("o/"), *pages("my/")]} <= set(PERMISSIONS)


def test_an_organization_one_does_not_work_for_does_not_exist(owner, theirs):
    browser, before = browser_of(owner), sizes()

    found = {page.name: answers(browser, page.url(theirs.of(page.route), org="there")) for page in pages("o/")}

    assert {name: codes for name, codes in found.items() if codes != {404}} == {}
    assert sizes() == before


def test_another_organization_s_things_do_not_exist_under_one_s_own_address(owner, theirs):
    browser, before = browser_of(owner), sizes()
    naming = [page for page in pages("o/") if page.names_a_thing]

    found = {page.name: answers(browser, page.url(theirs.of(page.route), org="here")) for page in naming}

    assert {name: codes for name, codes in found.items() if not {404} <= codes <= {404, 405}} == {}
    assert sizes() == before


def test_one_s_own_things_do_exist_so_the_refusals_mean_something(owner, mine):
    browser = browser_of(owner)
    naming = [page for page in pages("o/") if page.names_a_thing]

    found = {page.name: browser.get(page.url(mine.of(page.route), org="here")).status_code for page in naming}

    assert [name for name, code in found.items() if code == 404] == []


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_page_opens_for_the_roles_that_have_its_permission_and_no_other(role, here, mine):
    browser = browser_of(staff(role, here))

    def is_refused(page: Page) -> bool:
        return browser.get(page.url(mine.of(page.route), org="here")).status_code == 403

    assert [p.name for p in pages("o/") if is_refused(p) is allows(role, p.permission)] == []


def test_a_client_of_the_organization_has_no_business_in_the_back_office(holder, mine):
    browser = browser_of(holder)

    found = {page.name: answers(browser, page.url(mine.of(page.route), org="here")) for page in pages("o/")}

    assert {name: codes for name, codes in found.items() if codes != {404}} == {}


def test_the_portal_is_for_account_holders(owner, mine):
    browser = browser_of(owner)

    found = {page.name: answers(browser, page.url(mine.of(page.route))) for page in pages("my/")}

    assert {name: codes for name, codes in found.items() if codes != {404}} == {}


def test_another_household_s_things_do_not_exist_in_one_s_portal(holder, theirs):
    browser, before = browser_of(holder), sizes()
    naming = [page for page in pages("my/") if page.names_a_thing]

    found = {page.name: answers(browser, page.url(theirs.of(page.route))) for page in naming}

    assert {name: codes for name, codes in found.items() if not {404} <= codes <= {404, 405}} == {}
    assert sizes() == before


def test_whoever_did_not_sign_in_is_asked_to(mine, client):
    for page in [*pages("o/"), *pages("my/")]:
        response = client.get(page.url(mine.of(page.route), org="here"))
        assert response.status_code == 302, page.name
        assert response["Location"].startswith(reverse("account_login")), page.name
