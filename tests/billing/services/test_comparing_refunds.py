"""Refunds compared both ways: what went back at the processor is in the books, and the reverse."""

import pytest
from django.utils import timezone

from billing.models import Discrepancy, Refund
from billing.services import refunding
from tests.billing.differing import kinds, look
from tests.billing.given_back import a_paid_invoice, a_refund, owed, send_refunds, went_back
from tests.builders import an_organization
from wallet.processor import RefundOutcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(sandbox):
    return a_paid_invoice(an_organization(processor_account=""), sandbox)


def given_back_there(attempt, cents: int = 500, **marks: str) -> str:
    """Somebody refunds a part at the processor itself."""
    params = {"payment_intent": attempt.payment.processor_payment, "amount": cents, "metadata": marks}
    return get_processor().client.v1.refunds.create(params=params).id


def test_a_refund_that_agrees_is_left_alone(paid, sandbox):
    a_refund(paid)
    send_refunds()
    row = look()
    assert (row.refunds, kinds()) == (1, [])


def test_a_refund_made_at_the_processor_itself_is_booked_once(paid, sandbox):
    given_back_there(paid)
    look()
    look()
    refund = Refund.objects.get()
    assert (refund.state, refund.amount, owed(paid)) == ("succeeded", 500, (500, 1_500))
    assert kinds() == []


def test_a_refund_whose_answer_was_lost_is_found_by_its_key(paid, sandbox):
    sandbox.fault("reset_after", path="/refunds", count=1)
    refund = a_refund(paid)
    send_refunds()
    assert Refund.objects.get().state == "sent"
    look()
    refund.refresh_from_db()
    assert (refund.state, went_back(sandbox), owed(paid)) == ("succeeded", [2_000], (2_000, 0))
    assert kinds() == []


def test_a_refund_we_gave_up_on_that_was_made_after_all_is_booked(paid, sandbox):
    sandbox.fault("reset_after", path="/refunds", count=1)
    refund = a_refund(paid)
    send_refunds()
    refunding.settle(refund=refund, outcome=RefundOutcome(verdict=Verdict.NOT_SENT), now=timezone.now())
    look()
    refund.refresh_from_db()
    assert (refund.state, owed(paid), kinds()) == ("succeeded", (2_000, 0), [])


def test_a_refund_the_bank_sent_back_without_news_is_owed_again(paid, sandbox):
    refund = a_refund(paid)
    send_refunds()
    refund.refresh_from_db()
    sandbox.fail_refund(refund.processor_refund)
    look()
    refund.refresh_from_db()
    assert (refund.state, kinds()) == ("failed", [])
    assert owed(paid)[0] == 0


def test_a_refund_of_another_amount_than_ours_is_told(paid, sandbox):
    refund = a_refund(paid)
    given_back_there(paid, 1_500, key=f"rf:{refund.key}")
    look()
    found = Discrepancy.objects.get()
    assert (found.kind, found.refund, found.payment) == ("other_refund", refund, paid.payment)
    assert (found.theirs["amount"], found.ours["amount"]) == (1_500, 2_000)


def test_a_refund_they_do_not_have_is_told_and_leaves_when_it_is_ended(paid, sandbox):
    refund = a_refund(paid)
    sent = {"sent_at": timezone.now(), "processor_refund": "re_never"}
    Refund.objects.filter(pk=refund.pk).update(state="pending", **sent)
    look()
    assert kinds(refund=refund) == ["missing_refund"]
    refund.refresh_from_db()
    refunding.settle(refund=refund, outcome=RefundOutcome(verdict=Verdict.DECLINED), now=timezone.now())
    look()
    assert (kinds(), Discrepancy.objects.get().how) == ([], "gone")
