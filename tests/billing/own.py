"""A household at its portal, for tests: who looks, at what, and a credit it was granted."""

from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client
from billing import ledger
from billing.ledger import Posting
from billing.models import Credit, CreditLine, Invoice
from billing.services.numbering import take_numbers
from tests.builders import NOW, TODAY, a_ledger_code, a_user


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


def a_credit(client: Client, cents: int = 4_500, *, invoice: Invoice | None = None, **fields: object) -> Credit:
    """A credit of one line, with its place in the books."""
    organization, code = client.organization, a_ledger_code(client.organization)
    sums = {"subtotal": cents, "tax_total": 0, "total": cents}
    facts = {"kind": "memo", "currency": "CAD", "issued_on": TODAY, "description": "Camp annulé", "created_at": NOW}
    number = take_numbers(organization=organization, document="credit", count=1)
    whose = {"organization": organization, "client": client, "invoice": invoice, "number": number}
    credit = Credit.objects.create(**whose, **sums, **{**facts, **fields})
    item = invoice.items.get() if invoice else None
    CreditLine.objects.create(
        credit=credit, position=1, item=item, description=credit.description, ledger_code=code, **sums
    )
    receivable = ledger.bucket(organization_id=organization.pk, kind="receivable")
    revenue = ledger.bucket(organization_id=organization.pk, kind="revenue", ledger_code=code)
    posting = Posting(
        organization_id=organization.pk,
        reference=f"credit/{credit.pk}/issued",
        kind="credit",
        happened_on=TODAY,
        client_id=client.pk,
        legs=[(revenue.pk, receivable.pk, cents)],
    )
    ledger.post([posting], now=NOW)
    return credit
