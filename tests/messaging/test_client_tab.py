import re

import pytest
from django.urls import reverse

from messaging.models import Message
from tests.builders import NOW, an_account, an_organization, staff
from tests.messaging.letters import a_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def household():
    return an_account(an_organization())


def page(client, household):
    return client.get(reverse("client-messages", args=[household.organization.slug, household.pk]))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_file_shows_what_was_written_and_whether_it_left(client, household):
    client.force_login(staff("front_desk", household.organization))
    sent = a_message(client=household, organization=household.organization, language="en")
    Message.objects.filter(pk=sent.pk).update(state="sent", sent_at=NOW, subject="Receipt: sent that day")
    a_message("payment_failed", client=household, organization=household.organization, language="en")
    a_message(organization=household.organization, client=an_account(household.organization))
    said = text(page(client, household))
    assert "Receipt: sent that day marie@example.com Sent" in said
    assert "We could not take your payment of $62.00 marie@example.com To send" in said
    assert said.count("marie@example.com") == 2


def test_another_organization_s_file_and_messages_are_not_found(client, household):
    other = an_organization()
    client.force_login(staff("owner", other))
    assert page(client, household).status_code == 404
    address = reverse("client-messages", args=[other.slug, household.pk])
    assert client.get(address).status_code == 404


def test_a_file_without_messages_says_so(client, household):
    client.force_login(staff("front_desk", household.organization))
    assert "Nothing has been sent yet." in text(page(client, household))
