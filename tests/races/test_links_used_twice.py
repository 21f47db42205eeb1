"""The same link, used by several hands at once, signs in once."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.models import User
from accounts.services import signing_in
from smartrec.errors import Refused
from tests.accounts.test_signing_in import a_link
from tests.builders import a_user, an_account, an_organization
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


def used_by_all_hands(user: User) -> list:
    link = a_link(user)
    return race(lambda: signing_in.use_link(**link, now=dt.datetime.now(dt.UTC)), contenders=HANDS)


def test_a_link_used_by_several_hands_at_once_signs_in_once():
    results = used_by_all_hands(a_user())
    assert len(winners(results)) == 1
    assert {type(result) for result in results} == {User, Refused}


def test_without_the_condition_of_the_update_it_would_sign_in_several_times(monkeypatch):
    together = slow(lambda: None, contenders=HANDS)

    def look_then_write(*, user: User, now: dt.datetime) -> bool:
        together()
        return User.objects.filter(pk=user.pk).update(last_login=now) == 1

    monkeypatch.setattr(signing_in, "spend", look_then_write)
    assert len(winners(used_by_all_hands(a_user()))) == HANDS


def test_a_household_asked_for_twice_at_once_gets_one_login():
    with transaction.atomic():
        an_account(an_organization(), "Marie Roy", email="marie@example.com")
    found = race(lambda: signing_in.user_for_address(email="marie@example.com"), contenders=HANDS)
    assert len({user.pk for user in found}) == 1
    assert User.objects.count() == 1
