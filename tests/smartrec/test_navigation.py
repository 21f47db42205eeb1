import pytest
from django.core.checks import Error

from smartrec import checks, navigation
from smartrec.navigation import NavItem
from tests.builders import an_organization, staff
from tests.smartrec.pages import Tag, browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]


@pytest.fixture(autouse=True)
def menu(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_slots", {})
    navigation.register(NavItem("main", "Home", "dashboard", "home", "home.view", 10))
    navigation.register(NavItem("main", "People", "people", "users", "clients.view", 10, "clients", "g p"))
    navigation.register(NavItem("main", "Pay", "take-payment", "cash", "payments.take", 20, "clients"))
    navigation.register(NavItem("settings", "Settings", "settings", "settings", "settings.edit", 10))
    navigation.register(NavItem("portal", "My home", "my-home", "home", "portal.use", 10))


def seen_by(role: str, page: str = "people/") -> Tag:
    centre = an_organization()
    return soup(browser_of(staff(role, centre)).get(f"/o/{centre.slug}/{page}"))


def lines(page: Tag) -> list[str]:
    return [link.text for link in page.find("nav", "side").find_all("a", "nav-i")]


def test_each_role_sees_the_pages_it_may_open():
    assert lines(seen_by("owner")) == ["Home", "Clients", "People", "Pay", "Settings"]
    assert lines(seen_by("coordinator")) == ["Home", "Clients", "People"]


def test_a_group_is_closed_elsewhere_and_leads_to_its_first_page():
    side = seen_by("owner", "").find("nav", "side")
    group = next(link for link in side.find_all("a", "nav-i") if link.text == "Clients")

    assert group["href"].endswith("/people/")
    assert "People" not in side.text


@pytest.mark.parametrize(("page", "current"), [("people/", "People"), ("pay/", "Pay"), ("", "Home")])
def test_exactly_one_line_is_the_current_page(page, current):
    side = seen_by("owner", page).find("nav", "side")

    assert [link.text for link in side.find_all("a") if link.get("aria-current")] == [current]


def test_an_empty_section_has_no_separator():
    assert len(seen_by("owner").find_all("div", "nav-sep")) == 1
    assert seen_by("coordinator").find_all("div", "nav-sep") == []


def test_rooms_fill_the_live_pieces():
    navigation.register_slot("badge:people", lambda request: 23)
    navigation.register_slot("notices", lambda request: {"url": "/n", "count": 1, "label": "23 payments to handle"})

    page = seen_by("owner")

    assert page.find("span", "count--bad").text == "23"
    assert page.find("a", "iconbtn")["aria-label"] == "23 payments to handle"


def test_a_shortcut_is_there_only_for_who_may_follow_it():
    navigation.register(NavItem("settings", "Staff", "settings", "users", "staff.edit", 10, shortcut="g s"))

    keys = lambda page: {tag["data-key"] for tag in page.find_all("a") if tag.get("data-key")}  # noqa: E731

    assert keys(seen_by("owner")) == {"g p", "g s"}
    assert keys(seen_by("coordinator")) == {"g p"}


def test_a_line_that_leads_nowhere_is_a_mistake_found_before_anyone_clicks():
    assert checks.every_menu_line_leads_somewhere(None) == []
    navigation.register(NavItem("main", "Ghost", "ghosts", "user", "clients.view", 90))

    (found,) = checks.every_menu_line_leads_somewhere(None)

    assert isinstance(found, Error)
    assert "ghosts" in found.msg


def test_a_line_for_a_permission_that_does_not_exist_does_not_start():
    with pytest.raises(LookupError):
        NavItem("main", "People", "people", "users", "clients.veiw", 10)
