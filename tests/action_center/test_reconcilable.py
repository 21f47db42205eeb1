"""The accounts that can be reconciled in one click: money on one side, something to pay on the other."""

import pytest

from billing.services import sources
from tests.billing.linked import a_credit, an_excess, links_of
from tests.billing.views.ways import a_payer, a_running_charge, at, cost, signed_in
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("centre")


def both(centre, name="Marie Roy", *, free=500, owed=2_000):
    client = an_account(centre, name)
    an_excess(client, free)
    an_invoice(client, owed)
    return client


def listed(desk, centre) -> str:
    response = desk.get(at(centre, "action-center-reconcilable"))
    assert response.status_code == 200
    return response.content.decode()


def reconcile(desk, client, *, by=None) -> str:
    response = desk.post(at(client.organization, "action-center-reconcile"), {"client": client.pk})
    assert response.status_code == 303
    return desk.get(response["Location"]).content.decode()


def test_rc_8_accounts_with_both_sides_are_listed_with_what_one_click_links(centre, desk):
    both(centre, "Marie Roy")
    an_excess(an_account(centre, "Luc Côté"), 500)
    an_invoice(an_account(centre, "Zoé Bo"), 500)
    page = listed(desk, centre)
    assert ("Marie" in page, "Luc" in page, "Zoé" in page) == (True, False, False)
    assert "$5.00" in page
    assert "1 account ·" in page


def test_rc_8_one_click_links_the_oldest_and_the_account_leaves_the_list(centre, desk):
    client = both(centre)
    page = reconcile(desk, client)
    assert "Marie Roy: $5.00 linked, oldest first." in page
    assert "No account is left to reconcile." in page
    assert sources.available(client) == 0
    assert "Nothing is left to link" in reconcile(desk, client)


def test_an_account_whose_items_are_all_being_paid_is_not_listed(centre, desk):
    payer = a_payer(centre, "Payeur Un")
    a_running_charge(centre, desk.user, [payer])
    a_credit(payer, 500)
    assert "Payeur" not in listed(desk, centre)
    reconcile(desk, payer)
    assert links_of(*payer.invoices.all()) == []


def test_another_organizations_account_is_neither_listed_nor_found(centre, desk):
    stranger = both(an_organization(), "Marie Ailleurs")
    assert "Ailleurs" not in listed(desk, centre)
    response = desk.post(at(centre, "action-center-reconcile"), {"client": stranger.pk})
    assert response.status_code == 404
    assert sources.available(stranger) == 500


@pytest.mark.parametrize("data", [{}, {"client": ""}, {"client": "x"}, {"client": "9" * 30}])
def test_nonsense_is_not_found(centre, desk, data):
    assert desk.post(at(centre, "action-center-reconcile"), data).status_code == 404


def test_whoever_may_not_link_sees_the_list_without_its_button(centre):
    client, clerk = both(centre), signed_in("front_desk", centre)
    assert 'form="reconcile"' not in listed(clerk, centre)
    assert clerk.post(at(centre, "action-center-reconcile"), {"client": client.pk}).status_code == 403


def test_the_tab_the_home_page_and_the_file_say_how_many(centre, desk):
    both(centre)
    page = desk.get(at(centre, "action-center")).content.decode()
    assert at(centre, "action-center-reconcilable") in page
    assert "Account to reconcile" in desk.get(at(centre, "dashboard")).content.decode()
    rows = b"".join(desk.get(at(centre, "action-center-reconcilable", query="export=csv"))).decode().splitlines()
    assert ",5.00,20.00,5.00," in rows[1]


def test_the_list_costs_the_same_however_long(centre, desk):
    both(centre, "Foyer Un")
    url = at(centre, "action-center-reconcilable")
    before = cost(desk, url)
    for n in range(4):
        both(centre, f"Foyer {n}")
    assert cost(desk, url) == before
