"""The household's own wallet, page by page, as a browser without scripts would use it."""

import pytest
from django.urls import reverse

from tests.builders import (
    a_client,
    a_saved_method,
    a_user,
    an_account,
    an_authorization,
    an_opening_balance,
    an_organization,
)
from tests.wallet.steps import CARD, a_centre, a_holder, the_authorization, the_method, type_on_page
from wallet.models import Authorization, PaymentMethod, SetupSession

pytestmark = pytest.mark.django_db

ADDRESS = {
    "address_line1": "1245, rue des Érables",
    "address_city": "Saint-Aubin",
    "address_province": "QC",
    "address_postal_code": "J4K 2B1",
    "address_country": "CA",
}


@pytest.fixture
def household():
    return a_holder(an_organization(name="Les Érables"))


@pytest.fixture
def web(client, household):
    client.force_login(household.account.user)
    return client


def page(web, name: str, *args: object, language: str = "en", **query: str) -> str:
    answer = web.get(reverse(name, args=args), {**query, "lang": language})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_empty_wallet_proposes_to_add_a_card(web):
    text = page(web, "my-wallet")
    assert "Add a card or bank account to pay faster." in text
    assert reverse("my-card-new") in text


def test_cards_and_banks_stand_apart_and_the_default_is_looked_at_first(web, household):
    a_saved_method(household.account, last4="4242", is_default=True)
    a_saved_method(household.account, "bank", last4="6789", nickname="Compte conjoint")
    cards, banks = page(web, "my-wallet"), page(web, "my-wallet", kind="bank")
    assert "•••• 4242" in cards
    assert "Visa ending in 4242" in cards
    assert "•••• 6789" not in cards
    assert "•••• 6789" in banks
    assert "Compte conjoint" in banks
    assert "•••• 4242" not in banks


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Wallet", "Authorizations", "Not authorized", "Billing address"]),
        ("fr", ["Portefeuille", "Autorisations", "Non autorisé", "Adresse de facturation"]),
    ],
)
def test_wallet_speaks_both_languages(web, household, language, words):
    a_saved_method(household.account)
    text = page(web, "my-wallet", language=language)
    assert [word for word in words if word not in text] == []


def test_expired_and_dead_methods_say_so(web, household):
    a_saved_method(household.account, exp_month=10, exp_year=2020, is_default=True)
    assert "Expired" in page(web, "my-wallet")
    PaymentMethod.objects.update(status="invalid")
    assert "Not valid" in page(web, "my-wallet")


def test_each_organization_of_the_household_has_its_switch(web, household):
    other = a_client(an_organization(name="Club de soccer"), household.account)
    method = an_authorization(household.organization, account=household.account).method
    text = page(web, "my-method", method.pk)
    assert f'id="may-{household.pk}" checked' in text
    assert f'id="may-{other.pk}" autocomplete' in text
    assert reverse("my-permission", args=[method.pk, other.pk]) in text


def test_what_is_owed_is_first(web, household):
    an_opening_balance(household, 17_200)
    assert "$172.00" in page(web, "my-wallet")
    assert "$172.00" in page(web, "my-home")


@pytest.mark.parametrize("name", ["my-method", "my-method-remove"])
def test_another_households_method_does_not_exist(web, household, name):
    theirs = a_saved_method(an_account(household.organization).account)
    assert web.get(reverse(name, args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize("name", ["my-method-default", "my-method-remove"])
def test_another_households_method_cannot_be_touched(web, household, name):
    theirs = a_saved_method(an_account(household.organization).account)
    assert web.post(reverse(name, args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.status, theirs.is_default) == ("active", False)


def test_permission_for_another_households_client_does_not_exist(web, household):
    mine, stranger = a_saved_method(household.account), an_account(household.organization)
    for name in ("my-permission", "my-permission-withdraw"):
        assert web.post(reverse(name, args=[mine.pk, stranger.pk]), {"agree": "on"}).status_code == 404
    assert Authorization.objects.count() == 0


def test_someone_without_an_account_has_no_portal(client):
    client.force_login(a_user())
    assert client.get(reverse("my-wallet")).status_code == 404


def test_nobody_gets_in_without_signing_in(client):
    answer = client.get(reverse("my-wallet"))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("missing", ["address_line1", "address_postal_code"])
def test_s19_no_method_without_its_billing_address(web, missing):
    typed = {**ADDRESS, missing: ""}
    answer = web.post(reverse("my-card-new") + "?lang=en", typed)
    assert answer.status_code == 422
    assert "Enter the" in answer.content.decode()
    assert SetupSession.objects.count() == 0


def test_consent_is_shown_in_words_and_never_ticked_beforehand(web):
    text = page(web, "my-card-new")
    assert "I authorize Les Érables to save this card and charge it for purchases and balances" in text
    assert 'name="authorize_' in text
    assert "checked" not in text
    assert "payments.ca" in page(web, "my-bank-new")
    assert "paiements.ca" in page(web, "my-bank-new", language="fr")


def test_household_of_two_organizations_ticks_each_for_itself_and_nobody_beforehand(web, household):
    a_client(an_organization(name="Club de soccer"), household.account)
    for name, words in (("my-card-new", "I authorize {} to save"), ("my-bank-new", "Debit agreement with {}")):
        text = page(web, name)
        assert [one for one in ("Club de soccer", "Les Érables") if words.format(one) not in text] == []
        assert text.count('name="authorize_') == 2
        assert "checked" not in text


def test_known_address_is_not_asked_again(web, household):
    household.account.__class__.objects.update(address_line1="12, rue Principale")
    assert 'value="12, rue Principale"' in page(web, "my-card-new")


def test_adding_leads_to_the_processors_page_and_back_to_the_card(client, sandbox):
    household = a_holder(a_centre(sandbox, name="Les Érables"))
    client.force_login(household.account.user)
    leave = client.post(reverse("my-card-new"), {**ADDRESS, f"authorize_{household.organization_id}": "on"})
    assert leave.status_code == 303
    back = type_on_page(leave.url, **CARD)
    arrived = client.get(back.headers["Location"].removeprefix("http://testserver"), {"lang": "en"}, follow=True)
    method = the_method(household.account)
    assert arrived.request["PATH_INFO"] == reverse("my-method", args=[method.pk])
    assert the_authorization(household.organization).state == "granted"
    assert "Your card is saved." in arrived.content.decode()


def test_processor_away_is_said_and_nothing_is_lost(client, sandbox):
    household = a_holder(a_centre(sandbox))
    client.force_login(household.account.user)
    sandbox.fault("unauthorized", path="/v1/checkout/sessions", count=1)
    answer = client.post(reverse("my-card-new") + "?lang=en", ADDRESS)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.content.decode()


def test_way_back_of_another_household_does_not_exist(web, household):
    other = a_holder(household.organization, "Jean Roy")
    theirs = SetupSession.objects.create(
        account=other.account, kind="card", address_line1="1", address_postal_code="J", created_by=other.account.user
    )
    assert web.get(reverse("my-wallet-return", args=[theirs.pk])).status_code == 404


def test_eleventh_is_refused_on_the_page(web, household):
    for number in range(10):
        a_saved_method(household.account, fingerprint=str(number))
    answer = web.post(reverse("my-card-new") + "?lang=en", ADDRESS)
    assert "A wallet holds 10 cards." in answer.content.decode()
    assert SetupSession.objects.count() == 0
