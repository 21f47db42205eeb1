"""A link signs in one person, once, for a quarter of an hour, and leads to one page."""

import datetime as dt
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from sesame import tokens_v2

from accounts.models import Account, User
from accounts.services import signing_in
from smartrec.errors import Refused
from tests.builders import NOW, PASSWORD, a_user, an_account, an_organization

pytestmark = pytest.mark.django_db
WALLET = "/my/wallet/cards/new/"


def opened(path: str) -> dict[str, str]:
    """What a link carries."""
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def a_link(user: User, next: str = "") -> dict[str, str]:
    return opened(signing_in.path_for(user_pk=user.pk, next=next))


def facts_of(user: User) -> tuple:
    return User.objects.values_list("last_login", "email_confirmed_at").get(pk=user.pk)


def is_refused(user: User, link: dict[str, str]) -> bool:
    """Refused, and nothing of the person changed."""
    before = facts_of(user)
    with pytest.raises(Refused):
        signing_in.use_link(**link, now=NOW)
    return facts_of(user) == before


@pytest.fixture
def user():
    return a_user(email_confirmed_at=None)


@pytest.fixture
def clock(monkeypatch):
    """Sets the hands of the clock by which tokens are dated: `clock(minutes)`, from a first moment on."""

    def at(minutes: float) -> None:
        seconds = NOW.timestamp() + minutes * 60
        monkeypatch.setattr(tokens_v2, "time", SimpleNamespace(time=lambda: seconds))

    at(0)
    return at


def test_a_link_signs_in_and_confirms_the_address(user):
    assert signing_in.use_link(**a_link(user), now=NOW) == user
    assert facts_of(user) == (NOW, NOW)


def test_an_address_confirmed_before_keeps_its_date(user):
    earlier = NOW - dt.timedelta(days=9)
    User.objects.update(email_confirmed_at=earlier)
    signing_in.use_link(**a_link(user), now=NOW)
    assert facts_of(user) == (NOW, earlier)


def test_a_link_works_once(user):
    link = a_link(user)
    signing_in.use_link(**link, now=NOW)
    assert is_refused(user, link)


def test_using_one_link_ends_the_others(user):
    first, second = a_link(user), a_link(user, WALLET)
    signing_in.use_link(**second, now=NOW)
    assert is_refused(user, first)


def test_a_link_lives_a_quarter_of_an_hour(user, clock):
    link = a_link(user)
    clock(14.9)
    assert signing_in.holder_of(**link) == user
    clock(15)
    assert is_refused(user, link)


def test_whoever_may_not_sign_in_any_more_is_refused(user):
    link = a_link(user)
    User.objects.update(is_active=False)
    assert is_refused(user, link)
    assert "token" not in a_link(user)


def test_a_link_goes_to_the_page_it_was_made_for_and_no_other(user):
    link = a_link(user, WALLET)
    assert link["next"] == WALLET
    assert is_refused(user, {**link, "next": "/my/wallet/banks/new/"})
    assert is_refused(user, {"token": link["token"]})


@pytest.mark.parametrize("page", ["https://else.example/", "//else.example/", "javascript:alert(1)", "/\\else.example"])
def test_a_link_never_leads_elsewhere(user, page):
    assert "next" not in a_link(user, page)


@pytest.mark.parametrize("change", [{"email": "new@example.com"}, {"password": "other"}])
def test_a_change_of_address_or_password_ends_the_link(user, change):
    link = a_link(user)
    User.objects.update(**change)
    assert is_refused(user, link)


@pytest.mark.parametrize("token", ["", "nonsense", "AAAAAQAAAAAAAAAAAAAAAAAA"])
def test_what_we_did_not_sign_is_refused(user, token):
    assert is_refused(user, {"token": token})


def test_another_installation_s_link_is_refused(user, settings):
    link = a_link(user)
    settings.SECRET_KEY = "of-somebody-else-0123456789-abcdefghijklmnopqrstuvwxyz"
    assert is_refused(user, link)


def test_another_address_has_to_be_confirmed_again():
    user = a_user()
    user.email = "new@example.com"
    user.save()
    assert signing_in.needs_confirmed_address(User.objects.get(pk=user.pk))


def test_a_new_name_leaves_the_address_confirmed():
    user = a_user()
    user.name = "Marie"
    user.save()
    assert not signing_in.needs_confirmed_address(User.objects.get(pk=user.pk))


def test_the_one_household_of_an_address_gets_its_first_login():
    account = an_account(an_organization(), "Marie Roy", email="Marie@Example.com", language="en").account
    user = signing_in.user_for_address(email=" marie@example.com")
    assert (user.email, user.name, user.language) == ("marie@example.com", "Marie Roy", "en")
    assert not user.has_usable_password()
    assert signing_in.needs_confirmed_address(user)
    assert Account.objects.get(pk=account.pk).user == user
    assert signing_in.user_for_address(email="marie@example.com") == user


def test_two_households_of_one_address_get_no_login():
    for name in ("Marie Roy", "Luc Roy"):
        an_account(an_organization(), name, email="roy@example.com")
    assert signing_in.user_for_address(email="roy@example.com") is None
    assert (User.objects.count(), Account.objects.filter(user=None).count()) == (0, 2)


@pytest.mark.parametrize("email", ["nobody@example.com", "", "   "])
def test_an_address_nobody_has_gets_no_login(email):
    an_account(an_organization(), "Marie Roy")
    assert signing_in.user_for_address(email=email) is None
    assert User.objects.count() == 0


def test_a_household_that_signs_in_by_another_address_keeps_its_login():
    user = a_user("marie@example.com")
    an_account(an_organization(), "Marie Roy", email="family@example.com", user=user)
    assert signing_in.user_for_address(email="family@example.com") is None
    assert User.objects.count() == 1


def test_somebody_at_work_finds_their_household_once_they_have_shown_the_address_is_theirs():
    account = an_account(an_organization(), "Marie Roy", email="marie@example.com").account
    worker = a_user("marie@example.com", email_confirmed_at=None)
    assert signing_in.user_for_address(email="marie@example.com") == worker
    assert Account.objects.get(pk=account.pk).user is None
    signing_in.use_link(**a_link(worker), now=NOW)
    assert Account.objects.get(pk=account.pk).user == worker


def test_a_household_without_address_cannot_be_given_a_login():
    account = an_account(an_organization(), "Marie Roy").account
    with pytest.raises(Refused, match="Marie Roy"):
        signing_in.user_for_account(account=account)
    assert User.objects.count() == 0


def test_an_address_of_another_household_is_no_login_for_this_one():
    other = a_user("marie@example.com")
    an_account(an_organization(), "Luc Roy", user=other)
    account = an_account(an_organization(), "Marie Roy", email="marie@example.com").account
    with pytest.raises(Refused, match=r"somebody else|quelqu’un d’autre"):
        signing_in.user_for_account(account=account)
    assert Account.objects.get(pk=account.pk).user is None


def test_a_password_still_signs_in_after_a_link(user, client):
    signing_in.use_link(**a_link(user), now=NOW)
    assert client.login(username=user.email, password=PASSWORD)
