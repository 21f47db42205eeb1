"""Money handed back without the processor: out of what is here, once, in the books; undone when it was a mistake."""

import datetime as dt
import uuid

import pytest
from django.utils import translation

from billing.models import Allocation, DeskRefund, Entry
from billing.services import handing_back, reconciling, refundable, refunding, sources
from billing.services.reconciling import Link
from billing.services.refunding import CannotRefund
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.handed_back import a_card_payment, a_credit, a_deposit, handed_back, legs
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com", language="en")


def an_overpayment(payer, cents: int = 3_000, **terms):
    """A payment with that much linked to nothing."""
    invoice = an_invoice(payer, 1_000, days_ago=9)
    return received(payer, invoice, amount=cents + 1_000, credit_name="Trop-perçu", **terms)


def balance(client) -> int:
    client.refresh_from_db()
    return client.balance


def test_rf_8_free_money_goes_back_and_is_owed_to_nobody(payer):
    payment = an_overpayment(payer)
    refund = handed_back(payer, (payment, 3_000))
    payment.refresh_from_db()
    assert (refund.display_number, refund.amount, payment.refunded, payment.allocated) == (
        "R-00001",
        3_000,
        3_000,
        1_000,
    )
    assert legs(f"desk_refund/{refund.pk}/given") == [("receivable", "till", 3_000)]
    assert (balance(payer), sources.available(payer)) == (0, 0)


def test_rf_8_a_transfer_leaves_the_bank_and_not_the_till(payer):
    refund = handed_back(payer, (an_overpayment(payer), 500), kind="transfer")
    assert legs(f"desk_refund/{refund.pk}/given") == [("receivable", "clearing", 500)]


def test_rf_8_credits_and_payments_go_back_together(payer):
    payment, credit = an_overpayment(payer), a_credit(payer, 2_000)
    refund = handed_back(payer, (payment, 3_000), (credit, 1_500))
    credit.refresh_from_db()
    assert (refund.amount, credit.refunded, credit.unused, balance(payer)) == (4_500, 1_500, 500, -500)
    assert [part.amount for part in refund.parts.order_by("pk")] == [3_000, 1_500]


def test_rf_8_less_than_what_was_chosen_comes_out_of_the_oldest(payer):
    old = an_overpayment(payer, 1_000, on=TODAY - dt.timedelta(days=5))
    credit = a_credit(payer, 2_000)
    lines = refundable.of_client(payer)
    assert [line.of for line in lines] == [old, credit]
    assert refundable.oldest_first(lines[::-1], 1_700) == [(old, False, 1_000), (credit, False, 700)]


def test_rc_9_what_was_handed_back_pays_nothing_more(payer):
    credit = a_credit(payer, 2_000)
    handed_back(payer, (credit, 2_000))
    an_invoice(payer, 700)
    assert (sources.available(payer), refundable.of_client(payer), balance(payer)) == (0, [], 700)


def test_rf_7_a_desk_payment_goes_back_and_its_invoices_are_owed_again(payer):
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 3_000)
    payment = received(payer, first, second)
    handed_back(payer, (payment, 3_500))
    payment.refresh_from_db()
    assert (payment.allocated, payment.refunded, balance(payer)) == (1_500, 3_500, 3_500)
    assert [invoice.status(TODAY) for invoice in payer.invoices.order_by("pk")] == ["partial", "open"]


def test_rf_7_a_cheque_that_bounced_opens_the_debt_again(payer):
    payment = received(payer, an_invoice(payer), kind="cheque", reference="204")
    refund = handed_back(payer, (payment, 2_000), kind="cheque", reference="204", reason="bounced")
    assert (refund.reason, balance(payer), Allocation.objects.count()) == ("bounced", 2_000, 0)
    assert "returned your cheque" in str(compose(Message.objects.get(kind="desk_refund")).body)


def test_rf_7_a_cheque_that_bounces_after_a_part_was_given_comes_back_whole(payer):
    payment = received(
        payer, an_invoice(payer, 10_000), kind="cheque", reference="204", amount=12_000, credit_name="Trop"
    )
    handed_back(payer, (payment, 1_250))
    handed_back(payer, (payment, 12_000), kind="cheque", reference="204", reason="bounced")
    assert (balance(payer), payer.invoices.get().allocated) == (11_250, 0)
    assert "No more than" in refusal(payer, (payment, 12_000), reason="bounced")


def test_rf_7_a_deposit_by_a_cheque_that_bounces_is_held_no_more(payer):
    payment = a_deposit(payer, 5_000, kind="cheque", reference="204")
    chosen = [(one.of, one.cents, one.of_deposit) for one in refundable.bounced(payment)]
    handed_back(payer, *chosen, kind="cheque", reference="204", reason="bounced")
    payment.refresh_from_db()
    assert (payment.held, payment.refunded, balance(payer), refundable.bounced(payment)) == (0, 5_000, 0, [])


def test_rf_7_only_a_cheque_bounces(payer):
    payment = received(payer, an_invoice(payer))
    assert "cheque" in refusal(payer, (payment, 2_000), reason="bounced")


def refusal(payer, *chosen, **terms) -> str:
    before = (DeskRefund.objects.count(), Entry.objects.count(), Allocation.objects.count())
    with translation.override("en"), pytest.raises(Refused) as said:
        handed_back(payer, *chosen, **terms)
    assert (DeskRefund.objects.count(), Entry.objects.count(), Allocation.objects.count()) == before
    return str(said.value)


