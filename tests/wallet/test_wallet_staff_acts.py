"""The edges of what staff do with a client's wallet: who may, what is refused, what the client's file then shows."""

import re

import pytest
from django.test import Client as Browser

from messaging.models import Message
from messaging.rendering import compose
from tests.billing.views.ways import at, signed_in
from tests.builders import a_client, a_saved_method, an_account, an_authorization, an_organization
from tests.smartrec.pages import shows
from tests.wallet.steps import (
    BANK,
    TYPED_BY_STAFF,
    a_centre,
    a_holder,
    begin,
    the_method,
    type_on_page,
    who_has_signed_in,
)
from wallet.models import Authorization, SetupSession

pytestmark = pytest.mark.django_db
FORM = {"channel": "in_person", **TYPED_BY_STAFF}
NUMBER = "4242 4242 4242 4242"


@pytest.fixture
def centre(sandbox):
    return a_centre(sandbox)


@pytest.fixture
def desk(centre):
    return signed_in("front_desk", centre)


@pytest.fixture
def household(centre):
    return who_has_signed_in(a_holder(centre))


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_bank_account_added_in_person_keeps_where_it_was_agreed_to(centre, desk, household):
    leaving = desk.post(at(centre, "client-bank-new", household.pk), {**FORM, "nickname": "Compte conjoint"})
    back = type_on_page(leaving["Location"], **BANK)
    desk.get(back.headers["Location"])
    given = Authorization.objects.get()
    assert (given.state, given.channel, given.ip) == ("granted", "in_person", "127.0.0.1")
    assert given.method.nickname == "Compte conjoint"
    assert "Compte conjoint" in text(desk.get(at(centre, "client-wallet", household.pk)))


def test_words_are_in_the_client_s_language_and_kept_as_they_were_shown(centre, desk, household):
    page = at(centre, "client-card-new", household.pk)
    assert 'lang="fr"' in text(desk.get(page))
    assert "J’autorise" in text(desk.get(page))
    assert "I authorize" in text(desk.get(page, {"language": "en"}))
    desk.post(f"{page}?language=en", FORM)
    words = SetupSession.objects.get().consents.get()
    assert (words.language, words.organization) == ("en", centre)
    assert words.text.startswith("I authorize Centre")


def test_full_wallet_is_refused_before_anything_is_typed(centre, desk, household):
    for _ in range(10):
        a_saved_method(household.account)
    refused = desk.post(at(centre, "client-card-new", household.pk), FORM)
    assert refused.status_code == 422
    assert "A wallet holds 10 cards" in refused.content.decode()
    assert SetupSession.objects.count() == 0


def test_while_the_processor_is_away_nothing_begins(centre, desk, household, sandbox):
    sandbox.fault("unavailable", method="POST", path="/v1/checkout", count=9, should_retry="false")
    refused = desk.post(at(centre, "client-card-new", household.pk), FORM)
    assert refused.status_code == 422
    assert "does not answer" in refused.content.decode()


def test_page_left_without_typing_saves_nothing(centre, desk, household):
    desk.post(at(centre, "client-card-new", household.pk), FORM)
    way_back = at(centre, "client-wallet-return", household.pk, SetupSession.objects.get().pk)
    assert "as soon as the client’s bank has confirmed it" in text(desk.get(way_back, follow=True))
    assert Authorization.objects.count() == 0


def test_way_back_of_a_visit_that_the_client_began_is_not_found_by_staff(centre, desk, household):
    own = begin(household.account).setup
    assert desk.get(at(centre, "client-wallet-return", household.pk, own.pk)).status_code == 404


def test_number_typed_where_an_expiry_is_asked_for_is_refused(centre, desk, household):
    given = an_authorization(centre, account=household.account)
    refused = desk.post(at(centre, "client-card-expiry", household.pk, given.pk), {"expiry": NUMBER})
    assert refused.status_code == 422
    assert the_method(household.account).exp_year == 2028


@pytest.mark.parametrize("typed", ["8/29", "08/29", "08/2029", "0829", "08-29"])
def test_expiry_is_read_as_people_write_it(centre, desk, household, typed, sandbox):
    given = an_authorization(centre, account=household.account)
    refused = desk.post(at(centre, "client-card-expiry", household.pk, given.pk), {"expiry": typed})
    # The made-up card is unknown to the processor: what matters is that the date was understood.
    assert "as it is on the card" not in refused.content.decode()


@pytest.mark.parametrize("typed", ["", "13/29", "août 2029", "00/30", "2029"])
def test_what_is_no_expiry_is_refused(centre, desk, household, typed):
    given = an_authorization(centre, account=household.account)
    refused = desk.post(at(centre, "client-card-expiry", household.pk, given.pk), {"expiry": typed})
    assert refused.status_code == 422
    assert "as it is on the card" in refused.content.decode()


def test_auditor_sees_the_methods_and_is_offered_their_agreements_alone(centre, household):
    given = an_authorization(centre, account=household.account)
    page = text(signed_in("auditor", centre).get(at(centre, "client-wallet", household.pk)))
    assert "•• 4242" in page
    assert at(centre, "client-agreement", household.pk, given.pk) in page
    for name, keys in (
        ("client-card-new", [household.pk]),
        ("client-wallet-link", [household.pk]),
        ("client-card-expiry", [household.pk, given.pk]),
        ("client-permission-end", [household.pk, given.pk]),
    ):
        assert at(centre, name, *keys) not in page
        assert signed_in("auditor", centre).get(at(centre, name, *keys)).status_code == 403


def test_file_says_why_a_method_can_no_longer_be_charged(centre, desk, household):
    bank = a_saved_method(household.account, "bank", status="invalid", invalid_reason="account_closed")
    an_authorization(centre, method=bank)
    assert "The bank account is closed." in text(desk.get(at(centre, "client-wallet", household.pk)))


def test_overview_shows_what_may_be_charged_and_nothing_else(centre, desk, household):
    an_authorization(centre, account=household.account)
    other = an_organization("soccer")
    a_client(other, household.account)
    an_authorization(other, method=a_saved_method(household.account, last4="9999"))
    page = text(desk.get(at(centre, "client", household.pk)))
    assert "Authorized wallet" in page
    assert "•• 4242" in page
    assert not shows(page, "9999")


def test_link_signs_a_new_client_in_where_a_card_is_added(centre, desk):
    stranger = an_account(centre, "Jean Neuf", email="jean@example.com", language="en")
    desk.post(at(centre, "client-wallet-link", stranger.pk), {"kind": "bank"})
    letter = compose(Message.objects.get())
    link = re.search(r"http://[^/]+(/\S*token=\S+)", letter.body)[1]
    phone = Browser()
    assert stranger.account.user is None or stranger.account.user.last_login is None
    # Opening the link only asks, so that a mail program that looks at it does not use it up.
    asked = phone.get(link, follow=True)
    assert asked.status_code == 200
    arrived = phone.post(asked.redirect_chain[-1][0], follow=True)
    assert arrived.redirect_chain[-1][0] == "/my/wallet/banks/new/"
    stranger.account.refresh_from_db()
    assert stranger.account.user.last_login is not None
