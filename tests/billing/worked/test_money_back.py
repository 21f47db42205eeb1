"""Worked months: money that goes back, by our wish or by the bank's, and deposits."""

import uuid

import pytest

from billing.models import Payment
from billing.services import depositing, disputing, handing_back, refunding, returning
from billing.services.parts import Notes
from billing.services.receiving import Received
from tests.billing.worked.centre import Centre, at, end_of
from wallet.processor import DisputeState, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return Centre()


def test_refund(centre):
    """100.00 by card in October, 30.00 of it given back in November: 30.00 is owed again."""
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 5), 10_000, invoice)
    centre.refund(at(11, 6), payment, 3_000)
    centre.holds(end_of(10), clearing=10_000, revenue_4100=-10_000)
    centre.holds(end_of(11), receivable=3_000, clearing=7_000, revenue_4100=-10_000)


def test_refund_that_fails_at_once_moves_nothing_and_one_that_comes_back_is_undone(centre):
    """A refund of 30.00 refused; another of 40.00 given in October, sent back by the bank in November."""
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 5), 10_000, invoice)
    refused = refunding.request_refund(payment=payment, amount=3_000, by=centre.by, now=at(10, 6))
    centre.refund_answer(at(10, 7), refused, Verdict.DECLINED)
    given = centre.refund(at(10, 8), payment, 4_000)
    centre.refund_answer(at(11, 9), given, Verdict.DECLINED)
    centre.holds(end_of(10), receivable=4_000, clearing=6_000, revenue_4100=-10_000)
    centre.holds(end_of(11), clearing=10_000, revenue_4100=-10_000)


def test_e_check_returned_after_it_had_settled(centre):
    """100.00 by e-check in October, returned on 2 November: all of it is owed again."""
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 5), 10_000, invoice, "bank")
    returning.take_back(attempt=payment.attempts.get(), code="insufficient_funds", now=at(11, 2))
    centre.holds(end_of(10), clearing=10_000, revenue_4100=-10_000)
    centre.holds(end_of(11), receivable=10_000, revenue_4100=-10_000)


def test_dispute_lost_and_dispute_won(centre):
    """Two payments of 50.00 disputed in October; in November one is won and one lost."""
    payments = [centre.charge(at(10, 5), 5_000, centre.invoice(at(10, 1), 5_000)) for _ in range(2)]
    for number, payment in enumerate(payments):
        told(payment, number, at(10, 20), "needs_response", withdrawn=True)
    for number, (payment, status) in enumerate(zip(payments, ("won", "lost"), strict=True)):
        told(payment, number, at(11, 15), status, withdrawn=status == "lost")
    centre.holds(end_of(10), receivable=10_000, revenue_4100=-10_000)
    centre.holds(end_of(11), receivable=5_000, clearing=5_000, revenue_4100=-10_000)


def told(payment: Payment, number: int, when, status: str, *, withdrawn: bool) -> None:
    state = DisputeState(
        dispute=f"du_{number}",
        payment=payment.processor_payment,
        amount=payment.amount,
        status=status,
        reason="fraudulent",
        withdrawn=withdrawn,
        final=status in ("won", "lost"),
        opened_at=when,
    )
    disputing.record(payment=payment, found=state, asked_at=when)


def test_desk_refund_and_its_void(centre):
    """100.00 in cash; 25.00 handed back in October by mistake, voided in November: the till holds it all again."""
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.receive(at(10, 2), invoice, 10_000)
    refund = centre.hand_back(at(10, 9), (payment, False, 2_500))
    handing_back.void(refund=refund, by=centre.by, now=at(11, 3))
    centre.holds(end_of(10), till=7_500, receivable=2_500, revenue_4100=-10_000)
    centre.holds(end_of(11), till=10_000, revenue_4100=-10_000)


def test_deposit_released_and_refunded(centre):
    """80.00 kept as a deposit in September; 50.00 released in October pays an invoice of 60.00; 30.00 handed back in
    November."""
    money = Received(kind="cash", amount=8_000, on=at(9, 1).date(), credit_name="Clé")
    payment = depositing.deposit(
        client=centre.client,
        received=money,
        notes=Notes(),
        email_receipt=False,
        key=uuid.uuid4(),
        by=centre.by,
        now=at(9, 1),
    )
    centre.invoice(at(10, 1), 6_000)
    depositing.release(payment=payment, amount=5_000, number=1, by=centre.by, now=at(10, 5), pay=True)
    payment.refresh_from_db()
    assert (payment.held, payment.allocated) == (3_000, 5_000)
    centre.hand_back(at(11, 5), (payment, True, 3_000))
    centre.holds(end_of(9), till=8_000, deposits=-8_000)
    # 60.00 sold, 50.00 of it paid by what was released.
    centre.holds(end_of(10), till=8_000, receivable=1_000, deposits=-3_000, revenue_4100=-6_000)
    centre.holds(end_of(11), till=5_000, receivable=1_000, revenue_4100=-6_000)
