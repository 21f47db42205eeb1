"""A household sends its payment from two windows at once: one payment, and its credit used once."""

import uuid

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Allocation, Attempt, Payment
from billing.services import sources
from tests.billing.credits import a_memo
from tests.billing.own import Holder
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_authorization, an_organization
from tests.races.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    """Owes 62.00 and 135.00, has a credit of 45.00 and a card."""
    client = an_account(an_organization())
    an_authorization(client.organization, account=client.account)
    an_invoice(client, 6_200, days_ago=40)
    an_invoice(client, 13_500)
    a_memo(client, 4_500)
    return client


def sent(payer, keys: list[str]) -> list[int]:
    """The same form, from as many windows as there are keys, at the same instant."""
    user = Holder(payer).user
    rows = list(payer.invoices.values_list("pk", flat=True))
    method = payer.authorizations.get().pk
    typed = {"invoice": rows, "use_credit": "on", "said": 4_500, "amount": "17.00", "method": method}
    left = list(keys)

    def send() -> int:
        browser = Browser()
        browser.force_login(user)
        return browser.post(reverse("my-pay-to", args=[payer.pk]), {**typed, "key": left.pop()}).status_code

    return race(send, contenders=len(keys))


def test_one_form_sent_four_times_at_once_is_one_payment_and_uses_the_credit_once(payer):
    answers = sent(payer, [str(uuid.uuid4())] * 4)
    assert 303 in answers
    assert set(answers) <= {303, 422}
    assert (Payment.objects.count(), Attempt.objects.count()) == (1, 1)
    assert sum(Allocation.objects.values_list("amount", flat=True)) == 4_500
    assert sources.available(payer) == 0


def test_four_windows_at_once_are_one_payment(payer):
    """Guard: the locks of `parts.hold`, whose control is among the races at the desk."""
    answers = sent(payer, [str(uuid.uuid4()) for _ in range(4)])
    assert sorted(answers) == [303, 422, 422, 422]
    assert (Payment.objects.count(), sources.available(payer)) == (1, 0)
