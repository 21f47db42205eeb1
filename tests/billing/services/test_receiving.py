"""Money that comes in without the processor: recorded once, linked at once, never more than was asked about."""

import datetime as dt
import uuid

import pytest
from django.utils import translation

from billing.models import Allocation, Entry, Payment, Transfer
from billing.services import parts
from billing.services.parts import Notes, Part
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.ways import an_invoice
from tests.builders import TODAY, an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com", language="en")


def balance(client) -> int:
    client.refresh_from_db()
    return client.balance


def test_s20_several_invoices_are_settled_by_one_receipt(payer):
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 3_500, taxed=True)
    payment = received(payer, first, second)
    links = Allocation.objects.filter(payment=payment)
    assert (payment.amount, links.count(), balance(payer)) == (5_500, 2, 0)
    assert [invoice.status(TODAY) for invoice in payer.invoices.all()] == ["paid", "paid"]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "held_in"), [("cash", "till"), ("cheque", "till"), ("terminal", "till"), ("transfer", "clearing")]
)
def test_money_received_is_posted_on_its_day(payer, kind, held_in):
    yesterday = TODAY - dt.timedelta(days=1)
    payment = received(payer, an_invoice(payer, days_ago=3), kind=kind, on=yesterday)
    entry = Entry.objects.get(reference=f"payment/{payment.pk}/received")
    transfer = Transfer.objects.get(entry=entry)
    assert (transfer.debit.kind, transfer.credit.kind, transfer.amount) == (held_in, "receivable", 2_000)
    assert (entry.happened_on, payment.attempts.count()) == (yesterday, 0)


def test_a_part_of_an_invoice_pays_its_lines_in_order(payer):
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 3_000)
    wanted = [
        Part(invoice_id=second.pk, amount=1_000, seen=3_000),
        Part(invoice_id=first.pk, amount=500, seen=2_000),
    ]
    received(payer, parts=wanted)
    assert [(i.balance, i.status(TODAY)) for i in payer.invoices.order_by("pk")] == [
        (1_500, "partial"),
        (2_000, "partial"),
    ]


def refusal(payer, *invoices, **terms) -> str:
    before = (Payment.objects.count(), Allocation.objects.count(), Entry.objects.count())
    with pytest.raises(Refused) as said:
        received(payer, *invoices, **terms)
    assert (Payment.objects.count(), Allocation.objects.count(), Entry.objects.count()) == before
    return str(said.value)


@pytest.mark.parametrize("amount", [0, -1, 2_001, 10**10])
def test_an_amount_that_an_invoice_does_not_owe_is_refused(payer, amount):
    invoice = an_invoice(payer)
    part = Part(invoice_id=invoice.pk, amount=amount, seen=2_000)
    assert "20.00" in refusal(payer, parts=[part], total=amount, amount=max(amount, 1))


@pytest.mark.parametrize("amount", [0, -1, 10**11, 10**15])
def test_an_amount_that_no_one_hands_over_is_refused(payer, amount):
    with translation.override("en"):
        assert "amount above zero" in refusal(payer, an_invoice(payer), amount=amount, credit_name="Don")


def test_money_is_not_received_in_a_closed_period(payer):
    payer.organization.books_closed_on = TODAY - dt.timedelta(days=2)
    payer.organization.save()
    with translation.override("en"):
        assert "closed" in refusal(payer, an_invoice(payer), on=TODAY - dt.timedelta(days=2))
    assert received(payer, *payer.invoices.all(), on=TODAY - dt.timedelta(days=1))


def test_an_invoice_of_another_currency_is_not_paid(payer):
    invoice = an_invoice(payer)
    payer.organization.currency = "USD"
    payer.organization.save()
    with translation.override("en"):
        assert "is in CAD" in refusal(payer, invoice)


def test_an_invoice_of_another_client_is_refused(payer, centre):
    stranger = an_invoice(an_account(centre, "Luc Cyr"))
    assert refusal(payer, stranger)


def test_an_invoice_that_changed_since_it_was_shown_is_refused(payer):
    invoice = an_invoice(payer, 5_000)
    shown = [Part(invoice_id=invoice.pk, amount=1_000, seen=5_000)]
    received(payer, parts=shown)
    assert "40.00" in refusal(payer, parts=shown)


@pytest.mark.parametrize("on", [TODAY + dt.timedelta(days=1), TODAY - dt.timedelta(days=367)])
def test_money_is_not_received_tomorrow_nor_years_ago(payer, on):
    assert refusal(payer, an_invoice(payer), on=on)


def test_a_cheque_has_a_number(payer):
    assert "cheque" in refusal(payer, an_invoice(payer), kind="cheque", reference=" ").replace("è", "e")
    assert received(payer, *payer.invoices.all(), kind="cheque", reference="118").reference == "118"


def test_more_than_what_is_due_is_kept_only_under_a_name(payer):
    invoice = an_invoice(payer)
    assert "20.00" in refusal(payer, invoice, amount=4_000)
    payment = received(payer, invoice, amount=4_000, credit_name="Camp d’hiver")
    payment.refresh_from_db()
    assert (payment.amount, payment.allocated, payment.credit_name) == (4_000, 2_000, "Camp d’hiver")
    assert balance(payer) == -2_000


def test_less_than_what_was_chosen_is_refused(payer):
    assert refusal(payer, an_invoice(payer), amount=1_000)


def test_a_total_that_is_no_longer_the_one_shown_is_refused(payer):
    assert refusal(payer, an_invoice(payer), total=1_500, amount=1_500)


def test_s35_a_receipt_that_is_not_reconciled_leaves_its_invoice_open(payer):
    invoice = an_invoice(payer)
    payment = received(payer, invoice, reconcile=False)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (payment.allocated, invoice.balance, balance(payer)) == (0, 2_000, 0)
    assert payment.planned_allocations.get().item.invoice == invoice


def test_the_same_form_sent_twice_is_one_payment(payer):
    invoice, key = an_invoice(payer, 5_000), uuid.uuid4()
    shown = [Part(invoice_id=invoice.pk, amount=1_000, seen=5_000)]
    first = received(payer, parts=shown, key=key)
    assert received(payer, parts=shown, key=key) == first
    assert first.display_number in refusal(payer, parts=shown, key=key, kind="terminal")


def test_the_three_notes_are_kept_and_only_one_is_for_the_client(payer):
    notes = Notes(details="Enveloppe 3", note="Merci", internal_note="Vérifier l’adresse")
    payment = received(payer, an_invoice(payer), notes=notes)
    assert (payment.details, payment.note, payment.internal_note) == ("Enveloppe 3", "Merci", "Vérifier l’adresse")
    text = str(compose(Message.objects.get()).body)
    assert "Merci" in text
    assert "Enveloppe" not in text
    assert "adresse" not in text


def test_a_receipt_says_how_the_money_came_in(payer):
    received(payer, an_invoice(payer), kind="cheque", reference="204")
    assert "Cheque 204" in str(compose(Message.objects.get()).body)


def test_no_receipt_is_sent_when_it_is_not_asked_for(payer):
    received(payer, an_invoice(payer), email_receipt=False)
    assert not Message.objects.exists()


def test_what_is_due_is_listed_oldest_first(payer):
    late, new = an_invoice(payer, 1_000, days_ago=40), an_invoice(payer, 2_000)
    found = parts.open_invoices(client=payer, on=TODAY)
    assert [(one.invoice.pk, one.due, one.overdue) for one in found] == [(late.pk, 1_000, True), (new.pk, 2_000, False)]
