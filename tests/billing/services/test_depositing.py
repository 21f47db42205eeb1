"""Deposits: kept apart from what is owed, released when it is time, given back when it is not needed any more."""

import datetime as dt
import uuid

import pytest
from django.utils import translation

from billing.models import Entry, Payment
from billing.services import handing_back, refundable, sources
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.billing.handed_back import a_deposit, handed_back, legs, released
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com", language="en")


def balance(client) -> int:
    client.refresh_from_db()
    return client.balance


@pytest.mark.parametrize(
    ("kind", "held_in"), [("cash", "till"), ("cheque", "till"), ("terminal", "till"), ("transfer", "clearing")]
)
def test_cb_9_a_deposit_is_held_on_the_account_and_pays_nothing(payer, kind, held_in):
    an_invoice(payer, 2_000)
    payment = a_deposit(payer, kind=kind)
    assert (payment.held, payment.is_deposit, payment.credit_name) == (5_000, True, "Clé du gymnase")
    assert (balance(payer), sources.available(payer)) == (2_000, 0)
    assert legs(f"payment/{payment.pk}/received") == [(held_in, "deposits", 5_000)]


def test_cb_9_the_client_is_told_that_it_is_a_deposit(payer):
    a_deposit(payer)
    text = str(compose(Message.objects.get(kind="deposit")).body)
    assert "Clé du gymnase" in text
    assert "deposit of $50.00" in text
    a_deposit(payer, email_receipt=False)
    assert Message.objects.count() == 1


def test_a_deposit_is_released_in_part_then_whole(payer):
    payment = released(a_deposit(payer), 2_000)
    assert (payment.held, sources.available(payer), balance(payer)) == (3_000, 2_000, -2_000)
    payment = released(payment, 3_000)
    assert (payment.held, sources.available(payer), balance(payer)) == (0, 5_000, -5_000)
    assert legs(f"payment/{payment.pk}/released/2") == [("deposits", "receivable", 3_000)]


def test_a_deposit_released_pays_what_is_oldest(payer):
    old, new = an_invoice(payer, 2_000, days_ago=40), an_invoice(payer, 2_000)
    payment = released(a_deposit(payer), 3_000, pay=True)
    assert [invoice.status(TODAY) for invoice in payer.invoices.order_by("pk")] == ["paid", "partial"]
    assert (payment.held, payment.allocated, sources.available(payer), balance(payer)) == (2_000, 3_000, 0, 1_000)
    assert {old.pk, new.pk} == set(payment.allocations.values_list("item__invoice", flat=True))


def test_rf_8_a_deposit_is_given_back(payer):
    payment = a_deposit(payer)
    [line] = refundable.of_client(payer)
    assert (line.of, line.of_deposit, line.free) == (payment, True, 5_000)
    refund = handed_back(payer, (payment, 1_500, True))
    payment.refresh_from_db()
    assert (payment.held, payment.refunded, balance(payer)) == (3_500, 1_500, 0)
    assert legs(f"desk_refund/{refund.pk}/given") == [("deposits", "till", 1_500)]


def test_rf_8_the_held_and_the_released_part_of_a_deposit_go_back_in_one_refund(payer):
    payment = released(a_deposit(payer), 2_000)
    assert [(line.of_deposit, line.free) for line in refundable.of_client(payer)] == [(False, 2_000), (True, 3_000)]
    refund = handed_back(payer, (payment, 2_000), (payment, 3_000, True))
    payment.refresh_from_db()
    assert (payment.held, payment.refunded, balance(payer)) == (0, 5_000, 0)
    assert legs(f"desk_refund/{refund.pk}/given") == [("deposits", "till", 3_000), ("receivable", "till", 2_000)]


def test_rf_8_a_deposit_given_back_by_mistake_is_held_again(payer):
    payment = a_deposit(payer)
    refund = handed_back(payer, (payment, 5_000, True))
    handing_back.void(refund=refund, by=staff("finance", payer.organization), now=NOW)
    payment.refresh_from_db()
    assert (payment.held, payment.refunded, sources.available(payer)) == (5_000, 0, 0)


def test_more_than_a_deposit_holds_is_not_given_back(payer):
    payment = released(a_deposit(payer), 2_000)
    with pytest.raises(Refused):
        handed_back(payer, (payment, 3_001, True))


def refusal(act, *args, **terms) -> str:
    before = (Payment.objects.count(), Entry.objects.count(), list(Payment.objects.values_list("held")))
    with translation.override("en"), pytest.raises(Refused) as said:
        act(*args, **terms)
    assert (Payment.objects.count(), Entry.objects.count(), list(Payment.objects.values_list("held"))) == before
    return str(said.value)


@pytest.mark.parametrize("cents", [0, -1, 10**11, 10**15])
def test_a_deposit_is_of_an_amount_that_can_be(payer, cents):
    assert "amount above zero" in refusal(a_deposit, payer, cents)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"on": TODAY + dt.timedelta(days=1)}, "after today"),
        ({"on": TODAY - dt.timedelta(days=400)}, "year ago"),
        ({"on": TODAY - dt.timedelta(days=9)}, "closed"),
        ({"kind": "card"}, "method"),
        ({"kind": "cheque", "reference": " "}, "cheque number"),
        ({"name": "  "}, "what the deposit is for"),
    ],
)
def test_a_deposit_has_a_day_a_way_and_a_purpose(payer, centre, terms, said):
    centre.books_closed_on = TODAY - dt.timedelta(days=5)
    centre.save()
    assert said in refusal(a_deposit, payer, **terms)


@pytest.mark.parametrize(("cents", "said"), [(0, "above zero"), (-1, "above zero"), (5_001, "$50.00"), (10**15, "$50")])
def test_no_more_than_what_is_held_is_released(payer, cents, said):
    assert said in refusal(released, a_deposit(payer), cents)


def test_nothing_is_released_in_a_closed_period(payer, centre):
    payment = a_deposit(payer)
    centre.books_closed_on = TODAY
    centre.save()
    assert "closed" in refusal(released, payment, 1_000)


def test_the_same_deposit_and_the_same_release_sent_twice_are_made_once(payer):
    key = uuid.uuid4()
    payment = a_deposit(payer, key=key)
    assert a_deposit(payer, key=key) == payment
    assert payment.display_number in refusal(a_deposit, payer, 4_000, key=key)
    released(payment, 1_000, number=1)
    assert released(payment, 1_000, number=1).held == 4_000
    assert "meanwhile" in refusal(released, payment, 2_000, number=1)
