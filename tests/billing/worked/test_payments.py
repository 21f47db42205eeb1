"""Worked months: money that comes in, and what the processor keeps of it."""

import pytest

from billing.services import processor_fees
from billing.services.sources import available
from tests.billing.worked.centre import Centre, Kept, a_cost, at, end_of
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


def test_card():
    """100.00 sold, 60.00 of it taken by card: 40.00 is owed, 60.00 is with the processor."""
    centre = Centre()
    invoice = centre.invoice(at(10, 1), 10_000)
    centre.charge(at(10, 5), 6_000, invoice)
    centre.holds(end_of(10), receivable=4_000, clearing=6_000, revenue_4100=-10_000)


def test_e_check_is_in_the_books_once_it_settled():
    """An e-check of 100.00 sent on 29 October settles on 3 November: at the end of October nothing has moved."""
    centre = Centre()
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 29), 10_000, invoice, "bank", Verdict.PENDING)
    centre.holds(end_of(10), receivable=10_000, revenue_4100=-10_000)
    centre.answer(at(11, 3), payment, Verdict.SUCCEEDED)
    centre.holds(end_of(10), receivable=10_000, revenue_4100=-10_000)
    centre.holds(end_of(11), clearing=10_000, revenue_4100=-10_000)


def test_cash_cheque_and_transfer():
    """30.00 in cash and 20.00 by cheque are in the till; a transfer of 50.00 is at the bank."""
    centre = Centre()
    invoice = centre.invoice(at(10, 1), 10_000)
    centre.receive(at(10, 2), invoice, 3_000)
    centre.receive(at(10, 3), invoice, 2_000, kind="cheque", reference="204")
    centre.receive(at(10, 4), invoice, 5_000, kind="transfer")
    centre.holds(end_of(10), till=5_000, clearing=5_000, revenue_4100=-10_000)


def test_overpayment_is_a_credit_of_the_client():
    """120.00 received for 100.00: the client has 20.00 in credit, which pays 20.00 of the next invoice of 35.00."""
    centre = Centre()
    first = centre.invoice(at(10, 1), 10_000)
    centre.receive(at(10, 2), first, 12_000)
    assert (centre.owes(), available(centre.client)) == (-2_000, 2_000)
    centre.holds(end_of(10), till=12_000, receivable=-2_000, revenue_4100=-10_000)
    centre.invoice(at(11, 1), 3_500)
    centre.holds(end_of(11), till=12_000, receivable=1_500, revenue_4100=-13_500)


def test_processor_fees():
    """100.00 by card costs 2.9 % + 0.30 = 3.20; a dispute costs 15.00, given back when it is won in November."""
    centre = Centre()
    invoice = centre.invoice(at(10, 1), 10_000)
    centre.charge(at(10, 5), 10_000, invoice)
    movements = [
        a_cost("1", at(10, 5), 320),
        a_cost("2", at(10, 20), 1_500, kind="adjustment", amount=-10_000),
        a_cost("3", at(11, 4), -1_500, kind="adjustment"),
        # A subscription to the processor's services: nothing but a cost.
        a_cost("4", at(11, 30), 0, kind="stripe_fee", amount=-700),
    ]
    processor_fees.book_new(processor=Kept(*movements), now=at(12, 1))
    # 100.00 less 3.20 less 15.00.
    centre.holds(end_of(10), clearing=8_180, fees=1_820, revenue_4100=-10_000)
    # 18.20 less 15.00 and 7.00 more.
    centre.holds(end_of(11), clearing=8_980, fees=1_020, revenue_4100=-10_000)
