"""A payment typed on the hosted page, and one that its holder confirms at their bank, against the sandbox."""

import datetime as dt
from dataclasses import replace

import pytest
import requests

from tests.wallet.processor.acts import NOW, customer, prepared, saved
from tests.wallet.steps import BANK, CARD, a_centre, at_processor, type_on_page
from wallet.processor import PageOrder, ProcessorUnavailable, Verdict

pytestmark = pytest.mark.django_db

DECLINED = "4000000000009995"
AUTHENTICATED = "4000002760003184"


def order(stripe, account: str = "", **changes) -> PageOrder:
    page = PageOrder(
        key="pp:1",
        processor_account=account,
        amount=4_200,
        currency="CAD",
        customer=customer(stripe, account),
        rails=("card", "acss_debit"),
        description="Centre P-00001",
        metadata={"payment": "1"},
        language="fr",
        return_url="http://testserver/back/",
        cancel_url="http://testserver/",
        expires_at=NOW + dt.timedelta(hours=1),
    )
    return replace(page, **changes)


def answer_bank(url: str, answer: str = "yes") -> requests.Response:
    return requests.post(url, data={"answer": answer}, allow_redirects=False, timeout=120)


def test_card_typed_on_the_page_pays_in_the_organizations_account_and_is_not_kept(stripe, sandbox):
    account = a_centre(sandbox).processor_account
    page = stripe.open_payment_page(order(stripe, account))
    type_on_page(page.url, **CARD)
    result = stripe.read_payment_page(page=page.page, processor_account=account)
    assert (result.state, result.outcome.verdict, result.instrument) == ("complete", Verdict.SUCCEEDED, "visa •• 4242")
    [taken] = sandbox.movements(kind="charge_succeeded", account=account)
    assert (taken["payment_intent"], taken["amount"]) == (result.payment, 4_200)
    owner = customer(stripe, account)
    assert at_processor(sandbox, f"customers/{owner}/payment_methods", account)["data"] == []
    assert at_processor(sandbox, f"payment_intents/{result.payment}", account)["metadata"] == {"payment": "1"}


def test_e_check_typed_on_the_page_is_on_its_way(stripe):
    page = stripe.open_payment_page(order(stripe))
    type_on_page(page.url, type="acss_debit", **BANK)
    result = stripe.read_payment_page(page=page.page, processor_account="")
    assert (result.state, result.outcome.verdict) == ("complete", Verdict.PENDING)
    assert result.instrument.endswith("•• 6789")


def test_e_check_from_the_page_that_failed_later_is_told_by_its_payment(stripe, sandbox):
    page = stripe.open_payment_page(order(stripe))
    type_on_page(page.url, type="acss_debit", **BANK)
    sandbox.fail(stripe.read_payment_page(page=page.page, processor_account="").payment)
    result = stripe.read_payment_page(page=page.page, processor_account="")
    assert (result.state, result.outcome.verdict) == ("complete", Verdict.DECLINED)


def test_card_declined_on_the_page_may_be_followed_by_another(stripe):
    page = stripe.open_payment_page(order(stripe))
    type_on_page(page.url, **CARD | {"number": DECLINED})
    tried = stripe.read_payment_page(page=page.page, processor_account="")
    assert (tried.state, tried.outcome) == ("open", None)
    type_on_page(page.url, **CARD)
    assert stripe.read_payment_page(page=page.page, processor_account="").outcome.verdict is Verdict.SUCCEEDED


def test_same_key_opens_the_same_page(stripe):
    first = stripe.open_payment_page(order(stripe))
    assert stripe.open_payment_page(order(stripe)) == first


def test_closed_page_takes_no_money(stripe, sandbox):
    page = stripe.open_payment_page(order(stripe))
    assert stripe.read_payment_page(page=page.page, processor_account="").state == "open"
    assert stripe.expire_payment_page(page=page.page, processor_account="").state == "expired"
    assert type_on_page(page.url, **CARD).status_code == 410
    assert stripe.expire_payment_page(page=page.page, processor_account="").state == "expired"
    assert sandbox.movements() == []


def test_page_already_paid_is_not_closed_but_told(stripe):
    page = stripe.open_payment_page(order(stripe))
    type_on_page(page.url, **CARD)
    result = stripe.expire_payment_page(page=page.page, processor_account="")
    assert (result.state, result.outcome.verdict) == ("complete", Verdict.SUCCEEDED)


def test_page_in_another_account_is_not_found(stripe, sandbox):
    page = stripe.open_payment_page(order(stripe))
    account = a_centre(sandbox).processor_account
    for ask in (stripe.read_payment_page, stripe.expire_payment_page):
        with pytest.raises(ProcessorUnavailable) as problem:
            ask(page=page.page, processor_account=account)
        assert problem.value.code == "resource_missing"


@pytest.mark.parametrize("wrong", [{"customer": "cus_nobody"}, {"expires_at": NOW}])
def test_page_for_nobody_or_for_no_time_is_refused(stripe, wrong):
    with pytest.raises(ProcessorUnavailable):
        stripe.open_payment_page(order(stripe, **wrong))


@pytest.mark.parametrize(("answer", "verdict"), [("yes", Verdict.SUCCEEDED), ("no", Verdict.DECLINED)])
def test_holder_who_is_there_confirms_at_the_bank(stripe, answer, verdict):
    method = saved(stripe, token="pm_card_authenticationRequired")
    payment, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    present = replace(charge, return_url="http://testserver/back/")
    outcome = stripe.confirm_payment(present)
    assert outcome.verdict is Verdict.NEEDS_CLIENT
    assert stripe.read_payment(payment=payment, processor_account="").next_url == outcome.next_url
    back = answer_bank(outcome.next_url, answer)
    assert back.headers["Location"].startswith("http://testserver/back/?payment_intent=")
    assert stripe.read_payment(payment=payment, processor_account="").verdict is verdict


def test_holder_who_is_there_is_often_not_asked(stripe):
    method = saved(stripe)
    _, charge = prepared(stripe, "card", customer=customer(stripe), method=method.method, mandate="")
    outcome = stripe.confirm_payment(replace(charge, return_url="http://testserver/back/"))
    assert (outcome.verdict, outcome.next_url) == (Verdict.SUCCEEDED, "")
