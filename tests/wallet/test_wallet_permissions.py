"""Giving and taking back a permission on its own page."""

import pytest
from django.urls import reverse

from tests.wallet.steps import Plans, a_centre, a_holder, save, the_authorization, the_method
from wallet.models import Authorization
from wallet.services import planned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def household(sandbox):
    return a_holder(a_centre(sandbox, name="Les Érables"))


@pytest.fixture
def web(client, household):
    client.force_login(household.account.user)
    return client


@pytest.fixture
def card(household):
    save(household.account)
    return the_method(household.account)


def test_words_are_shown_with_a_box_that_is_not_ticked(web, household, card):
    text = web.get(reverse("my-permission", args=[card.pk, household.pk]), {"lang": "en"}).content.decode()
    assert "I authorize Les Érables to save this card" in text
    assert 'name="agree"' in text
    assert "checked" not in text


def test_without_the_tick_nothing_is_authorized(web, household, card):
    answer = web.post(reverse("my-permission", args=[card.pk, household.pk]), {})
    assert answer.status_code == 422
    assert Authorization.objects.count() == 0


def test_tick_authorizes_with_the_proof(web, household, card):
    url = reverse("my-permission", args=[card.pk, household.pk])
    answer = web.post(url, {"agree": "on"}, headers={"user-agent": "Firefox", "accept-language": "en"})
    given = the_authorization(household.organization)
    assert (answer.status_code, answer.url) == (303, reverse("my-method", args=[card.pk]))
    assert (given.state, given.channel, given.ip, given.user_agent) == ("granted", "wallet", "127.0.0.1", "Firefox")
    assert given.consent_language == "en"


def test_withdrawing_shows_what_follows_then_counts_at_once(web, household, card, monkeypatch):
    monkeypatch.setattr(planned, "_planners", [Plans(household.organization)])
    web.post(reverse("my-permission", args=[card.pk, household.pk]), {"agree": "on"})
    url = reverse("my-permission-withdraw", args=[card.pk, household.pk])
    text = web.get(url, {"lang": "en"}).content.decode()
    assert "1 upcoming payment uses this method." in text
    assert "Installment 2 of 3, swimming" in text
    assert the_authorization(household.organization).state == "granted"
    assert web.post(url).status_code == 303
    assert the_authorization(household.organization).state == "revoked"


def test_switch_of_a_given_permission_leads_to_the_withdrawal(web, household, card):
    web.post(reverse("my-permission", args=[card.pk, household.pk]), {"agree": "on"})
    answer = web.get(reverse("my-permission", args=[card.pk, household.pk]))
    assert answer.url == reverse("my-permission-withdraw", args=[card.pk, household.pk])


def test_removing_names_who_may_charge_and_then_removes(web, household, card):
    web.post(reverse("my-permission", args=[card.pk, household.pk]), {"agree": "on"})
    url = reverse("my-method-remove", args=[card.pk])
    assert "Les Érables" in web.get(url, {"lang": "en"}).content.decode()
    assert web.post(url).status_code == 303
    card.refresh_from_db()
    assert card.status == "removed"


def test_default_is_changed_by_a_plain_form(web, household, card):
    save(household.account, number="5555555555554444")
    other = household.account.payment_methods.get(last4="4444")
    assert web.post(reverse("my-method-default", args=[other.pk])).status_code == 303
    other.refresh_from_db()
    assert other.is_default
