"""Credit used when a payment is made: money that is here, linked to what is chosen, and only once."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Allocation, Attempt, Dispute, Entry, Payment
from billing.services import crediting, paying, sources
from billing.services.parts import Order, Part
from smartrec.errors import Refused
from tests.billing.desk import received, whole
from tests.billing.given_back import a_refund
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, an_account, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def payer(centre):
    return an_account(centre)


def a_credit(client, cents: int) -> Payment:
    """What is left of money received above what was due."""
    return received(client, an_invoice(client, 1_000), amount=1_000 + cents, credit_name="Trop-perçu")


def settled(client, *invoices, **terms) -> int:
    parts = terms.pop("parts", None) or whole(*invoices)
    order = Order(total=0, parts=parts, use_credit=True)
    return crediting.settle(client=client, order=order, by=staff("front_desk", client.organization), now=NOW)


def charged(client, total, *invoices) -> Payment:
    order = Order(total=total, parts=whole(*invoices), use_credit=True)
    by = staff("front_desk", client.organization)
    authorization = client.authorizations.get()
    return paying.charge(client=client, authorization=authorization, order=order, by=by, now=timezone.now())


def test_s21_credit_that_covers_everything_makes_links_and_no_payment(payer):
    a_credit(payer, 4_500)
    invoice = an_invoice(payer, 3_000)
    before = (Payment.objects.count(), Entry.objects.count())
    assert settled(payer, invoice) == 3_000
    invoice.refresh_from_db()
    assert (invoice.balance, sources.available(payer)) == (0, 1_500)
    assert (Payment.objects.count(), Entry.objects.count()) == before


def test_s21_credit_lowers_what_is_received(payer):
    a_credit(payer, 1_500)
    invoice = an_invoice(payer, 4_000)
    payment = received(payer, invoice, total=2_500, use_credit=True)
    payer.refresh_from_db()
    assert (payment.amount, payer.balance, sources.available(payer)) == (2_500, 0, 0)


def test_s21_credit_lowers_what_is_charged(centre, sandbox):
    payer = a_real_payer(centre, cents=2_000)
    invoice = payer.invoices.get()
    a_credit(payer, 500)
    payer.refresh_from_db()
    charged(payer, 1_500, invoice)
    charge_everything()
    payer.refresh_from_db()
    invoice.refresh_from_db()
    assert (invoice.balance, payer.balance) == (0, 0)
    assert [m["amount"] for m in sandbox.movements() if m["kind"] == "charge_succeeded"] == [1_500]


def test_the_oldest_credit_pays_the_oldest_invoice(payer):
    old, new = a_credit(payer, 700), a_credit(payer, 700)
    first, second = an_invoice(payer, 1_000, days_ago=20), an_invoice(payer, 1_000)
    settled(payer, parts=[Part(invoice_id=i.pk, amount=n, seen=1_000) for i, n in ((second, 300), (first, 1_000))])
    found = Allocation.objects.filter(item__invoice__in=[first, second]).order_by("pk")
    assert list(found.values_list("payment", "item__invoice", "amount")) == [
        (old.pk, first.pk, 700),
        (new.pk, first.pk, 300),
        (new.pk, second.pk, 300),
    ]


def test_the_same_credit_used_twice_on_one_invoice_is_one_link(payer):
    credit, invoice = a_credit(payer, 1_000), an_invoice(payer, 1_000)
    for seen in (1_000, 600):
        settled(payer, parts=[Part(invoice_id=invoice.pk, amount=400, seen=seen)])
    assert Allocation.objects.get(payment=credit, item__invoice=invoice).amount == 800


def test_a_credit_that_no_longer_covers_is_refused_and_nothing_moves(payer):
    a_credit(payer, 500)
    invoice = an_invoice(payer, 1_000)
    with pytest.raises(Refused):
        settled(payer, invoice)
    assert sources.available(payer) == 500


def test_what_is_not_here_is_no_credit(centre, sandbox):
    """Neither money under way, nor refunded or about to be, nor disputed."""
    payer = a_real_payer(centre)
    payment = charged(payer, 2_000, *payer.invoices.all())
    assert sources.available(payer) == 0
    charge_everything()
    Allocation.objects.filter(payment=payment).delete()
    assert sources.available(payer) == 2_000
    a_refund(Attempt.objects.get(payment=payment), 500)
    assert sources.available(payer) == 1_500
    Dispute.objects.create(
        organization=centre, payment=payment, processor_dispute="du_1", status="needs_response", amount=1_500,
        opened_at=NOW, asked_at=NOW,
    )  # fmt: skip
    assert sources.available(payer) == 0


def test_a_method_is_never_charged_more_than_the_balance(centre, sandbox):
    """Credit left aside lowers what is owed all the same."""
    payer = a_real_payer(centre)
    invoice = payer.invoices.get()
    a_credit(payer, 500)
    payer.refresh_from_db()
    by, order = staff("front_desk", centre), Order(total=2_000, parts=whole(invoice))
    with pytest.raises(Refused, match=r"15\.00"):
        paying.charge(client=payer, authorization=payer.authorizations.get(), order=order, by=by, now=timezone.now())
    assert not Attempt.objects.exists()


def test_an_invoice_being_paid_by_card_takes_no_cash(centre, sandbox):
    payer = a_real_payer(centre)
    invoice = payer.invoices.get()
    shown = whole(invoice)
    charged(payer, 2_000, invoice)
    with pytest.raises(Refused):
        received(payer, parts=shown)
    charge_everything()
    assert list(successes(sandbox).values()) == [1]
    assert Payment.objects.count() == 1


def test_cash_received_before_a_charge_leaves_makes_it_stay(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    draft = a_charge_draft(centre, [payer.account.owner], by)
    received(payer, *payer.invoices.all())
    confirmed(draft, by)
    charge_everything(now=timezone.now() + dt.timedelta(minutes=1))
    assert successes(sandbox) == {}
