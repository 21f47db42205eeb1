"""A screen left alone signs itself out: a household's soon, a desk's later, everybody's after a day's work."""

import pytest
from django.core.cache import cache

from smartrec import middleware
from tests.builders import PASSWORD, a_user, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def wait(monkeypatch):
    """`wait(seconds)`: so much later, for whoever looks at the clock of the session."""
    now = [middleware.time.time()]

    class Clock:
        time = staticmethod(lambda: now[0])

    monkeypatch.setattr(middleware, "time", Clock)
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


@pytest.fixture
def holder():
    user = a_user()
    an_account(an_organization(), user=user)
    return user


def sign_in(client, user) -> None:
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" in client.session


def test_a_household_is_signed_out_after_half_an_hour(client, holder, wait):
    sign_in(client, holder)
    wait(29 * MINUTE)
    assert client.get("/my/").status_code == 200
    wait(31 * MINUTE)
    answer = client.get("/my/wallet/")
    assert answer["Location"] == "/sign-in/?next=/my/wallet/"
    assert "_auth_user_id" not in client.session


def test_opening_pages_keeps_one_signed_in(client, holder, wait):
    sign_in(client, holder)
    for _half_hour in range(5):
        wait(20 * MINUTE)
        assert client.get("/my/").status_code == 200


def test_somebody_at_work_may_leave_their_desk_for_lunch_and_not_for_the_night(client, wait):
    organization = an_organization("erables")
    sign_in(client, staff("front_desk", organization))
    wait(3 * HOUR)
    assert client.get("/o/erables/").status_code == 200
    wait(5 * HOUR)
    assert client.get("/o/erables/").status_code == 302


def test_nobody_stays_signed_in_longer_than_a_day_of_work(client, wait):
    organization = an_organization("erables")
    sign_in(client, staff("front_desk", organization))
    for _hours in range(4):
        wait(3 * HOUR)
        client.get("/o/erables/")
    wait(2 * MINUTE)
    assert client.get("/o/erables/").status_code == 302


def test_the_cookie_ends_with_the_browser(client, holder):
    answer = client.post("/sign-in/", {"login": holder.email, "password": PASSWORD})
    cookie = answer.cookies["sessionid"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == ("", "", True, "Lax")


def test_the_key_of_a_session_changes_when_somebody_signs_in(client, holder):
    client.get("/sign-in/")
    session = client.session
    session["something"] = "of before"
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    sign_in(client, holder)
    assert client.session.session_key != before
