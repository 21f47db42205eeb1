"""What the selection bar says in each state, with scripts and without."""

import pytest
from django.urls import reverse

from accounts.models import Selection
from smartrec import filters
from smartrec.filters import Action
from tests.builders import an_account, an_opening_balance, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = pytest.mark.django_db
PEOPLE = "/o/erables/clients/people/"
ACCOUNTS = "/o/erables/clients/accounts/"
OWES = "balance=owes"


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def clerk(centre):
    return staff("finance", centre, language="en")


@pytest.fixture
def desk(clerk):
    return browser_of(clerk)


@pytest.fixture
def owners(centre):
    """Thirty households that owe, one with a child, and two that do not; the people who owe, in order of name."""
    clients = [an_account(centre, f"P{number:02} Roy", ["Z99 Zoé"] if not number else []) for number in range(32)]
    for client in clients[:30]:
        an_opening_balance(client, 1_000)
    return [client.account.owner.pk for client in clients]


def send(desk, page=PEOPLE, query=OWES, *, shown=(), row=(), do="rows", **headers):
    data = {"query": query, "shown": ",".join(map(str, shown)), "row": list(row), "do": do}
    return desk.post(f"{page}selection/", data, follow=True, headers=headers)


def said(response) -> str:
    (bar,) = soup(response).find_all("div", "selbar")
    words = [bar.find("span", "selbar__n").text, bar.find("span", "selbar__i").text]
    return " | ".join(words)


def no_bar(response) -> bool:
    return not soup(response).find_all("div", "selbar")


def test_s0_nothing_selected_shows_the_result_line(desk, owners):
    assert no_bar(desk.get(f"{PEOPLE}?{OWES}"))


def test_s1_some_rows(desk, owners):
    assert said(send(desk, shown=owners[:25], row=owners[:3])) == "3 selected | Clear selection"


def test_s1_a_single_row(desk, owners):
    assert said(send(desk, shown=owners[:25], row=owners[:1])) == "1 selected | Clear selection"


def test_s28_the_whole_page_is_the_page_and_nothing_else(desk, owners):
    whole = send(desk, shown=owners[:25], row=owners[:25])

    expected = "25 selected | All on this page. Select all 31 matching the filters · Clear selection"
    assert said(whole) == expected
    second = desk.get(f"{PEOPLE}?{OWES}&page=2")
    assert not [box for box in soup(second).find_all("input", name="row") if "checked" in box.attributes]


def test_s29_the_second_page_adds_to_the_first_and_the_filters_stay(desk, owners):
    send(desk, shown=owners[:25], row=owners[:25])
    both = send(desk, query=f"{OWES}&page=2", shown=owners[25:30], row=owners[25:30])

    assert said(both).startswith("30 selected")
    assert both.request["QUERY_STRING"] == f"{OWES}&page=2"


def test_s2_all_matching_on_every_page(desk, owners):
    everyone = send(desk, shown=owners[:25], do="all")

    assert said(everyone) == "31 selected | All pages. 30 accounts. This page only (25) · Clear selection"
    boxes = soup(desk.get(f"{PEOPLE}?{OWES}&page=2&sort=-balance")).find_all("input", name="row")
    assert len(boxes) == 6
    assert all("checked" in box.attributes for box in boxes)


def test_s3_all_but_some(desk, owners):
    send(desk, shown=owners[:25], do="all")
    but_two = send(desk, shown=owners[:25], row=[owners[0], *owners[3:25]])

    expected = "29 selected | All pages, 2 excluded. 28 accounts. This page only (23) · Clear selection"
    assert said(but_two) == expected


def test_this_page_only(desk, owners):
    send(desk, shown=owners[:25], do="all")

    assert said(send(desk, shown=owners[:25], do="page")).startswith("25 selected | All on this page.")


def test_clear_selection(desk, owners):
    send(desk, shown=owners[:25], do="all")

    assert no_bar(send(desk, shown=owners[:25], do="clear"))


def test_rows_the_filters_leave_out_are_counted_and_can_be_shown(desk, owners):
    send(desk, query="", shown=owners[:25], row=owners[23:25])
    send(desk, query="page=2", shown=owners[25:], row=owners[30:])

    assert said(desk.get(f"{PEOPLE}?{OWES}")) == "4 selected | 2 are not in this list. Show the 4 · Clear selection"
    shown = send(desk, do="show")
    assert [link.text for link in soup(shown).find_all("a", "lnk")] == ["Roy, P23", "Roy, P24", "Roy, P30", "Roy, P31"]
    assert said(shown) == "4 selected | All on this page. Back to the whole list · Clear selection"


