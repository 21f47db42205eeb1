"""A household at its portal, for tests: who looks, and at what."""

from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client
from tests.builders import a_user


class Holder:
    """The holder of a client's account, signed in and reading English."""

    def __init__(self, client: Client, **fields: object) -> None:
        self.client = client
        self.user = client.account.user or a_user(**{"language": "en", **fields})
        type(client.account).objects.filter(pk=client.account_id).update(user=self.user)
        client.account.user = self.user
        self.browser = Browser()
        self.browser.force_login(self.user)

    def get(self, name: str, *keys: object, **query: str) -> Any:
        return self.browser.get(reverse(name, args=keys), query)

    def read(self, name: str, *keys: object, **query: str) -> str:
        """What the page says, with ordinary spaces."""
        answer = self.get(name, *keys, **query)
        assert answer.status_code == 200, (name, answer.status_code)
        return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")

    def send(self, name: str, *keys: object, **typed: object) -> Any:
        return self.browser.post(reverse(name, args=keys), typed)
