"""Letters that sign their reader in: nothing that is kept, or shown to staff, holds what would sign them in too."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, Trail, User
from messaging.models import Message
from messaging.rendering import compose, said
from messaging.services import sending, signing_in
from smartrec.errors import Refused
from tests.builders import NOW, a_user, an_account, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)
WALLET = "/my/wallet/cards/new/"
TOKEN = re.compile(r"token=([\w-]+)")


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def household():
    return an_account(an_organization("erables", name="Les Érables"), "Marie Roy", email="marie@example.com")


@pytest.fixture
def clerk(household):
    return staff("front_desk", household.organization)


def invite(household, clerk, **more) -> User:
    account, organization = household.account, household.organization
    return signing_in.invite(account=account, organization=organization, next=WALLET, by=clerk, now=NOW, **more)


def sent_tokens() -> list[str]:
    sending.send_queued(clock=timezone.now)
    return sorted({token for letter in mail.outbox for token in TOKEN.findall(letter.body)})


def everything_kept() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        kept = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            kept += [row for (row,) in cursor.fetchall()]
    return "\n".join(kept)


def test_a_centre_s_invitation_gives_a_login_and_is_seen_in_the_client_s_file(client, household, clerk):
    user = invite(household, clerk, facts={"method_kind": "card"})
    assert Account.objects.get(pk=household.account_id).user == user
    message = Message.objects.get()
    assert (message.client, message.organization) == (household, household.organization)
    assert Trail.objects.get().verb == "link_sent"
    client.force_login(clerk)
    page = client.get(reverse("client-messages", args=["erables", household.pk])).content.decode()
    assert "Les Érables vous demande d’ajouter une carte" in page or "Les Érables asks you to add a card" in page


def test_the_letter_leads_to_the_page_the_centre_chose(client, household, clerk):
    invite(household, clerk)
    sending.send_queued(clock=timezone.now)
    client.get(re.search(r"http://localhost:8000(\S+token=\S+)", mail.outbox[0].body)[1])
    assert client.post(reverse("sign-in-link"))["Location"] == WALLET


def test_no_token_is_in_any_table_before_or_after_it_was_used(client, household, clerk):
    invite(household, clerk)
    client.post(reverse("sign-in-ask"), {"login": "marie@example.com"})
    tokens = sent_tokens()
    assert len(tokens) == 2
    client.get(reverse("sign-in-link"), {"token": tokens[0], "next": ""})
    client.get(reverse("sign-in-link"))
    before = everything_kept()
    client.post(reverse("sign-in-link"))
    kept = before + everything_kept()
    assert "marie@example.com" in kept
    assert [token for token in tokens if token in kept] == []
    assert "token=" not in kept


def test_staff_see_no_link_among_the_messages(client, household, clerk):
    invite(household, clerk)
    [token] = sent_tokens()
    client.force_login(clerk)
    for name in ("client-messages", "client", "client-history"):
        client.force_login(staff("owner", household.organization))
        page = client.get(reverse(name, args=["erables", household.pk])).content.decode()
        assert token not in page
        assert "sign-in/link" not in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_shown_anywhere_but_in_the_letter_it_opens_the_bare_sign_in_page(household, clerk, language):
    Account.objects.update(language=language)
    household.account.refresh_from_db()
    invite(household, clerk)
    message = Message.objects.get()
    [(_language, preview)] = said(message)
    assert preview.button_url.endswith("/sign-in/")
    assert TOKEN.search(compose(message).body)


def test_a_household_without_address_cannot_be_invited(clerk, household):
    Account.objects.update(email="")
    household.account.refresh_from_db()
    with pytest.raises(Refused, match="Marie Roy"):
        invite(household, clerk)
    assert (Message.objects.count(), Trail.objects.count(), User.objects.filter(account__isnull=False).count()) == (
        0, 0, 0,
    )  # fmt: skip


def test_a_client_of_another_organization_cannot_be_invited(household):
    other = an_organization()
    with pytest.raises(household.DoesNotExist):
        signing_in.invite(account=household.account, organization=other, next=WALLET, by=staff("owner", other), now=NOW)
    assert (Message.objects.count(), Account.objects.get(pk=household.account_id).user) == (0, None)


def test_a_letter_to_somebody_deactivated_meanwhile_opens_the_bare_sign_in_page(household, clerk):
    invite(household, clerk)
    User.objects.filter(account=household.account).update(is_active=False)
    assert sent_tokens() == []
    assert "/sign-in/?next=" in mail.outbox[0].body


def test_an_address_already_confirmed_is_not_asked_for_again():
    with pytest.raises(Refused):
        signing_in.ask_to_confirm(user=a_user(), language="en", now=NOW)
    assert Message.objects.count() == 0
