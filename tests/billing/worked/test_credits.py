"""Worked months: credits, cancellations, debts given up and recovered, and what clients bring along."""

import pytest

from billing.services import cancelling, credit_memos, opening, writing_off
from billing.services.cancel_plans import Cancellation, Fee, Part
from billing.services.credit_memos import Memo
from billing.services.sources import available
from billing.services.writing_off import WriteOff
from tests.billing.worked.centre import Centre, at, end_of
from tests.builders import a_ledger_code, an_account
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return Centre()


def test_credit_memo_and_its_void(centre):
    """A gesture of 20.00 with GST 1.00 and QST 2.00 (1.995) in October, voided in November."""
    centre.taxes(GST=50_000, QST=99_750)
    centre.invoice(at(10, 1), 10_000)
    taxes = [rate.tax_id for rate in centre.rates]
    memo = Memo(
        terms=centre.terms(at(10, 10)), amount=2_000, ledger_code=centre.activities, treatment="added", taxes=taxes
    )
    credit = credit_memos.issue(client=centre.client, memo=memo, by=centre.by, now=at(10, 10))
    assert (credit.total, available(centre.client)) == (2_300, 2_300)
    credit_memos.void(credit=credit, by=centre.by, now=at(11, 2))
    # 114.98 less 23.00; 100.00 less 20.00; 5.00 less 1.00; 9.98 less 2.00.
    centre.holds(end_of(10), receivable=9_198, revenue_4100=-8_000, tax_GST=-400, tax_QST=-798)
    centre.holds(end_of(11), receivable=11_498, revenue_4100=-10_000, tax_GST=-500, tax_QST=-998)


def test_cancellation_with_a_fee_and_a_refund(centre):
    """100.00 paid by card. In November it is cancelled with a fee of 15.00 on code 4900: the credit is 85.00, 85.00 is
    asked back, and once it is given nothing is owed. The fee stays paid by the 15.00 that was kept."""
    fees = a_ledger_code(centre.organization, "4900", "Frais")
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 5), 10_000, invoice)
    cancellation = Cancellation(
        terms=centre.terms(at(11, 3), "Annulation"),
        parts=[Part(item_id=invoice.items.get().pk, amount=10_000)],
        fee=Fee(amount=1_500, ledger_code=fees, description="Frais d’annulation"),
        refunds={payment.pk: 8_500},
    )
    credit = cancelling.cancel(invoice=invoice, cancellation=cancellation, by=centre.by, now=at(11, 3))
    assert credit.total == 8_500
    centre.holds(end_of(10), clearing=10_000, revenue_4100=-10_000)
    # Before the refund the client has 85.00 in credit.
    centre.holds(end_of(11), clearing=10_000, receivable=-8_500, revenue_4900=-1_500)
    centre.refund_answer(at(11, 30), payment.refunds.get(), Verdict.SUCCEEDED)
    centre.holds(end_of(11), clearing=1_500, revenue_4900=-1_500)


def test_debt_given_up_and_recovered(centre):
    """60.00 of 100.00 given up in October; in November the client pays after all: the write-off is voided, 100.00 is
    received."""
    invoice = centre.invoice(at(10, 1), 10_000)
    asked = WriteOff(terms=centre.terms(at(10, 20), "Créance irrécouvrable"), amount=6_000)
    credit = writing_off.write_off(invoice=invoice, asked=asked, by=centre.by, now=at(10, 20))
    centre.holds(end_of(10), receivable=4_000, write_off=6_000, revenue_4100=-10_000)
    credit_memos.void(credit=credit, by=centre.by, now=at(11, 4))
    centre.receive(at(11, 4), invoice, 10_000)
    centre.holds(end_of(11), till=10_000, revenue_4100=-10_000)
    assert centre.owes() == 0


def test_opening_debt_and_opening_credit(centre):
    """One client brings a debt of 75.00, another a credit of 40.00; in November the debt is paid in cash."""
    other = an_account(centre.organization, "Luc Côté")
    balances = {centre.client.pk: 7_500, other.pk: -4_000}
    opening.open_balances(
        organization=centre.organization, balances=balances, by=centre.by, on=at(10, 1).date(), now=at(10, 1)
    )
    assert (centre.owes(), available(other)) == (7_500, 4_000)
    # The debt stands against the code of opening balances, the credit against the account of that name.
    centre.holds(end_of(10), receivable=3_500, revenue_OPEN=-7_500, opening=4_000)
    centre.receive(at(11, 2), centre.client.invoices.get(), 7_500)
    centre.holds(end_of(11), till=7_500, receivable=-4_000, revenue_OPEN=-7_500, opening=4_000)
