"""What the port says when it is asked about something that is not there, or may not be, against the sandbox."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wallet.processor import every_request
from tests.wallet.processor.acts import RAILS, agreement, customer, prepared, saved
from tests.wallet.steps import ADDRESS, a_centre
from wallet.processor import ProcessorUnavailable, Verdict

pytestmark = pytest.mark.django_db

NOWHERE = "acct_nowhere"
PAGE = {"language": "fr", "return_url": "http://testserver/back/", "cancel_url": "http://testserver/"}


def test_the_contract_speaks_of_everything_the_port_can_do():
    here = Path(__file__).parent
    called = {
        node.attr
        for path in (*here.glob("test_contract*.py"), here / "acts.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "stripe"
    }
    assert every_request.port() - every_request.WITHOUT_REQUESTS - called == set()


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.read_setup_page(session="cs_never"),
        lambda s: s.save_address(key="k", method="pm_never", address=ADDRESS),
        lambda s: s.is_agreed(mandate="mandate_never", processor_account=""),
        lambda s: s.renew_expiry(key="k", method="pm_never", month=1, year=2040, processor_account=""),
        lambda s: s.open_setup_page(key="k", customer="cus_never", rail="card", currency="CAD", schedule="s", **PAGE),
        lambda s: s.save_token(
            key="k", token="pm_never", customer=customer(s), agreement=agreement("card"), address=ADDRESS
        ),
        lambda s: s.clone_method(
            key="k",
            method="pm_never",
            customer=customer(s),
            agreement=agreement("card"),
            processor_account=s.open_account(key="oa:1", name="C", email="c@x.ca", country="CA", metadata={}),
            to_customer="cus_2",
        ),
    ],
)
def test_what_is_not_there_is_told(stripe, ask):
    with pytest.raises(ProcessorUnavailable) as problem:
        ask(stripe)
    assert problem.value.code == "resource_missing"


def test_payment_that_was_never_made_is_unknown_not_unpaid(stripe):
    assert stripe.read_payment(payment="pi_never", processor_account="").verdict is Verdict.UNKNOWN
    assert stripe.cancel_payment(payment="pi_never", processor_account="").verdict is Verdict.UNKNOWN


def test_payments_of_an_account_we_have_no_part_in_are_not_none(stripe):
    with pytest.raises(ProcessorUnavailable):
        list(stripe.list_payments(processor_account=NOWHERE, since=every_request.NOW))


def test_payment_too_small_concerns_that_payment_alone(stripe):
    intent = replace(every_request.INTENT, processor_account="", customer=customer(stripe), amount=10)
    outcome = stripe.create_payment(intent).outcome
    assert (outcome.verdict, outcome.fatal) == (Verdict.NOT_SENT, False)


def test_another_organizations_clone_cannot_be_charged(stripe, sandbox):
    mine, theirs = (a_centre(sandbox, slug).processor_account for slug in ("mine", "theirs"))
    clone = stripe.clone_method(
        key="au:1",
        method=saved(stripe).method,
        customer=customer(stripe),
        agreement=agreement("card"),
        processor_account=theirs,
        to_customer=customer(stripe, theirs),
    )
    _, charge = prepared(stripe, "card", mine, customer=customer(stripe, mine), method=clone.method, mandate="")
    outcome = stripe.confirm_payment(charge)
    assert (outcome.verdict, outcome.code, sandbox.movements()) == (Verdict.NOT_SENT, "resource_missing", [])


def test_canadian_debit_without_its_agreement_is_not_sent(stripe, sandbox):
    method = saved(stripe, "acss_debit")
    _, charge = prepared(stripe, "acss_debit", customer=customer(stripe), method=method.method, mandate="")
    assert stripe.confirm_payment(charge).verdict is Verdict.NOT_SENT
    assert sandbox.movements() == []


@pytest.mark.parametrize("rail", ["acss_debit", "us_bank_account"])
def test_agreement_that_ended_is_no_agreement(stripe, sandbox, rail):
    method = saved(stripe, rail)
    assert stripe.is_agreed(mandate=method.mandate, processor_account="")
    sandbox.end_mandate(method.mandate)
    assert not stripe.is_agreed(mandate=method.mandate, processor_account="")
    _, charge = prepared(stripe, rail, customer=customer(stripe), method=method.method, mandate=method.mandate)
    assert stripe.confirm_payment(charge).verdict is Verdict.NOT_SENT


def test_blocked_bank_account_says_so(stripe, sandbox):
    method = saved(stripe, "us_bank_account")
    assert method.blocked == ""
    sandbox.block_account(method.method, "R02")
    assert stripe.read_method(method=method.method, processor_account="").blocked == "bank_account_closed"


@pytest.mark.parametrize("debits", ["interval", "sporadic", "combined"])
def test_agreement_of_each_kind_of_debit_is_accepted(stripe, sandbox, debits):
    method = stripe.save_token(
        key=f"tok:{debits}",
        token=RAILS["acss_debit"][0],
        customer=customer(stripe),
        agreement=replace(agreement("acss_debit"), debits=debits),
        address=ADDRESS,
    )
    page = stripe.open_setup_page(
        key=f"ss:{debits}",
        customer=customer(stripe),
        rail="acss_debit",
        currency="CAD",
        schedule="s",
        debits=debits,
        **PAGE,
    )
    assert stripe.read_setup_page(session=page.session).state == "open"
    assert stripe.is_agreed(mandate=method.mandate, processor_account="")


def test_it_does_not_answer(stripe, sandbox):
    sandbox.fault("unauthorized", method="GET", path="/v1/account")
    assert not stripe.answers()
