"""What staff see of wallets: in a client's file and in the lists, never more than their organization may charge."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.builders import a_client, a_saved_method, an_account, an_authorization, an_organization, staff
from tests.smartrec.pages import shows
from wallet.listing import methods_by_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization("centre")


@pytest.fixture
def web(client, centre):
    client.force_login(staff("finance", centre))
    return client


def file_of(web, household) -> str:
    answer = web.get(reverse("client-wallet", args=[household.organization.slug, household.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def listed(web, name: str, **query: str) -> str:
    answer = web.get(reverse(name, args=["centre"]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_file_shows_the_authorized_method_masked_with_how_it_was_given(web, centre):
    household = an_account(centre)
    an_authorization(centre, account=household.account, channel="phone")
    text = file_of(web, household)
    assert "•• 4242" in text
    assert "Given by telephone" in text
    assert "4242424242424242" not in text


def test_s8_s12_methods_authorized_for_another_organization_are_not_even_seen(web, centre):
    household = an_account(centre)
    other = an_organization("soccer")
    a_client(other, household.account)
    an_authorization(other, method=a_saved_method(household.account, last4="9999"))
    assert "has not authorized a card or bank account" in file_of(web, household)
    assert not shows(listed(web, "people"), "9999")
    assert not shows(listed(web, "accounts"), "9999")


def test_withdrawn_permission_disappears_from_the_file(web, centre):
    household = an_account(centre)
    given = an_authorization(centre, account=household.account)
    type(given).objects.update(state="revoked", revoked_at=given.granted_at)
    assert "•• 4242" not in file_of(web, household)


def test_role_without_the_right_sees_neither_tab_column_nor_filter(client, centre):
    household = an_account(centre)
    an_authorization(centre, account=household.account)
    client.force_login(staff("coordinator", centre))
    assert client.get(reverse("client-wallet", args=["centre", household.pk])).status_code == 403
    text = listed(client, "people", card="yes")
    assert "Authorized payment" not in text
    assert "•• 4242" not in text


def test_client_of_another_organization_has_no_file_here(web):
    elsewhere = an_account(an_organization("ailleurs"))
    assert web.get(reverse("client-wallet", args=["centre", elsewhere.pk])).status_code == 404


@pytest.mark.parametrize("name", ["people", "accounts"])
def test_s9_s10_lists_ask_for_a_saved_card_or_e_check(web, centre, name):
    an_authorization(centre, account=an_account(centre, "Alice Cardinal").account)
    bank = an_account(centre, "Bruno Banquier").account
    an_authorization(centre, method=a_saved_method(bank, "bank"))
    an_account(centre, "Chloé Comptant")
    shown = {
        query: [who for who in ("Cardinal", "Banquier", "Comptant") if who in listed(web, name, **dict([query]))]
        for query in (("card", "yes"), ("card", "no"), ("bank", "yes"))
    }
    assert shown == {
        ("card", "yes"): ["Cardinal"],
        ("card", "no"): ["Banquier", "Comptant"],
        ("bank", "yes"): ["Banquier"],
    }


def test_s12_filter_knows_nothing_of_methods_authorized_elsewhere(web, centre):
    household = an_account(centre, "Alice Cardinal")
    other = an_organization("soccer")
    a_client(other, household.account)
    an_authorization(other, method=a_saved_method(household.account))
    assert "Cardinal" not in listed(web, "people", card="yes")
    assert "Cardinal" in listed(web, "people", card="no")


@pytest.mark.parametrize("name", ["people", "accounts"])
def test_column_costs_the_same_for_many_rows_as_for_one(web, centre, name):
    an_authorization(centre, account=an_account(centre).account)
    listed(web, name)
    with CaptureQueriesContext(
        connection,
    ) as one:
        listed(web, name)
    for _more in range(4):
        an_authorization(centre, account=an_account(centre).account)
    with CaptureQueriesContext(connection) as many:
        assert listed(web, name).count("•• 4242") >= 5
    assert len(many) == len(one)


def test_methods_of_many_accounts_take_one_question_default_first(centre, django_assert_num_queries):
    account = an_account(centre).account
    second = an_authorization(centre, account=account).method
    first = an_authorization(centre, method=a_saved_method(account, is_default=True)).method
    bank = an_authorization(centre, method=a_saved_method(account, "bank")).method
    with django_assert_num_queries(1):
        found = methods_by_account(centre, [account.pk, account.pk + 1])
    assert found == {account.pk: [first, second, bank]}
