"""Signing in by a link, page by page: asking, the letter, its one button, what is said when it no longer works."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, User
from accounts.views.signing_in import COOKIE
from messaging.models import Message
from messaging.services import sending
from tests.builders import PASSWORD, a_user, an_account, an_organization

pytestmark = pytest.mark.django_db(transaction=True)
ASK, LINK, LOGIN = "/sign-in/ask/", "/sign-in/link/", "/sign-in/"
WALLET = "/my/wallet/cards/new/"
ADDRESS = re.compile(r"http://localhost:8000(/sign-in/link/\?token=\S+)")


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def user():
    return a_user("marie@example.com", language="en", email_confirmed_at=None)


@pytest.fixture
def household(user):
    return an_account(an_organization(), "Marie Roy", email=user.email, user=user)


def ask(client, email: str = "marie@example.com", **more: str):
    return client.post(ASK, {"login": email, **more}, headers={"Accept-Language": "en"})


def mailed() -> str:
    """The link in the letter that has just left."""
    sending.send_queued(clock=timezone.now)
    return ADDRESS.search(mail.outbox[-1].body)[1]


def a_link(client, **more: str) -> str:
    ask(client, **more)
    return mailed()


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_whole_way_from_the_sign_in_page_to_the_page_one_wanted(client, household):
    assert ask(client, next=WALLET)["Location"] == "/sign-in/check-email/"
    page = client.get(mailed(), follow=True)
    assert "marie@example.com" in page.content.decode()
    assert client.post(LINK)["Location"] == WALLET
    assert is_signed_in(client)
    assert User.objects.get().email_confirmed_at is not None


def test_the_button_of_the_sign_in_page_needs_no_script(client):
    page = client.get(LOGIN).content.decode()
    assert re.search(rf'<button[^>]* formaction="{ASK}"', page)
    assert 'name="login"' in page


def test_the_button_of_the_sign_in_page_leads_on_when_nothing_is_typed_yet(client):
    answer = client.post(ASK, {"login": "", "password": "", "next": WALLET})
    assert (answer.status_code, answer["Location"]) == (303, f"{ASK}?next={WALLET.replace('/', '%2F')}")
    assert b"errors" not in client.get(answer["Location"]).content
    assert "Enter your email address." in ask(client, "").content.decode()


def test_signing_in_is_said_in_the_language_of_whoever_signs_in(client, household):
    client.get(a_link(client))
    page = client.post(LINK, headers={"Accept-Language": "fr"}, follow=True).content.decode()
    assert "Signed in as" in page


def test_an_address_nobody_has_gets_the_same_answer_and_no_mail(client, user):
    known, unknown = ask(client), ask(client, "nobody@example.com")
    assert [(r.status_code, r["Location"], r.content) for r in (known, unknown)] == [
        (303, "/sign-in/check-email/", b"")
    ] * 2
    assert Message.objects.get().to == "marie@example.com"


def test_opening_a_link_does_not_use_it_up(client, user):
    link = a_link(client)
    for _scanner in range(3):
        assert client.get(link, follow=True).status_code == 200
    assert not is_signed_in(client)
    assert User.objects.get().last_login is None
    client.post(LINK)
    assert is_signed_in(client)


def test_the_token_leaves_the_address_at_once_and_no_other_page_is_told_it(client, user):
    link = a_link(client)
    answer = client.get(link)
    assert (answer.status_code, answer["Location"]) == (302, LINK)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    cookie = answer.cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (LINK, True, "Lax", 900)
    page = client.get(LINK)
    assert "no-store" in page["Cache-Control"]
    assert urlsplit(link).query.partition("=")[2] not in page.content.decode()


def test_a_used_link_says_so_and_offers_another_one_to_the_same_page(client, household):
    link = a_link(client, next=WALLET)
    client.get(link)
    client.post(LINK)
    client.post(reverse("account_logout"))
    before = User.objects.get().last_login
    for answer in (client.get(link, follow=True), client.post(LINK)):
        assert answer.status_code == 410
        assert f'href="{ASK}?next={WALLET.replace("/", "%2F")}"' in answer.content.decode()
    assert not is_signed_in(client)
    assert User.objects.get().last_login == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_without_a_link_offers_one(client, method):
    answer = getattr(client, method)(LINK)
    assert answer.status_code == 410
    assert ASK in answer.content.decode()
    assert not is_signed_in(client)


def test_somebody_deactivated_after_the_letter_left_stays_out(client, user):
    link = a_link(client)
    User.objects.update(is_active=False)
    client.get(link)
    assert client.post(LINK).status_code == 410
    assert not is_signed_in(client)
    assert User.objects.get().last_login is None


def test_somebody_deactivated_gets_no_letter(client, user):
    User.objects.update(is_active=False)
    assert ask(client).status_code == 303
    assert Message.objects.count() == 0


def test_a_second_step_is_still_asked_for(client, user):
    TOTP.activate(user, generate_totp_secret())
    client.get(a_link(client))
    assert client.post(LINK)["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert client.get("/my/").status_code == 302


def test_a_link_never_leads_to_another_site(client, household):
    ask(client, next="https://else.example/")
    assert Message.objects.get().facts["next"] == ""
    link = mailed()
    client.get(f"{link}&next=https://else.example/")
    assert client.post(LINK)["Location"] == "/"


def test_the_session_of_before_does_not_become_the_session_of_whoever_signs_in(client, user):
    other = a_user("luc@example.com")
    client.force_login(other)
    before = client.session.session_key
    client.get(a_link(client))
    client.post(LINK)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert client.session.session_key != before


def test_a_link_for_whoever_has_signed_in_only_confirms_the_address(client, user, household):
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    client.get(a_link(client, next=WALLET))
    assert client.post(LINK)["Location"] == WALLET
    assert is_signed_in(client)
    assert User.objects.get().email_confirmed_at is not None


def test_the_first_link_gives_a_household_its_login(client):
    account = an_account(an_organization(), "Marie Roy", email="marie@example.com", language="en").account
    client.get(a_link(client))
    client.post(LINK)
    assert client.session["_auth_user_id"] == str(Account.objects.get(pk=account.pk).user_id)
    assert client.get("/my/").status_code == 200


def test_an_address_gets_five_links_in_a_quarter_of_an_hour(client, user):
    answers = [ask(client).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    assert Message.objects.count() == 5
    assert ask(client, "MARIE@example.com").status_code == 429


def test_the_limit_says_nothing_of_whether_an_address_is_known(client, user):
    answers = [[ask(client, email).status_code for _ in range(6)] for email in (user.email, "nobody@example.com")]
    assert answers[0] == answers[1]


def test_one_network_address_may_not_ask_for_all_the_others(client):
    answers = [ask(client, f"somebody{n}@example.com").status_code for n in range(21)]
    assert answers == [303] * 20 + [429]


def test_tokens_cannot_be_guessed_one_after_the_other(client, user):
    client.get(f"{LINK}?token=AAAAAQAAAAAAAAAAAAAAAAAA")
    assert [client.post(LINK).status_code for _ in range(21)] == [410] * 20 + [429]


@pytest.mark.parametrize("typed", ["", "not an address"])
def test_what_is_no_address_is_said_to_be_none(client, typed):
    assert ask(client, typed).status_code == 422
    assert Message.objects.count() == 0


def test_a_password_still_signs_in(client, user):
    client.post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert is_signed_in(client)
