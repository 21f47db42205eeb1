"""Connected accounts: the processor's questions, and what an account may do before and after."""

import pytest
import requests
import stripe

from tests.smartrec.sandbox import sandboxing as build

READY, AGAIN = "https://centre.test/ready", "https://centre.test/again"
ANSWERS = {"business": "Les Érables", "representative": "Zoé Roy", "payouts_to": "000123456789", "agree": "yes"}


def opened(api, country="CA"):
    capabilities = {name: {"requested": True} for name in ("card_payments", "transfers")}
    return api.accounts.create({"country": country, "capabilities": capabilities, "metadata": {"organization": "4"}})


def link(api, account):
    wanted = {"account": account.id, "type": "account_onboarding", "return_url": READY, "refresh_url": AGAIN}
    return api.account_links.create(wanted)


def send(url, values):
    return requests.post(url, values, allow_redirects=False, timeout=120)


def test_an_account_is_ready_when_it_has_answered(box, api):
    box.onboarding()
    account = opened(api)
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (False, False, False)
    assert "external_account" in account.requirements.currently_due
    assert account.requirements.disabled_reason == "requirements.past_due"
    url = link(api, account).url
    assert "Legal name of the organization" in requests.get(url, timeout=120).text
    assert send(url, ANSWERS).headers["Location"] == READY
    now = api.accounts.retrieve(account.id)
    assert (now.charges_enabled, now.payouts_enabled, now.details_submitted) == (True, True, True)
    assert (now.requirements.currently_due, now.requirements.disabled_reason) == ([], None)
    assert (now.capabilities.card_payments, now.metadata.organization) == ("active", "4")
    event = api.events.list({"type": "account.updated"}, {"stripe_account": account.id}).data[0]
    assert (event.account, event.data.object.charges_enabled) == (account.id, True)


@pytest.mark.parametrize("missing", ANSWERS)
def test_every_question_wants_an_answer(box, api, missing):
    box.onboarding()
    account = opened(api)
    refused = send(link(api, account).url, ANSWERS | {missing: ""})
    assert (refused.status_code, refused.text.count('class="error"')) == (422, 1)
    assert not api.accounts.retrieve(account.id).details_submitted


def test_questions_can_be_left_for_later(box, api):
    box.onboarding()
    account = opened(api)
    assert send(link(api, account).url, {"later": "yes"}).headers["Location"] == READY
    assert not api.accounts.retrieve(account.id).details_submitted


def test_a_link_serves_once_and_for_some_minutes(box, api):
    account = opened(api)
    url = link(api, account).url
    assert requests.get(url, timeout=120).status_code == 200
    assert requests.get(url, allow_redirects=False, timeout=120).headers["Location"] == AGAIN
    late = link(api, account).url
    box.advance(301)
    assert send(late, ANSWERS).headers["Location"] == AGAIN


def test_an_account_may_be_asked_again(box, api):
    box.restrict(build.A, "individual.verification.document")
    account = api.accounts.retrieve(build.A)
    assert account.requirements.past_due == ["individual.verification.document"]
    customer, card = build.customer_with(api)
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        build.confirm(api, build.payment(api, customer), card)
    box.activate(build.A)
    assert build.confirm(api, build.payment(api, customer), card).status == "succeeded"


@pytest.mark.parametrize(("country", "currency"), [("CA", "cad"), ("US", "usd")])
def test_an_account_has_its_countrys_currency(api, country, currency):
    assert opened(api, country).default_currency == currency


def test_the_page_speaks_french(api):
    url = link(api, opened(api)).url
    text = requests.get(f"{url}?lang=fr", timeout=120).text
    assert "Nom légal de l’organisation" in text
