"""Items cancelled and the money that goes back to what paid: on the sandbox, with what the processor says later."""

import datetime as dt

import pytest
from django.utils import timezone

from action_center import worklists
from billing.models import Allocation, Attempt, Credit, Dispute, Refund
from billing.services import reconciling, refunding, sources
from billing.services.settling import settle
from smartrec.errors import Refused
from tests.billing.credits import a_fee, balance, cancelled, items
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, hear_everything, owed, send_refunds, went_back
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, TODAY, an_organization, staff
from wallet.processor import Outcome, RefundOutcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def paid(centre, sandbox):
    return a_paid_invoice(centre, sandbox)


def invoice_of(attempt):
    return attempt.payment.client.invoices.get()


def take_back(attempt, cents: int = 2_000, **more: object) -> Credit:
    """The invoice's only item cancelled, and so much given back."""
    more.setdefault("refunds", {attempt.payment_id: cents})
    return cancelled(invoice_of(attempt), by=attempt.payment.created_by, now=timezone.now(), **more)


def test_rf_2_credit_all_and_refund_all_is_a_full_reimbursement(paid, sandbox):
    take_back(paid)
    assert (owed(paid), sources.available(paid.payment.client)) == ((-2_000, 0), 0)
    send_refunds()
    hear_everything()
    assert (owed(paid), went_back(sandbox), Refund.objects.get().state) == ((0, 0), [2_000], "succeeded")
    assert items(invoice_of(paid)) == [(2_000, 2_000)]


def test_rf_4_what_goes_back_is_never_more_than_the_credit_or_than_what_was_paid(centre, paid):
    for wrong, fee in ((2_001, None), (1_501, a_fee(centre, 500)), (2**63, None)):
        with pytest.raises(Refused):
            take_back(paid, wrong, fee=fee)
    assert (Credit.objects.count(), Refund.objects.count(), owed(paid)) == (0, 0, (0, 2_000))
    take_back(paid, 1_500, fee=a_fee(centre, 500))
    assert owed(paid) == (-1_500, 500)


def test_a_refund_of_money_the_cancellation_freed_unlinks_nothing_else(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    payment, other = attempt.payment, an_invoice(attempt.payment.client, 700)
    first = invoice_of_first(payment)
    cancelled(first, 1_500, refunds={payment.pk: 800}, now=timezone.now())
    reconciling.link([reconciling.Link(payment_id=payment.pk, item_id=other.items.get().pk, amount=700)], now=NOW)
    send_refunds()
    hear_everything()
    found = dict(Allocation.objects.filter(payment=payment).values_list("item__invoice", "amount"))
    assert (found, went_back(sandbox)) == ({first.pk: 500, other.pk: 700}, [800])
    assert balance(payment.client) == 0


def invoice_of_first(payment):
    return payment.client.invoices.order_by("pk")[0]


def test_rf_5_a_refund_refused_for_lack_of_funds_lands_in_the_action_center(centre, paid, sandbox):
    take_back(paid)
    Refund.objects.update(state="sent", sent_at=timezone.now())
    outcome = RefundOutcome(verdict=Verdict.DECLINED, refund="re_1", reason="insufficient_funds")
    refunding.settle(refund=Refund.objects.get(), outcome=outcome, now=timezone.now())
    assert [row.pk for row in worklists.stuck_refunds(centre, now=timezone.now())] == [Refund.objects.get().pk]
    assert (owed(paid), sources.available(paid.payment.client)) == ((-2_000, 0), 2_000)


def test_rf_6_an_e_check_is_refunded_once_it_has_settled(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    take_back(attempt)
    send_refunds()
    assert (Refund.objects.get().state, owed(attempt)) == ("pending", (-2_000, 0))
    sandbox.settle_refund(Refund.objects.get().processor_refund)
    hear_everything()
    assert (went_back(sandbox), owed(attempt)) == ([2_000], (0, 0))


def test_rf_6_what_is_not_settled_is_not_cancelled(paid):
    Attempt.objects.filter(pk=paid.pk).update(state="pending", settled_at=None)
    with pytest.raises(Refused, match="on its way"):
        take_back(paid)
    Attempt.objects.filter(pk=paid.pk).update(state="succeeded", settled_at=timezone.now())
    assert Credit.objects.count() == 0


def test_rf_9_a_refund_without_a_cancellation_leaves_the_invoice_owed_again(paid, sandbox):
    a_refund(paid, 500)
    send_refunds()
    hear_everything()
    invoice = invoice_of(paid)
    assert (owed(paid), invoice.balance, invoice.credited) == ((500, 1_500), 500, 0)
    assert invoice.status(TODAY) == "partial"


def test_a_disputed_payment_is_not_refunded_and_the_items_are_not_cancelled(centre, paid):
    Dispute.objects.create(
        organization=centre, payment=paid.payment, processor_dispute="du_1", status="needs_response", amount=2_000,
        opened_at=NOW, asked_at=NOW,
    )  # fmt: skip
    with pytest.raises(Refused):
        take_back(paid)
    assert (Credit.objects.count(), Refund.objects.count(), owed(paid)) == (0, 0, (0, 2_000))
    assert take_back(paid, refunds={}).total == 2_000


def test_a_refund_too_late_for_a_debit_undoes_the_whole_cancellation(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    Attempt.objects.update(sent_at=timezone.now() - dt.timedelta(days=181))
    with pytest.raises(Refused, match="180"):
        take_back(attempt)
    assert (Credit.objects.count(), owed(attempt)) == (0, (0, 2_000))


def test_a_refund_that_fails_later_leaves_the_money_as_credit(paid, sandbox):
    take_back(paid)
    send_refunds()
    hear_everything()
    known = Refund.objects.get().processor_refund
    failed = RefundOutcome(verdict=Verdict.DECLINED, refund=known, reason="lost_or_stolen_card")
    refunding.settle(refund=Refund.objects.get(), outcome=failed, now=timezone.now())
    assert (owed(paid), sources.available(paid.payment.client)) == ((-2_000, 0), 2_000)
    assert items(invoice_of(paid)) == [(2_000, 2_000)]


def test_a_cancelled_item_paid_by_late_news_takes_nothing_and_the_money_is_credit(centre, sandbox):
    """Declined, cancelled, then the processor says it was paid after all."""
    payer_invoice = declined_invoice(centre)
    attempt = Attempt.objects.get()
    cancelled(payer_invoice, now=timezone.now())
    settle({attempt.pk: Outcome(verdict=Verdict.SUCCEEDED)}, now=timezone.now())
    client = payer_invoice.client
    assert (balance(client), sources.available(client)) == (-2_000, 2_000)
    assert items(payer_invoice) == [(2_000, 2_000)]


def declined_invoice(centre):
    """An invoice whose charge was declined."""
    payer = a_real_payer(centre, "pm_card_chargeCustomerFail")
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    assert Attempt.objects.get().state == "declined"
    return payer.invoices.get()