@pytest.mark.parametrize("cents", [0, -1])
def test_nothing_and_less_is_not_handed_back(payer, cents):
    assert "zero" in refusal(payer, (an_overpayment(payer), cents))


@pytest.mark.parametrize("cents", [4_001, 10**12])
def test_never_more_than_what_is_left_of_a_payment(payer, cents):
    payment = an_overpayment(payer)
    assert "$40.00" in refusal(payer, (payment, cents))
    handed_back(payer, (payment, 2_500))
    assert "$15.00" in refusal(payer, (payment, 1_501))


def test_one_source_named_twice_is_counted_once(payer):
    payment = an_overpayment(payer)
    assert refusal(payer, (payment, 2_001), (payment, 2_000))


def test_money_of_another_client_is_not_handed_back(payer, centre):
    stranger = an_account(centre, "Luc Cyr")
    assert refusal(stranger, (an_overpayment(payer), 100))


@pytest.mark.parametrize("days", [1, -6, -400])
def test_money_goes_back_between_the_day_it_came_and_today(payer, days):
    payment = an_overpayment(payer, on=TODAY - dt.timedelta(days=5))
    assert refusal(payer, (payment, 100), on=TODAY + dt.timedelta(days=days))


def test_money_is_not_handed_back_in_a_closed_period(payer, centre):
    payment = an_overpayment(payer, on=TODAY - dt.timedelta(days=5))
    centre.books_closed_on = TODAY - dt.timedelta(days=2)
    centre.save()
    assert "closed" in refusal(payer, (payment, 100), on=TODAY - dt.timedelta(days=3))
    assert handed_back(payer, (payment, 100))


def test_money_of_another_currency_is_not_handed_back(payer, centre):
    payment = an_overpayment(payer)
    centre.currency = "USD"
    centre.save()
    assert "CAD" in refusal(payer, (payment, 100))


def test_rf_8_only_the_free_part_of_what_a_card_paid_is_handed_back(payer):
    payment = a_card_payment(payer, 3_000)
    reconciling.link([Link(payment_id=payment.pk, item_id=an_invoice(payer).items.get().pk, amount=2_000)], now=NOW)
    [line] = refundable.of_client(payer)
    assert (line.free, line.most, line.by_processor) == (1_000, 1_000, True)
    assert "$10.00" in refusal(payer, (payment, 1_001))
    refund = handed_back(payer, (payment, 1_000))
    assert legs(f"desk_refund/{refund.pk}/given") == [("receivable", "till", 1_000)]


def test_what_was_handed_back_is_not_refunded_to_the_card_as_well(payer):
    payment = a_card_payment(payer, 3_000)
    handed_back(payer, (payment, 1_000))
    by = staff("finance", payer.organization)
    with pytest.raises(CannotRefund):
        refunding.request_refund(payment=payment, amount=2_001, by=by, now=NOW)
    refunding.request_refund(payment=payment, amount=2_000, by=by, now=NOW)
    assert refusal(payer, (payment, 1))


def test_disputed_money_is_not_handed_back(payer):
    payment = a_card_payment(payer, 3_000)
    found = {"status": "needs_response", "amount": 3_000, "opened_at": NOW, "asked_at": NOW, "closed_at": None}
    payment.disputes.create(organization=payer.organization, processor_dispute="du_1", **found)
    assert refundable.of_client(payer) == []
    assert "disputed" in refusal(payer, (payment, 100))


def test_the_same_form_sent_twice_is_one_refund(payer):
    payment, key = an_overpayment(payer), uuid.uuid4()
    first = handed_back(payer, (payment, 900), key=key)
    assert handed_back(payer, (payment, 900), key=key) == first
    assert first.display_number in refusal(payer, (payment, 800), key=key)


def test_the_client_is_told_only_when_it_is_asked_for(payer):
    payment = an_overpayment(payer)
    handed_back(payer, (payment, 100), email=False)
    assert not Message.objects.filter(kind="desk_refund").exists()
    handed_back(payer, (payment, 100), note="Cours annulé", internal_note="À vérifier")
    text = str(compose(Message.objects.get(kind="desk_refund")).body)
    assert "Cours annulé" in text
    assert "vérifier" not in text


def test_a_refund_entered_by_mistake_is_taken_back(payer):
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 3_000)
    payment = received(payer, first, second)
    refund = handed_back(payer, (payment, 3_500))
    handing_back.void(refund=refund, by=staff("finance", payer.organization), now=NOW)
    payment.refresh_from_db()
    assert (refund.state, payment.refunded, payment.allocated, balance(payer)) == ("void", 0, 5_000, 0)
    assert [invoice.status(TODAY) for invoice in payer.invoices.all()] == ["paid", "paid"]
    assert legs(f"desk_refund/{refund.pk}/given/reversed") == [("till", "receivable", 3_500)]


def test_a_refund_is_voided_once(payer):
    refund, by = handed_back(payer, (an_overpayment(payer), 100)), staff("finance", payer.organization)
    handing_back.void(refund=refund, by=by, now=NOW)
    with pytest.raises(Refused):
        handing_back.void(refund=refund, by=by, now=NOW)


def test_a_voided_refund_pays_only_what_is_still_owed(payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice)
    refund = handed_back(payer, (payment, 2_000))
    received(payer, invoice)
    handing_back.void(refund=refund, by=staff("finance", payer.organization), now=NOW)
    payment.refresh_from_db()
    assert (payment.allocated, sources.available(payer), balance(payer)) == (0, 2_000, -2_000)
