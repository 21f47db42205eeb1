"""Finding people by where they are registered and what they are members of."""

import datetime as dt

import pytest

from tests.builders import (
    TODAY,
    a_membership,
    a_membership_type,
    a_person,
    a_program,
    an_account,
    an_activity,
    an_organization,
    enrol,
    staff,
)
from tests.smartrec.pages import browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
PEOPLE = "/o/erables/clients/people/"
YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def desk(centre):
    return browser_of(staff("coordinator", centre))


@pytest.fixture
def swimming(centre):
    return an_activity(centre, "Natation", program="Automne 2026")


@pytest.fixture
def karate(centre):
    return an_activity(centre, "Karaté", program="Automne 2026")


@pytest.fixture
def camp(centre):
    return an_activity(centre, "Camp de jour", program="Été 2026")


@pytest.fixture
def registered(centre):
    """Registers someone of that name, each in a household of their own."""

    def register(name, *activities, **fields):
        person = an_account(centre, name).account.owner
        for activity in activities:
            enrol(person, activity, **fields)
        return person

    return register


def found(desk, **asked) -> list[str]:
    response = desk.get(PEOPLE, asked)
    assert response.status_code == 200
    return [link.text for link in soup(response).find_all("a", "lnk")]


def test_an_activity_finds_who_is_registered_in_it_once(desk, registered, swimming, karate):
    registered("Léa Roy", swimming, karate)
    registered("Zoé Caron", karate)

    assert found(desk, activity=swimming.pk) == ["Roy, Léa"]
    assert found(desk, activity=[swimming.pk, karate.pk]) == ["Caron, Zoé", "Roy, Léa"]


def test_a_program_finds_everyone_in_any_of_its_activities(desk, registered, swimming, karate, camp):
    registered("Léa Roy", swimming, karate)
    registered("Zoé Caron", camp)

    assert found(desk, program=swimming.program_id) == ["Roy, Léa"]
    assert found(desk, program=[swimming.program_id, camp.program_id]) == ["Caron, Zoé", "Roy, Léa"]


def test_waiting_and_cancelled_are_found_only_when_asked(desk, registered, swimming, karate):
    registered("Léa Roy", swimming)
    registered("Zoé Caron", swimming, status="waitlist")
    registered("Éric Dubé", karate, status="waitlist")

    assert found(desk, activity=swimming.pk) == ["Roy, Léa"]
    assert found(desk, activity=swimming.pk, registration="waitlist") == ["Caron, Zoé"]
    assert found(desk, registration="waitlist") == ["Caron, Zoé", "Dubé, Éric"]
    assert found(desk, registration="cancelled") == []


def test_a_membership_finds_who_holds_it_today(desk, centre):
    card = a_membership_type(centre, "Carte annuelle")
    for name, starts_on, ends_on in (
        ("Léa Roy", TODAY, TODAY),
        ("Zoé Caron", YESTERDAY, None),
        ("Éric Dubé", YESTERDAY, YESTERDAY),
        ("Guy Morin", TOMORROW, TOMORROW),
    ):
        a_membership(an_account(centre, name).account.owner, card, starts_on=starts_on, ends_on=ends_on)

    assert found(desk, membership=card.pk) == ["Caron, Zoé", "Roy, Léa"]


def test_what_another_organization_offers_cannot_be_asked(desk, centre):
    club = an_organization()
    soccer = an_activity(club, "Soccer")
    shared = an_account(centre, "Léa Roy")
    enrol(shared.account.owner, soccer)

    assert found(desk, activity=soccer.pk) == []
    assert found(desk, program=soccer.program_id) == []
    assert found(desk, registration="confirmed") == []


def test_the_column_names_the_first_activity_of_the_running_programs_and_counts_the_rest(desk, centre, registered):
    over = an_activity(centre, "Hiver", program=a_program(centre, "Hiver 2026", ends_on=YESTERDAY))
    names = ("Karaté", "Natation", "Patinage")
    registered("Léa Roy", over, *(an_activity(centre, name) for name in names))

    (cell,) = [span for span in soup(desk.get(PEOPLE)).find_all("span") if span.get("title") == ", ".join(names)]

    assert cell.text == "Karaté +2"


def test_activities_are_offered_with_their_program_and_only_running_ones_unless_asked(desk, centre, swimming):
    over = an_activity(centre, "Hiver", program=a_program(centre, "Hiver 2026", ends_on=YESTERDAY))

    def offered(**asked) -> list[str]:
        menu = soup(desk.get(PEOPLE, asked)).find("select", name="activity")
        return [option.text for option in menu.find_all("option")]

    assert offered() == ["Natation · Automne 2026"]
    assert offered(program=over.program_id) == ["Hiver · Hiver 2026"]
    assert offered(activity=over.pk) == ["Hiver · Hiver 2026", "Natation · Automne 2026"]


def test_a_chip_counts_when_more_than_three_are_chosen(desk, centre):
    activities = [an_activity(centre, f"Cours {number}").pk for number in range(4)]

    def chip(*chosen) -> str:
        page = soup(desk.get(PEOPLE, {"activity": chosen}))
        return page.find("button", popovertarget="ask-activity").text

    assert chip(*activities) == "Activity: 4 selected"
    assert chip(*activities[:1]) == "Activity: Cours 0"


def test_a_child_is_found_and_not_the_parent(desk, centre, swimming):
    family = an_account(centre, "Marie Roy")
    enrol(a_person(family.account, "Léa Roy", age=8), swimming)

    assert found(desk, activity=swimming.pk) == ["Roy, Léa"]