@pytest.mark.parametrize("way", ["sort=-balance", "page=2", "per_page=50", "sort=owner&page=1"])
def test_a_selection_survives_sorting_and_paging(desk, owners, way):
    send(desk, shown=owners[:25], do="all")

    assert said(desk.get(f"{PEOPLE}?{OWES}&{way}")).startswith("31 selected")


def test_other_filters_clear_a_selection_of_everything_once_with_an_undo(desk, owners):
    send(desk, shown=owners[:25], do="all")

    changed = desk.get(f"{PEOPLE}?balance=zero")
    banner = soup(changed).find("div", id="bar").find("div", "bn")
    assert no_bar(changed)
    assert banner.text == "Selection cleared because the filters changed. Undo"
    assert not soup(desk.get(f"{PEOPLE}?balance=zero&sort=owner")).find("div", id="bar").find_all("div", "bn")

    undone = desk.get(banner.find("a")["href"])
    assert said(undone).startswith("31 selected | All pages.")


def test_the_limit_is_said_in_words(desk, owners, settings):
    settings.SELECTION_LIMIT = 10

    refused = send(desk, shown=owners[:25], do="all")

    banner = soup(refused).find("div", id="alerts").find("div", "bn--bad")
    assert banner.text == "You can select up to 10 people at a time. Narrow the filters."
    assert no_bar(refused)


def test_accounts_are_counted_as_accounts(desk, centre, owners):
    accounts = [client.account_id for client in centre.clients.order_by("number")]
    send(desk, ACCOUNTS, shown=accounts[:25], do="all")
    but_one = send(desk, ACCOUNTS, shown=accounts[:25], row=accounts[1:25])

    expected = "29 selected | All pages, 1 excluded. One payment per account. This page only (24) · Clear selection"
    assert said(but_one) == expected


def test_people_and_accounts_are_two_selections(desk, owners):
    send(desk, PEOPLE, shown=owners[:25], do="all")

    assert no_bar(desk.get(f"{ACCOUNTS}?{OWES}"))


def test_a_tick_with_scripts_redraws_the_bar_alone(desk, owners):
    htmx = {"HX-Request": "true", "HX-Target": "bar"}
    answer = send(desk, shown=owners[:25], row=owners[:2], **htmx)

    text = answer.content.decode().strip()
    assert text.startswith('<div id="bar">')
    assert "<table" not in text
    assert said(answer) == "2 selected | Clear selection"


def test_select_all_with_scripts_redraws_the_list(desk, owners):
    answer = send(desk, shown=owners[:25], do="all", **{"HX-Request": "true", "HX-Target": "list"})

    assert answer.content.decode().strip().startswith('<section class="panel list" id="list"')


def test_the_page_s_tick_box_says_what_it_selects(desk, owners):
    heading = soup(desk.get(f"{PEOPLE}?{OWES}")).find("th", "c-check")

    assert heading.find("input")["aria-label"] == "Select the 25 people on this page"


@pytest.mark.parametrize(("role", "offered"), [("finance", 1), ("front_desk", 0)])
def test_the_bar_offers_the_actions_a_role_may_take_with_the_selection(centre, owners, monkeypatch, role, offered):
    monkeypatch.setattr(filters, "_extensions", {})
    filters.extend("people", actions=[Action("Charge", "accounts", "credit-card-pay", "charges.mass", prominent=True)])
    user = staff(role, centre)

    bar = soup(send(browser_of(user), shown=owners[:25], row=owners[:2])).find("div", "selbar")

    wanted = f"{ACCOUNTS}?selection={user.selections.get().pk}"
    assert [link["href"] for link in bar.find_all("a", "btn")] == [wanted] * offered


def test_a_selection_has_an_address_of_its_own_for_its_owner_only(centre, desk, clerk, owners):
    send(desk, shown=owners[:25], do="all")
    address = reverse("selection", args=["erables", clerk.selections.get().pk])

    assert said(desk.get(address, follow=True)).startswith("31 selected")
    assert browser_of(staff("finance", centre)).get(address).status_code == 404


def test_what_is_not_a_command_is_refused(desk, owners):
    assert send(desk, do="everything").status_code == 400
    assert desk.get(f"{PEOPLE}selection/").status_code == 405


def test_a_card_number_typed_in_the_search_is_not_kept_with_the_selection(desk, owners):
    send(desk, query="q=4242+4242+4242+4242", do="all")
    assert [one.query for one in Selection.objects.all() if "4242" in one.query] == []
