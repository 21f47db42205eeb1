import csv
import io

import pytest

from accounts.models import Client
from smartrec import filters, navigation, paging
from smartrec.tables import AmountColumn, Column
from tests.builders import an_account, an_opening_balance, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]
ROW = {"name": "row"}
LIST = "/o/les-erables/people/"


@pytest.fixture(autouse=True)
def only_this_room(monkeypatch):
    """What the other rooms put in the shell has its own price, and its own tests."""
    monkeypatch.setattr(navigation, "_slots", {})


@pytest.fixture
def centre():
    return an_organization("les-erables", name="Les Érables")


@pytest.fixture
def desk(centre):
    return browser_of(staff("finance", centre))


def names(response) -> list[str]:
    return [link.text for link in soup(response).find_all("a", "lnk")]


def test_a_list_is_a_table_with_row_headers_and_a_caption_that_says_the_sort(centre, desk):
    an_account(centre, "Léa Roy", tags=["Famille nombreuse"])

    page = soup(desk.get(LIST))

    assert page.find("caption").text == "Accounts, sorted by account owner, ascending order"
    assert [th.get("aria-sort") for th in page.find_all("th", scope="col") if th.get("aria-sort")] == ["ascending"]
    assert page.find("th", scope="row").text == "Roy, Léa"
    assert page.find("input", **ROW)["aria-labelledby"] == page.find("a", "lnk")["id"]


def test_sorting_is_done_by_the_server_both_ways(centre, desk):
    for name, cents in (("Léa Roy", 500), ("Zoé Caron", 900), ("Éric Dubé", 100)):
        an_opening_balance(an_account(centre, name), cents)

    assert names(desk.get(LIST)) == ["Caron, Zoé", "Dubé, Éric", "Roy, Léa"]
    assert names(desk.get(f"{LIST}?sort=-balance")) == ["Caron, Zoé", "Roy, Léa", "Dubé, Éric"]


def test_rows_that_sort_alike_keep_their_place_from_page_to_page(centre, desk):
    for _ in range(60):
        an_account(centre, "Léa Roy")

    seen = []
    for page in (1, 2, 3):
        boxes = soup(desk.get(f"{LIST}?sort=balance&page={page}")).find_all("input", **ROW)
        seen += [box["value"] for box in boxes]

    assert len(seen) == len(set(seen)) == 60


def test_a_fragment_is_only_the_list_and_history_gets_the_whole_page(desk):
    whole, part = desk.get(LIST), desk.get(LIST, headers={"HX-Request": "true"})
    back = desk.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert soup(part).find("section", id="list")
    assert b"<html" in back.content
    assert "HX-Request" in part["Vary"]


def test_the_page_size_is_remembered_for_the_person(centre):
    user = staff("finance", centre)
    for _ in range(30):
        an_account(centre)

    shown = [len(names(browser_of(user).get(LIST + query))) for query in ("", "?per_page=50", "", "?per_page=7")]

    assert shown == [25, 30, 30, 30]


def test_a_page_that_does_not_exist_is_the_nearest_one(centre, desk):
    for _ in range(30):
        an_account(centre)

    assert len(names(desk.get(f"{LIST}?page=99"))) == 5
    assert len(names(desk.get(f"{LIST}?page=-2"))) == 25
    assert len(names(desk.get(f"{LIST}?page=x"))) == 25


def test_counting_stops_at_the_cap(centre, desk, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(paging, "_COUNTED", 3)
    for _ in range(5):
        an_account(centre)

    with django_assert_max_num_queries(5):
        page = soup(desk.get(LIST))

    assert "1–3 of 3+" in page.find("div", "pager").text


def test_a_list_costs_the_same_for_thirty_rows_as_for_three(centre, desk, django_assert_num_queries):
    for _ in range(3):
        an_account(centre)
    desk.get(LIST)
    with django_assert_num_queries(5):
        desk.get(LIST)
    for _ in range(20):
        an_account(centre)
    with django_assert_num_queries(5):
        desk.get(LIST)


def test_only_this_organization_is_listed(centre, desk):
    an_account(centre, "Léa Roy")
    an_account(an_organization("ailleurs"), "Zoé Caron")

    assert names(desk.get(LIST)) == ["Roy, Léa"]


def test_nothing_yet_and_nothing_matching_are_two_different_things(centre, desk):
    assert "Nothing here yet." in desk.get(LIST).content.decode()
    an_account(centre)

    page = soup(desk.get(f"{LIST}?q=zzz&card=yes"))

    assert "Nothing matches these filters." in page.text
    assert len(page.find_all("a", "x")) == 1


def test_the_file_has_the_same_rows_and_plain_amounts(centre, desk):
    for name, cents in (("Léa Roy", 123_456), ("=cmd() Caron", -500)):
        an_opening_balance(an_account(centre, name, tags=["a", "b"]), cents)

    response = desk.get(f"{LIST}?export=csv&sort=-balance")
    rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))

    assert rows[0] == ["Account owner", "Email", "Tags", "Balance"]
    assert rows[1] == ["Roy, Léa", "", "a, b", "1234.56"]
    assert rows[2][3] == "-5.00"
    assert response["Content-Disposition"] == 'attachment; filename="list.csv"'


def test_the_file_is_refused_to_who_may_not_export(centre):
    response = browser_of(staff("front_desk", centre)).get(f"{LIST}?export=csv")

    assert response.status_code == 403


def test_a_room_above_adds_its_filter_its_column_and_its_actions(centre, desk, monkeypatch):
    monkeypatch.setattr(filters, "_extensions", {})
    filters.extend(
        "households",
        filters={"tagged": filters.YesNoFilter(field_name="tags__len__gt", label="Tagged", method=_tagged)},
        columns={"number": Column(verbose_name="No"), "owed": AmountColumn(accessor="owed", verbose_name="Owed")},
        annotate=lambda rows, organization: rows.annotate(owed=Client.objects.none().values("pk")[:0]),
        permission="invoices.view",
    )
    an_account(centre, tags=["x"])

    page = soup(desk.get(LIST))

    headers = [th.text for th in page.find_all("th", scope="col")]
    assert headers == ["", "Account owner", "Email", "No", "Owed", "Tags", "Balance", "Actions"]
    assert "Tagged" in page.find("div", id="ask-more").text


def _tagged(rows, name, value):
    return rows.filter(tags__len__gt=0) if value else rows.filter(tags__len=0)
