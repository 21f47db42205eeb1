"""The list of cards that expire: only those this organization may charge, with what can be done about each."""

import pytest
from django.utils import timezone

from tests.billing.views.ways import at, cost, signed_in
from tests.builders import (
    a_client,
    a_saved_method,
    an_account,
    an_authorization,
    an_opening_balance,
    an_organization,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("centre")


def a_card(centre, owner: str, months: int, *, cents: int = 0, **fields: object):
    """A card that expires so many months from now."""
    today = timezone.localdate()
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    client = an_account(centre, owner, email="client@example.com")
    an_authorization(centre, method=a_saved_method(client.account, exp_month=month + 1, exp_year=year, **fields))
    an_opening_balance(client, cents)
    return client


def names(desk, centre, **query: str) -> list[str]:
    answer = desk.get(at(centre, "action-center-expiring"), query)
    assert answer.status_code == 200
    return [row.record.client.account.owner.last_name for row in answer.context["table"].page]


def test_expired_cards_come_first_then_those_that_expire_within_two_months(desk, centre):
    for owner, months in (("Anne Bientôt", 1), ("Paul Passé", -2), ("Léa Plustard", 5), ("Zoé Cemois", 0)):
        a_card(centre, owner, months)
    assert names(desk, centre) == ["Passé", "Cemois", "Bientôt"]
    assert names(desk, centre, expires="past") == ["Passé"]
    assert names(desk, centre, expires="this") == ["Cemois"]
    assert names(desk, centre, expires="later") == ["Bientôt"]
    assert names(desk, centre, q="zoe") == ["Cemois"]


def test_list_says_what_is_owed_and_leads_to_what_can_be_done(desk, centre):
    owing = a_card(centre, "Anne Doit", 0, cents=5_864)
    a_card(centre, "Paul Rien", 0)
    page = desk.get(at(centre, "action-center-expiring")).content.decode()
    given = owing.authorizations.get()
    assert "$58.64" in page
    assert at(centre, "client-card-expiry", owing.pk, given.pk) in page
    assert at(centre, "client-wallet-link", owing.pk) in page
    assert names(desk, centre, owes="yes") == ["Doit"]
    assert names(desk, centre, owes="no") == ["Rien"]


def test_whoever_may_only_look_is_offered_nothing_to_do(centre):
    owing = a_card(centre, "Anne Doit", 0)
    page = signed_in("auditor", centre).get(at(centre, "action-center-expiring")).content.decode()
    assert "Doit, Anne" in page
    assert at(centre, "client-wallet-link", owing.pk) not in page
    assert "Update the expiry" not in page


def test_cards_that_cannot_be_charged_here_are_not_in_the_list(desk, centre):
    for status in ("removed", "invalid"):
        client = a_card(centre, "Anne Absente", 0)
        client.account.payment_methods.update(status=status)
    gone = a_card(centre, "Paul Parti", 0)
    type(gone).objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    withdrawn = a_card(centre, "Léa Retire", 0)
    withdrawn.authorizations.update(state="revoked", revoked_at=timezone.now())
    other = an_organization("soccer")
    elsewhere = a_card(other, "Zoé Ailleurs", 0)
    a_client(centre, elsewhere.account)
    bank = an_account(centre, "Guy Banque").account
    an_authorization(centre, method=a_saved_method(bank, "bank"))
    assert names(desk, centre) == []
    assert "No card expires within 60 days." in desk.get(at(centre, "action-center-expiring")).content.decode()


def test_tab_and_home_page_count_them(desk, centre):
    a_card(centre, "Anne Cemois", 0)
    a_card(centre, "Paul Passé", -1)
    page = desk.get(at(centre, "action-center")).content.decode()
    assert 'Expiring cards <span class="count">2<' in page
    home = desk.get(at(centre, "dashboard")).content.decode()
    assert "Card that expires this month" in home


def test_many_cards_cost_as_many_questions_as_one(desk, centre):
    address = at(centre, "action-center-expiring")
    a_card(centre, "Anne Une", 0)
    one = cost(desk, address)
    for n in range(6):
        a_card(centre, f"Paul N{n}", 0)
    assert cost(desk, address) == one


def test_pages_hold_25_and_the_file_has_them_all(desk, centre):
    for n in range(27):
        a_card(centre, f"Paul N{n:02}", 0)
    assert len(names(desk, centre)) == 25
    assert len(names(desk, centre, page="2")) == 2
    export = b"".join(desk.get(at(centre, "action-center-expiring", query="export=csv"))).decode("utf-8-sig")
    today = timezone.localdate()
    assert export.count(f"{today.month:02d}/{today.year % 100:02d}") == 27
