"""Signing in is by e-mail; nobody opens a login for themselves."""

import pytest
from django.urls import reverse

from accounts.models import User
from tests.builders import PASSWORD, a_user

pytestmark = pytest.mark.django_db


def test_nobody_signs_up(client):
    typed = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post(reverse("account_signup"), typed)
    assert User.objects.count() == 0


def test_e_mail_and_password_sign_in_whatever_the_capitals(client):
    user = a_user("marie@example.com")
    client.post(reverse("account_login"), {"login": "Marie@Example.com", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_wrong_password_does_not_sign_in(client):
    a_user("marie@example.com")
    client.post(reverse("account_login"), {"login": "marie@example.com", "password": "wrong"})
    assert "_auth_user_id" not in client.session
