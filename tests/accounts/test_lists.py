"""The People and Accounts lists, rule by rule."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    a_client,
    a_saved_method,
    an_account,
    an_activity,
    an_authorization,
    an_opening_balance,
    an_organization,
    enrol,
    staff,
)
from tests.smartrec.pages import browser_of, soup

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


def result_line(response) -> str:
    return soup(response).find("div", "resultline").find_all("span")[0].text


def balances(*clients_and_cents) -> None:
    for client, cents in clients_and_cents:
        an_opening_balance(client, cents)


def test_cl_1_one_row_per_household_with_how_many_people_and_their_names(centre, desk):
    an_account(centre, "Marie Roy", ["Léa Roy", "Olivier Roy"])

    page = soup(desk.get(ACCOUNTS))

    assert [link.text for link in page.find_all("a", "lnk")] == ["Roy, Marie"]
    (cell,) = [span for span in page.find_all("span", "sub") if span.get("title")]
    assert cell["title"] == "Léa Roy, Marie Roy, Olivier Roy"
    assert cell.text == "Léa, Marie, +1"


def test_cl_2_a_member_s_name_finds_the_owner_s_row_in_accounts_and_their_own_in_people(centre, desk):
    an_account(centre, "Marie Roy", ["Léa Caron"])
    an_account(centre, "Zoé Dubé")

    assert names(desk.get(f"{ACCOUNTS}?q=caron")) == ["Roy, Marie"]
    assert names(desk.get(f"{PEOPLE}?q=caron")) == ["Caron, Léa"]


def test_cl_3_people_lists_owners_and_members_with_other_columns(centre, desk):
    an_account(centre, "Marie Roy", ["Léa Roy"])

    people, accounts = soup(desk.get(PEOPLE)), soup(desk.get(ACCOUNTS))

    assert [link.text for link in people.find_all("a", "lnk")] == ["Roy, Léa", "Roy, Marie"]
    heads = [[th.text for th in page.find_all("th", scope="col")][1:3] for page in (people, accounts)]
    assert heads == [["Person", "Account owner"], ["Account owner", "People"]]


@pytest.mark.parametrize(("where", "column"), [(PEOPLE, "owner"), (ACCOUNTS, "owner")])
def test_cl_4_headers_sort_and_a_second_click_reverses(centre, desk, where, column):
    clients = [an_account(centre, name) for name in ("Zoé Caron", "Léa Roy", "Éric Dubé")]
    balances(*zip(clients, (300, 100, 200), strict=True))

    assert names(desk.get(f"{where}?sort={column}")) == ["Caron, Zoé", "Dubé, Éric", "Roy, Léa"]
    assert names(desk.get(f"{where}?sort=-{column}")) == ["Roy, Léa", "Dubé, Éric", "Caron, Zoé"]
    assert names(desk.get(f"{where}?sort=balance")) == ["Roy, Léa", "Dubé, Éric", "Caron, Zoé"]
    assert names(desk.get(f"{where}?sort=-balance")) == ["Caron, Zoé", "Dubé, Éric", "Roy, Léa"]


@BOTH
def test_cl_7_page_size_is_chosen_at_the_bottom_and_remembered(centre, desk, where):
    for number in range(30):
        an_account(centre, f"Léa{number} Roy")

    assert len(names(desk.get(where))) == 25
    assert len(names(desk.get(f"{where}?per_page=50"))) == 30
    assert len(names(desk.get(where))) == 30


def test_cl_9_the_name_of_a_row_opens_the_client_file(centre, desk):
    client = an_account(centre, "Marie Roy", ["Léa Roy"])

    for where in (PEOPLE, ACCOUNTS):
        links = {link["href"] for link in soup(desk.get(where)).find_all("a", "lnk")}
        assert links == {f"/o/erables/clients/accounts/{client.pk}/"}


def test_totals_are_of_every_filtered_row_and_count_a_household_once(centre, desk):
    family, alone = an_account(centre, "Marie Roy", ["Léa Roy", "Zoé Roy"]), an_account(centre, "Éric Dubé")
    balances((family, 12_550), (alone, 1_000))

    assert result_line(desk.get(PEOPLE)) == "4 people · 2 accounts · total balance $135.50"
    assert result_line(desk.get(f"{PEOPLE}?q=roy")) == "3 people · 1 account · total balance $125.50"
    assert result_line(desk.get(ACCOUNTS)) == "2 accounts · total balance $135.50"


def test_totals_are_of_all_pages(centre, desk):
    balances(*((an_account(centre, f"Léa{number} Roy"), 100) for number in range(30)))

    assert result_line(desk.get(f"{PEOPLE}?page=2")) == "30 people · 30 accounts · total balance $30.00"


@BOTH
def test_beyond_the_cap_the_totals_come_afterwards(centre, desk, where, monkeypatch):
    monkeypatch.setattr("smartrec.paging._COUNTED", 2)
    balances(*((an_account(centre, f"Léa{number} Roy"), 100) for number in range(4)))

    assert "2+ " in result_line(desk.get(where))
    assert "$4.00" not in desk.get(where).content.decode()
    assert "$4.00" in desk.get(f"{where}?totals=1").content.decode()


@BOTH
def test_archived_clients_and_those_of_others_are_not_listed(centre, desk, where):
    an_account(centre, "Léa Roy")
    an_account(centre, "Zoé Caron", archived=True)
    an_account(an_organization(), "Éric Dubé")

    assert names(desk.get(where)) == ["Roy, Léa"]


def test_a_person_in_two_organizations_is_listed_once_in_each(centre, desk):
    client = an_account(centre, "Léa Roy")
    a_client(an_organization(), client.account)

    assert names(desk.get(PEOPLE)) == ["Roy, Léa"]


@BOTH
def test_an_empty_list_offers_to_add_and_a_list_without_match_to_clear(centre, desk, where):
    empty = desk.get(where).content.decode()
    an_account(centre, "Léa Roy")
    no_match = desk.get(f"{where}?balance=owes&language=en").content.decode()

    assert "/clients/accounts/new/" in empty
    assert "these 2 filters" in no_match


def test_export_has_every_row_and_what_the_other_rooms_show(centre, desk):
    swimming = an_activity(centre, "Natation")
    for number in range(30):
        client = an_account(centre, f"Léa{number:02} Roy")
        enrol(client.account.owner, swimming)

    exported = b"".join(desk.get(f"{PEOPLE}?export=csv").streaming_content).decode("utf-8-sig")

    header, *lines = csv.reader(io.StringIO(exported))
    assert len(lines) == 30
    assert {line[header.index("Activities")] for line in lines} == {"Natation"}
    assert {line[header.index("Balance")] for line in lines} == {"0.00"}


@BOTH
def test_a_list_costs_as_many_queries_for_thirty_rows_as_for_one(centre, desk, where):
    swimming, karate = an_activity(centre, "Natation"), an_activity(centre, "Karaté")

    def a_household(number: int) -> None:
        client = an_account(centre, f"Marie{number} Roy", [f"Léa{number} Roy"], tags=["Aide"])
        for activity in (swimming, karate):
            enrol(client.account.owner, activity)
        an_authorization(centre, method=a_saved_method(client.account))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"{where}?per_page=100").status_code == 200
        return len(queries)

    a_household(0)
    cost()
    of_one = cost()
    for number in range(1, 30):
        a_household(number)

    assert cost() == of_one
