"""Money that goes back, against the sandbox: refunds, what is there to refund from, disputes and returns."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.wallet.processor.acts import NOW, paid
from wallet.processor import ProcessorUnavailable, RefundOrder, Verdict

pytestmark = pytest.mark.django_db

NOWHERE = "acct_nowhere"


def order(payment: str, amount: int = 1_000, number: int = 1) -> RefundOrder:
    return RefundOrder(
        key=f"rf:{number}", processor_account="", payment=payment, amount=amount, metadata={"refund": str(number)}
    )


def given_back(sandbox, payment: str) -> list[int]:
    return [movement["amount"] for movement in sandbox.movements(kind="refund", payment_intent=payment)]


def test_refund_of_a_card_is_done_when_the_processor_says_so(stripe, sandbox):
    payment = paid(stripe)
    refund = stripe.request_refund(order(payment))
    assert refund.verdict is Verdict.SUCCEEDED
    assert stripe.read_refund(refund=refund.refund, processor_account="") == refund
    assert given_back(sandbox, payment) == [-1_000]


def test_same_refund_twice_gives_back_once(stripe, sandbox):
    payment = paid(stripe)
    assert stripe.request_refund(order(payment)) == stripe.request_refund(order(payment))
    assert given_back(sandbox, payment) == [-1_000]


def test_refund_of_an_e_check_waits_for_the_bank_and_may_fail(stripe, sandbox):
    payment = paid(stripe, "pm_acssDebit_success", "acss_debit")
    sandbox.settle(payment)
    refund = stripe.request_refund(order(payment))
    assert refund.verdict is Verdict.PENDING
    sandbox.fail_refund(refund.refund, "insufficient_funds")
    failed = stripe.read_refund(refund=refund.refund, processor_account="")
    assert (failed.verdict, failed.reason) == (Verdict.DECLINED, "insufficient_funds")


def test_refunds_of_an_account_are_listed_with_their_payment(stripe, sandbox):
    payment = paid(stripe)
    refund = stripe.request_refund(order(payment))
    [listed] = stripe.list_refunds(processor_account="", since=NOW - dt.timedelta(hours=1))
    assert (listed.refund, listed.payment, listed.amount) == (refund.refund, payment, 1_000)
    assert (listed.outcome, listed.metadata["key"]) == (refund, "rf:1")
    assert listed == stripe.get_refund(refund=refund.refund, processor_account="")
    assert stripe.get_refund(refund="re_never", processor_account="") is None
    assert stripe.find_payment(payment=payment, processor_account="").refunded == 1_000


@pytest.mark.parametrize("kind", ["reset_after", "error_after", "html_after"])
def test_refund_whose_answer_was_lost_is_found_by_its_key(stripe, sandbox, kind):
    payment = paid(stripe)
    stripe.request_refund(order(payment, number=1))
    sandbox.fault(kind, path="/refunds")
    lost = stripe.request_refund(order(payment, number=2))
    assert (lost.verdict, lost.refund) == (Verdict.UNKNOWN, "")
    found = stripe.find_refund(payment=payment, key="rf:2", processor_account="")
    assert (found.verdict, bool(found.refund)) == (Verdict.SUCCEEDED, True)
    assert given_back(sandbox, payment) == [-1_000, -1_000]


def test_refund_that_never_arrived_is_not_found(stripe, sandbox):
    payment = paid(stripe)
    stripe.request_refund(order(payment, number=1))
    sandbox.fault("reset_before", path="/refunds")
    assert stripe.request_refund(order(payment, number=2)).verdict is Verdict.UNKNOWN
    found = stripe.find_refund(payment=payment, key="rf:2", processor_account="")
    assert (found.verdict, found.refund) == (Verdict.NOT_SENT, "")


def test_refund_is_found_beyond_the_first_page_of_a_payments_refunds(stripe):
    payment = paid(stripe)
    for number in range(105):
        stripe.request_refund(order(payment, amount=1, number=number))
    assert stripe.find_refund(payment=payment, key="rf:0", processor_account="").verdict is Verdict.SUCCEEDED


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [([4_201], "400"), ([4_200, 1], "charge_already_refunded"), ([0], "parameter_invalid_integer")],
)
def test_refund_of_more_than_was_paid_is_not_sent(stripe, sandbox, amounts, reason):
    payment = paid(stripe)
    asked = [stripe.request_refund(order(payment, amount, number)) for number, amount in enumerate(amounts)]
    assert (asked[-1].verdict, asked[-1].reason, asked[-1].fatal) == (Verdict.NOT_SENT, reason, False)
    assert -sum(given_back(sandbox, payment)) <= 4_200


def test_refund_of_a_disputed_payment_is_not_sent(stripe, sandbox):
    payment = paid(stripe)
    sandbox.dispute(payment, reason="fraudulent")
    refused = stripe.request_refund(order(payment))
    assert (refused.verdict, refused.reason) == (Verdict.NOT_SENT, "charge_disputed")


def test_question_about_refunds_without_an_answer_leaves_them_unknown(stripe):
    assert stripe.read_refund(refund="re_never", processor_account="").verdict is Verdict.UNKNOWN
    found = stripe.find_refund(payment="pi_1", key="rf:1", processor_account=NOWHERE)
    assert found.verdict is Verdict.UNKNOWN


def test_refund_in_an_account_we_have_no_part_in_stops_the_others(stripe):
    refused = stripe.request_refund(replace(order("pi_1"), processor_account=NOWHERE))
    assert (refused.verdict, refused.fatal) == (Verdict.NOT_SENT, True)


def test_balance_is_what_could_be_given_back_today(stripe, sandbox):
    sandbox.balance(available=1_234)
    assert stripe.available_balance(processor_account="", currency="CAD") == 1_234
    assert stripe.available_balance(processor_account="", currency="USD") == 0
    with pytest.raises(ProcessorUnavailable):
        stripe.available_balance(processor_account=NOWHERE, currency="CAD")


@pytest.mark.parametrize(("ending", "withdrawn"), [("won", False), ("lost", True)])
def test_dispute_takes_the_money_until_it_is_won(stripe, sandbox, ending, withdrawn):
    payment = paid(stripe)
    dispute = sandbox.dispute(payment, reason="fraudulent")["id"]
    now = stripe.read_dispute(dispute=dispute, processor_account="")
    assert (now.payment, now.amount, now.reason) == (payment, 4_200, "fraudulent")
    assert (now.withdrawn, now.final, now.answer_by > now.opened_at) == (True, False, True)
    sandbox.dispute(payment, status=ending)
    then = stripe.read_dispute(dispute=dispute, processor_account="")
    assert (then.status, then.withdrawn, then.final) == (ending, withdrawn, True)


def test_inquiry_takes_nothing(stripe, sandbox):
    payment = paid(stripe)
    dispute = sandbox.dispute(payment, reason="general", status="warning_needs_response")["id"]
    now = stripe.read_dispute(dispute=dispute, processor_account="")
    assert (now.withdrawn, now.final) == (False, False)


def test_e_check_returned_late_is_lost_from_the_start(stripe, sandbox):
    began = dt.datetime.now(dt.UTC).replace(microsecond=0)
    payment = paid(stripe, "pm_acssDebit_success", "acss_debit")
    sandbox.settle(payment)
    sandbox.return_late(payment)
    news = stripe.list_events(processor_account="", since=NOW - dt.timedelta(hours=1), undelivered=False)
    [dispute] = {event.object_id for event in news if event.type.startswith("charge.dispute.")}
    now = stripe.read_dispute(dispute=dispute, processor_account="")
    assert (now.status, now.withdrawn, now.final, now.answer_by) == ("lost", True, True, None)
    assert began <= now.opened_at <= dt.datetime.now(dt.UTC)


def test_dispute_that_nobody_opened_is_not_made_up(stripe):
    with pytest.raises(ProcessorUnavailable) as problem:
        stripe.read_dispute(dispute="du_never", processor_account="")
    assert problem.value.code == "resource_missing"


def test_every_movement_is_listed_with_what_was_kept_of_it(stripe, sandbox):
    before = NOW - dt.timedelta(minutes=5)
    payment = paid(stripe)
    stripe.request_refund(order(payment))
    refund, charge = stripe.list_movements(processor_account="", since=before)
    assert (charge.kind, charge.amount, charge.fee, charge.currency) == ("charge", 4_200, 152, "CAD")
    assert (refund.kind, refund.amount, refund.fee, refund.cost) == ("refund", -1_000, 0, 0)
    assert charge.source.startswith("ch_")
    assert list(stripe.list_movements(processor_account="", since=NOW + dt.timedelta(hours=1))) == []
