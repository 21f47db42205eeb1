"""Organizations' own accounts and the news that is asked for, against the sandbox."""

import datetime as dt

import pytest

from tests.wallet.processor.acts import NOW, customer, paid
from tests.wallet.steps import a_centre
from wallet.processor import ProcessorUnavailable

pytestmark = pytest.mark.django_db

AN_HOUR_AGO = NOW - dt.timedelta(hours=1)


def opened(stripe, country: str = "CA", key: str = "oa:1") -> str:
    return stripe.open_account(
        key=key,
        name="Centre des Érables",
        email="finance@erables.example",
        country=country,
        metadata={"organization": "1"},
    )


@pytest.mark.parametrize(("country", "currency"), [("CA", "CAD"), ("US", "USD")])
def test_account_is_opened_once_for_a_key(stripe, country, currency):
    account = opened(stripe, country)
    assert opened(stripe, country) == account
    state = stripe.read_account(processor_account=account)
    assert (state.account, state.country, state.currency) == (account, country, currency)


def test_new_account_takes_money_once_it_has_answered(stripe, sandbox):
    sandbox.onboarding()
    account = opened(stripe)
    before = stripe.read_account(processor_account=account)
    assert (before.charges_enabled, before.payouts_enabled, before.details_submitted) == (False, False, False)
    assert "external_account" in before.due
    assert len(before.due) == len(set(before.due))
    assert before.disabled_reason
    sandbox.activate(account)
    after = stripe.read_account(processor_account=account)
    assert (after.charges_enabled, after.payouts_enabled, after.details_submitted) == (True, True, True)
    assert (after.due, after.disabled_reason) == ((), "")
    sandbox.onboarding(on=False)


def test_each_visit_to_the_processors_questions_has_an_address_of_its_own(stripe):
    account = opened(stripe)
    urls = {"return_url": "http://testserver/back/", "refresh_url": "http://testserver/again/"}
    first, second = (stripe.onboarding_page(processor_account=account, **urls) for _ in range(2))
    assert first.startswith("http")
    assert first != second
    with pytest.raises(ProcessorUnavailable):
        stripe.onboarding_page(processor_account="acct_nowhere", **urls)


def test_without_an_id_it_is_the_platforms_own_account(stripe):
    state = stripe.read_account(processor_account="")
    assert state.account.startswith("acct_")
    assert state.charges_enabled


def test_account_we_have_no_part_in_is_not_read(stripe):
    with pytest.raises(ProcessorUnavailable) as problem:
        stripe.read_account(processor_account="acct_nowhere")
    assert problem.value.code == "account_invalid"


def test_news_is_listed_oldest_first_with_the_account_it_is_from(stripe, sandbox):
    account = a_centre(sandbox).processor_account
    customer(stripe, account)
    paid(stripe)
    news = list(stripe.list_events(processor_account="", since=AN_HOUR_AGO, undelivered=False))
    types = [event.type for event in news]
    assert types.index("payment_intent.created") < types.index("payment_intent.succeeded")
    assert {event.account for event in news} == {""}
    theirs = list(stripe.list_events(processor_account=account, since=AN_HOUR_AGO, undelivered=False))
    assert {(event.type, event.account) for event in theirs} == {("customer.created", account)}
    later = NOW + dt.timedelta(days=1)
    assert list(stripe.list_events(processor_account="", since=later, undelivered=False)) == []


def test_news_of_several_days_and_pages_comes_in_order(stripe, sandbox):
    for day in range(3):
        for number in range(60):
            stripe.ensure_customer(
                key=f"cu:{day}:{number}", processor_account="", name=f"{day}:{number}", email="", metadata={}
            )
        sandbox.advance(24 * 3600)
    since = NOW - dt.timedelta(minutes=1)
    names = [
        event.payload["data"]["object"]["name"]
        for event in stripe.list_events(processor_account="", since=since, undelivered=False)
        if event.type == "customer.created"
    ]
    assert names == [f"{day}:{number}" for day in range(3) for number in range(60)]


def test_news_of_an_account_we_have_no_part_in_is_told_as_trouble(stripe):
    with pytest.raises(ProcessorUnavailable):
        list(stripe.list_events(processor_account="acct_nowhere", since=AN_HOUR_AGO, undelivered=True))
