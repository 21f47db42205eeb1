"""The wallet changes only for those who have shown that their address is theirs; they come back to where they were."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.views.signing_in import ConfirmedAddress
from messaging.models import Message
from messaging.services import sending
from tests.builders import a_user, an_account, an_organization

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "/my/wallet/cards/new/"
CONFIRM = "/my/confirm-email/"


class Changes(ConfirmedAddress):
    """A page of the portal that changes the wallet."""

    def get(self, request) -> HttpResponse:
        return HttpResponse("the page")

    def post(self, request) -> HttpResponse:
        return HttpResponse("changed")


class OnlyChanges(Changes):
    http_method_names = ["post"]


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def holder():
    user = a_user("marie@example.com", language="en", email_confirmed_at=None)
    an_account(an_organization(), "Marie Roy", user=user)
    return user


def answer(view, user, method: str = "get", **headers: str) -> HttpResponse:
    request = getattr(RequestFactory(), method)(f"{CARD}?kind=card", headers=headers)
    request.user = user
    return view.as_view()(request)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_has_not_confirmed_goes_to_the_page_that_asks_and_nothing_changes(holder, method):
    response = answer(Changes, holder, method)
    assert response.status_code == 303
    assert response["Location"] == f"{CONFIRM}?next=%2Fmy%2Fwallet%2Fcards%2Fnew%2F%3Fkind%3Dcard"


def test_a_button_without_a_page_comes_back_to_the_page_it_stands_on(holder):
    response = answer(OnlyChanges, holder, "post", referer="http://testserver/my/wallet/7/?kind=card")
    assert response["Location"] == f"{CONFIRM}?next=%2Fmy%2Fwallet%2F7%2F%3Fkind%3Dcard"
    elsewhere = answer(OnlyChanges, holder, "post", referer="http://else.example/trap/")
    assert elsewhere["Location"] == f"{CONFIRM}?next=%2Fmy%2F"


def test_a_part_of_a_page_sends_the_whole_window_there(holder):
    response = answer(Changes, holder, "post", **{"HX-Request": "true"})
    assert (response.status_code, response.content) == (204, b"")
    assert response["HX-Redirect"].startswith(CONFIRM)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_has_confirmed_goes_through(holder, method):
    User.objects.update(email_confirmed_at=timezone.now())
    assert answer(Changes, User.objects.get(), method).status_code == 200


def test_the_letter_confirms_and_leads_back(client, holder):
    client.force_login(holder)
    assert holder.email in client.get(CONFIRM, {"next": CARD}).content.decode()
    sent = client.post(CONFIRM, {"next": CARD})
    assert "A link is on its way" in client.get(sent["Location"]).content.decode()
    sending.send_queued(clock=timezone.now)
    client.get(re.search(r"http://localhost:8000(\S+token=\S+)", mail.outbox[0].body)[1])
    assert client.post(reverse("sign-in-link"))["Location"] == CARD
    assert User.objects.get().email_confirmed_at is not None
    assert client.get(CONFIRM, {"next": CARD})["Location"] == CARD


def test_it_is_not_sent_over_and_over(client, holder):
    client.force_login(holder)
    assert [client.post(CONFIRM).status_code for _ in range(6)] == [303] * 5 + [429]
    assert Message.objects.count() == 5


def test_whoever_has_confirmed_gets_no_letter(client, holder):
    User.objects.update(email_confirmed_at=timezone.now())
    client.force_login(holder)
    assert client.post(CONFIRM, {"next": CARD})["Location"] == CARD
    assert Message.objects.count() == 0


@pytest.mark.parametrize("act", ["action_add", "action_primary", "action_remove"])
def test_nobody_takes_an_address_they_have_not_shown_to_be_theirs(client, holder, act):
    client.force_login(holder)
    for email in ("new@example.com", "marie@example.com"):
        answer = client.post("/email/", {act: "", "email": email})
        assert (answer.status_code, answer["Location"]) == (303, "/me/")
    assert (User.objects.get().email, EmailAddress.objects.count(), mail.outbox) == ("marie@example.com", 0, [])
