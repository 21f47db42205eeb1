"""Each rule of the nightly check speaks: whatever stored figure is bent, of whatever kind of fact, it is found."""

import pytest

from billing.models import Payment
from billing.services import disputing, processor_fees, refunding, returning
from billing.services.checking import RULES, check_books
from tests.billing.credits import a_fee, cancelled, given_up
from tests.billing.desk import received
from tests.billing.handed_back import a_card_payment, a_deposit, handed_back
from tests.billing.services.test_checking import BENT, bent
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import NOW, TODAY, an_account, an_organization, staff
from wallet.processor import DisputeState, Movement, RefundOutcome, Verdict

pytestmark = pytest.mark.django_db
UNSAID = "UPDATE billing_entry SET kind = 'gift' WHERE kind = '{}'"
MORE = """UPDATE billing_transfer SET amount = amount + 1
WHERE credit_id IN (SELECT id FROM billing_bucket WHERE kind = '{}')"""
BENT_TOO = {
    "UPDATE billing_attempt SET state = 'declined' WHERE state = 'succeeded'": (
        "money taken is in the books once, and only money taken"
    ),
    UNSAID.format("return"): "a returned debit is taken back in the books",
    UNSAID.format("refund"): "a refund is in the books exactly when its money is gone",
    UNSAID.format("dispute"): "a dispute's money is gone in the books exactly while it is gone",
    UNSAID.format("desk_refund"): "a desk refund is in the books exactly while it is given",
    MORE.format("deposits"): "the deposits of the books are those that are held",
    MORE.format("revenue"): "what was sold under each ledger code is in the books",
    MORE.format("tax"): "each tax of the documents is in the books",
    "UPDATE billing_processorfee SET amount = amount + 1": "the processor's fees are those of the books",
    "UPDATE billing_credittax SET amount = amount + 1": "a credited line's taxes are the sum of each tax",
    "UPDATE billing_deskrefund SET amount = amount + 1": "a desk refund is the sum of its parts",
    "UPDATE billing_invoice SET credited = credited - 1 WHERE credited > 0": (
        "an invoice says what of it was cancelled and what was given up"
    ),
    "UPDATE billing_invoice SET written_off = written_off - 1 WHERE written_off > 0": (
        "an invoice says what of it was cancelled and what was given up"
    ),
    "UPDATE billing_payment SET client_id = (SELECT max(id) FROM accounts_client)": (
        "money of one client is linked to that client's invoices"
    ),
    "UPDATE billing_deskrefundpart SET payment_id = (SELECT payment_id FROM billing_allocation"
    " WHERE payment_id IS NOT NULL LIMIT 1), amount = 5000": "a payment pays no more than what is left of it",
    "UPDATE wallet_authorization SET client_id = (SELECT max(id) FROM accounts_client)": (
        "an authorization is between the method's holder and one of their centres"
    ),
}


def a_dispute(payment: Payment) -> None:
    found = DisputeState(
        dispute="dp_1", payment="pi_9", status="needs_response", reason="fraudulent", amount=payment.amount,
        withdrawn=True, final=False, opened_at=NOW, answer_by=None,
    )  # fmt: skip
    disputing.record(payment=payment, found=found, asked_at=NOW)


@pytest.fixture
def centre():
    """Something of everything that has a rule."""
    centre = an_organization()
    quebec_taxes(centre)
    client, by = an_account(centre), staff("finance", centre)
    cancelled(an_invoice(client, 2_000, taxed=True), fee=a_fee(centre))
    given_up(an_invoice(client, 300), 300)
    received(client, an_invoice(client, 2_000, taxed=True))
    handed_back(client, (a_deposit(client), 100, True))
    paid, disputed, returned, _standing = [a_card_payment(client) for _ in range(4)]
    refund = refunding.request_refund(payment=paid, amount=500, by=by, now=NOW)
    refunding.settle(refund=refund, outcome=RefundOutcome(verdict=Verdict.SUCCEEDED, refund="re_1"), now=NOW)
    a_dispute(disputed)
    returning.take_back(attempt=returned.attempts.get(), code="insufficient_funds", now=NOW)
    fee = Movement(id="txn_1", kind="charge", amount=2_000, fee=88, currency=centre.currency, source="ch_1", at=NOW)
    processor_fees._book(centre, centre.processor_account, TODAY, [fee], NOW)
    an_account(centre, "Luc Roy")
    return centre


@pytest.mark.parametrize(("sql", "rule"), BENT_TOO.items(), ids=[f"{n} {r}" for n, r in enumerate(BENT_TOO.values())])
def test_a_bent_fact_is_found(centre, sql, rule):
    assert check_books() == []
    with bent(sql):
        assert rule in {found.rule for found in check_books()}


def test_no_rule_is_without_its_proof():
    assert set(RULES) == {*BENT.values(), *BENT_TOO.values()}
