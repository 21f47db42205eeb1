"""The client's file, a person's page, and the trail in words."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from accounts import trail_words
from accounts.models import Trail
from accounts.services import trail
from smartrec import contributions
from smartrec.contributions import FileTab, Panel, ToDo
from tests.builders import (
    NOW,
    a_membership,
    a_membership_type,
    an_account,
    an_activity,
    an_organization,
    enrol,
    staff,
)
from tests.smartrec.pages import browser_of, soup

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def finance(centre):
    return staff("finance", centre, name="Sylvie Paquette")


@pytest.fixture
def desk(finance):
    return browser_of(finance)


@pytest.fixture
def family(centre):
    return an_account(centre, "Marie Roy", ["Léa Roy"], email="marie@exemple.ca", tags=["Aide"])


def file_of(client, tab: str = "") -> str:
    return f"/o/erables/clients/accounts/{client.pk}/{tab}"


def test_the_head_of_a_file_says_who_how_to_reach_them_and_which_number(desk, family):
    page = soup(desk.get(file_of(family)))

    assert page.find("h1").text == f"Marie Roy Account {family.display_number}"
    contact = page.find("p", "contact").text
    assert contact == "marie@exemple.ca Léa Roy Aide"


def test_the_overview_lists_the_owner_first(desk, family):
    page = soup(desk.get(file_of(family)))

    rows = page.find("div", "cols__main").find_all("th", scope="row")
    assert [row.text for row in rows] == ["Marie Roy Account owner", "Léa Roy"]


def test_rooms_above_add_tabs_and_panels_for_the_roles_that_may_see_them(centre, family, monkeypatch):
    monkeypatch.setattr(
        contributions, "_tabs", {"client": [FileTab("Wallet", "client", "wallet.view", 5, lambda c: 2)]}
    )
    panel = Panel("smartrec/bn.html", lambda request, client: {}, "wallet.view")
    empty = Panel("smartrec/missing.html", lambda request, client: None, "clients.view")
    monkeypatch.setattr(contributions, "_panels", {"client": [panel, empty]})

    seen = {role: soup(browser_of(staff(role, centre)).get(file_of(family))) for role in ("finance", "coordinator")}

    tabs = {role: [tab.text for tab in page.find("nav", "maintabs").find_all("a")] for role, page in seen.items()}
    assert tabs == {"finance": ["Wallet 2"], "coordinator": []}
    panels = {role: len(page.find("div", "cols__main").find_all("div", "bn")) for role, page in seen.items()}
    assert panels == {"finance": 1, "coordinator": 0}


def test_registrations_show_in_the_file_and_in_a_person_s_page(desk, centre, family):
    lea = family.account.people.get(first_name="Léa")
    enrol(lea, an_activity(centre, "Natation – Étoile de mer"))
    a_membership(lea, a_membership_type(centre, "Carte annuelle"))

    for page in (file_of(family), f"/o/erables/clients/people/{lea.pk}/"):
        shown = desk.get(page).content.decode()
        assert "Natation – Étoile de mer" in shown
        assert "Carte annuelle" in shown


def test_what_another_organization_registered_is_not_shown(desk, centre, family):
    club = an_organization()
    enrol(family.account.owner, an_activity(club, "Soccer élite"))

    assert "Soccer élite" not in desk.get(file_of(family)).content.decode()


def test_an_archived_client_keeps_its_file_and_says_so(desk, centre):
    archived = an_account(centre, "Marie Roy", archived=True)

    assert "This account is archived" in desk.get(file_of(archived)).content.decode()


def test_history_tells_who_did_what_newest_first_and_nothing_of_others(desk, centre, finance, family):
    other = an_account(centre, "Zoé Caron")
    facts = {"name": "Léa Roy"}
    trail.record(organization=centre, verb="person_added", by=finance, client=family, now=NOW, facts=facts)
    trail.record(organization=centre, verb="client_updated", by=None, client=family, now=NOW.replace(hour=16))
    trail.record(organization=centre, verb="person_added", by=finance, client=other, now=NOW, facts={"name": "Autre"})

    page = soup(desk.get(file_of(family, "history/")))

    lines = [[cell.text for cell in row.find_all("td")][1:] for row in page.find("table").find("tbody").find_all("tr")]
    assert lines == [
        ["Address, language, tags or notes changed", "SmartRec, automatically"],
        ["Léa Roy added to the account", "Sylvie Paquette"],
    ]


def test_a_trail_says_money_as_money_and_survives_missing_facts(centre, monkeypatch):
    monkeypatch.setitem(trail_words.WORDS, "credited", "Credit of %(amount)s for %(reason)s")
    line = Trail(organization=centre, verb="credited", at=NOW, facts={"amount": 4_500})

    with translation.override("en"):
        assert trail_words.say(line, "CAD") == "Credit of $45.00 for –"
        assert trail_words.say(Trail(verb="never_heard_of", at=NOW), "CAD") == "Never heard of"


def test_the_first_page_lists_what_waits_for_that_role(centre, monkeypatch):
    monkeypatch.setattr(contributions, "_todos", [])
    todo = ToDo("Failed payments", "/o/erables/finance/", count=23, tone="bad")
    contributions.add_todo(lambda request: [todo], permission="payments.retry")

    seen = {
        role: browser_of(staff(role, centre)).get("/o/erables/").content.decode() for role in ("finance", "auditor")
    }

    assert "Failed payments" in seen["finance"]
    assert "Nothing waits for you." in seen["auditor"]


def test_the_audit_log_names_the_client_of_each_line_and_stays_in_the_organization(desk, centre, finance, family):
    trail.record(organization=centre, verb="client_updated", by=finance, client=family, now=NOW)
    trail.record(organization=centre, verb="clients_imported", by=finance, now=NOW, facts={"file": "familles.csv"})
    club = an_organization()
    trail.record(organization=club, verb="client_updated", by=finance, client=an_account(club, "Zoé Caron"), now=NOW)

    page = soup(desk.get("/o/erables/settings/audit-log/"))

    lines = [row.find_all("td")[-2].text for row in page.find("table").find("tbody").find_all("tr")]
    assert lines == ["–", "Marie Roy"]


def test_every_verb_of_the_product_has_its_words():
    """A verb nobody explained would show as a code in a client's history."""
    rooms = ("accounts", "messaging", "wallet", "billing", "installments", "registration", "action_center")
    sources = "\n".join(path.read_text() for room in rooms for path in (ROOT / room).rglob("services/*.py"))

    verbs = set(re.findall(r'verb="(\w+)"', sources))

    assert len(verbs) > 8
    assert verbs <= set(trail_words.WORDS)
