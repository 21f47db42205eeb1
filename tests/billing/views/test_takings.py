"""Today's takings on the home page: of this day at the centre, for those who may see payments."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from tests.billing.desk import received
from tests.billing.handed_back import a_deposit, handed_back
from tests.billing.views.ways import at, cost, signed_in
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def home(desk, centre) -> str:
    response = desk.get(at(centre, "dashboard"))
    assert response.status_code == 200
    return response.content.decode()


def words(page: str) -> str:
    """What is read, without its marks."""
    return " ".join(strip_tags(page.replace("<d", " <d")).split())


def paid(centre, cents: int, kind: str = "cash", on: dt.date = TODAY) -> None:
    client = an_account(centre)
    received(client, an_invoice(client, cents, days_ago=20), kind=kind, on=on)


def test_what_was_taken_today_by_method_and_what_went_out_apart(centre, desk):
    paid(centre, 4_000)
    paid(centre, 1_550, "cheque")
    client = an_account(centre)
    handed_back(client, (a_deposit(client, 2_500), 1_000, True))
    page = home(desk, centre)
    for figure in (
        "Today’s takings",
        "Cash (2) $65.00 Cheque (1) $15.50 Taken $80.50",
        "Refund (1) −$10.00 Net received $70.50",
    ):
        assert figure in words(page)


def test_yesterday_s_money_is_not_today_s(centre, desk):
    paid(centre, 4_000, on=TODAY - dt.timedelta(days=1))
    assert "Nothing was taken yet today." in home(desk, centre)


@pytest.mark.parametrize(("hour", "counts"), [(4, True), (5, False)], ids=["at 23:30", "after midnight"])
def test_the_day_is_the_centre_s_own(centre, monkeypatch, hour, counts):
    paid(centre, 4_000)
    late = dt.datetime(2026, 11, 22, hour, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: late)
    page = home(signed_in("finance", centre), centre)
    assert ("$40.00" in page, "Nothing was taken yet today." in page) == (counts, not counts)


def test_it_costs_the_same_for_many_payments_as_for_one(centre, desk):
    paid(centre, 1_000)
    once = cost(desk, at(centre, "dashboard"))
    for kind in ("cash", "cheque", "terminal", "transfer"):
        paid(centre, 2_000, kind)
    assert cost(desk, at(centre, "dashboard")) == once


@pytest.mark.parametrize(
    ("role", "sees", "reports"),
    [
        ("owner", True, True),
        ("finance", True, True),
        ("auditor", True, True),
        ("front_desk", True, False),
        ("coordinator", False, False),
    ],
)
def test_who_may_not_see_payments_sees_no_money(centre, role, sees, reports):
    paid(centre, 4_000)
    page = home(signed_in(role, centre), centre)
    assert ("Today’s takings" in page, "$40.00" in page) == (sees, sees)
    day = at(centre, "report-receipts", query=f"since={NOW:%Y-%m-%d}&amp;until={NOW:%Y-%m-%d}")
    assert (day in page) is reports


def test_in_french_in_the_currency_of_the_centre(centre):
    paid(centre, 123_456)
    with translation.override("fr"):
        page = home(signed_in("finance", centre, language="fr"), centre)
    assert "1 234,56 $" in page.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
