"""The processor's news: a reason to look, never the truth itself."""

import pytest
import requests

from tests.wallet.steps import (
    CARD,
    a_centre,
    a_holder,
    at_processor,
    begin,
    save,
    the_authorization,
    the_method,
    type_on_page,
)
from wallet import events
from wallet.models import Authorization, SetupSession

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def household(sandbox):
    return a_holder(a_centre(sandbox))


def post(sandbox, path: str, account: str = "", **data: object) -> dict:
    headers = {"Stripe-Account": account} if account else {}
    url = f"{sandbox.base_url}/v1/{path}"
    return requests.post(url, data, auth=("sk_test_sandbox", ""), headers=headers, timeout=120).json()


def hear(type: str, object_id: str, account: str = "") -> bool:
    return events.handle(type=type, object_id=object_id, account=account)


def test_news_of_a_completed_page_saves_the_card(household):
    started = begin(household.account)
    type_on_page(started.url, **CARD)
    session = SetupSession.objects.get().processor_session
    assert hear("checkout.session.completed", session)
    assert hear("checkout.session.completed", session)
    assert the_method(household.account).last4 == "4242"


def test_news_that_says_completed_about_an_open_page_saves_nothing(household):
    begin(household.account)
    assert hear("checkout.session.completed", SetupSession.objects.get().processor_session)
    assert SetupSession.objects.get().state == "open"


def test_news_of_a_page_not_yet_committed_is_told_again_later(household):
    assert not hear("checkout.session.completed", "cs_test_unknown")


def test_news_while_the_processor_is_away_is_told_again_later(household, sandbox):
    begin(household.account)
    sandbox.fault("unavailable", method="GET", path="/v1/checkout", count=3, should_retry="false")
    assert not hear("checkout.session.completed", SetupSession.objects.get().processor_session)


def test_card_renewed_by_its_bank_shows_its_new_expiry_and_never_an_older_one(household, sandbox):
    save(household.account, organization=household.organization)
    method = the_method(household.account)
    post(sandbox, f"payment_methods/{method.processor_method}", **{"card[exp_month]": 1, "card[exp_year]": 2035})
    hear("payment_method.automatically_updated", method.processor_method)
    assert (the_method(household.account).exp_month, the_method(household.account).exp_year) == (1, 2035)
    given = the_authorization(household.organization)
    hear("payment_method.updated", given.processor_method, given.processor_account)
    assert the_method(household.account).exp_year == 2035


def test_clone_detached_at_the_processor_ends_the_permission(household, sandbox):
    save(household.account, organization=household.organization)
    given = the_authorization(household.organization)
    hear("payment_method.detached", given.processor_method, given.processor_account)
    assert the_authorization(household.organization).state == "granted"
    post(sandbox, f"payment_methods/{given.processor_method}/detach", given.processor_account)
    hear("payment_method.detached", given.processor_method, given.processor_account)
    assert the_authorization(household.organization).state == "revoked"


def test_method_detached_at_the_processor_is_no_longer_valid(household, sandbox):
    save(household.account)
    method = the_method(household.account)
    post(sandbox, f"payment_methods/{method.processor_method}/detach")
    hear("payment_method.detached", method.processor_method)
    method.refresh_from_db()
    assert method.status == "invalid"


def test_debit_agreement_that_ended_takes_the_permission_with_it(household, sandbox):
    save(household.account, "bank", organization=household.organization, account="000555555559")
    given = the_authorization(household.organization)
    hear("mandate.updated", given.processor_mandate, given.processor_account)
    assert the_authorization(household.organization).state == "granted"
    _dispute(sandbox, given)
    assert at_processor(sandbox, f"mandates/{given.processor_mandate}", given.processor_account)["status"] == "inactive"
    hear("mandate.updated", given.processor_mandate, given.processor_account)
    assert the_authorization(household.organization).state == "revoked"


def _dispute(sandbox, given: Authorization) -> None:
    """A debit that the bank takes back after it had settled."""
    account, amount = given.processor_account, {"amount": 1_000, "currency": "cad"}
    intent = post(sandbox, "payment_intents", account, customer=given.processor_customer, **amount)["id"]
    confirm = {"payment_method": given.processor_method, "mandate": given.processor_mandate, "off_session": "true"}
    post(sandbox, f"payment_intents/{intent}/confirm", account, **confirm)
    sandbox.settle(intent)
    sandbox.return_late(intent)


def test_news_about_strangers_is_done_with(household):
    for type in ("payment_method.updated", "payment_method.attached", "mandate.updated", "invoice.paid"):
        assert hear(type, "pm_stranger", "acct_stranger")
