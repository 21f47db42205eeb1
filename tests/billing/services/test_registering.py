"""Payments received together are each recorded as one handed over at the desk, all of them or none."""

import dataclasses
import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Trail
from billing.models import Allocation, Entry, Invoice, Payment, PaymentBatch, Transfer
from billing.services import incoming, registering
from billing.services.incoming import Incoming
from billing.services.registering import Choices
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, TODAY, an_account, an_authorization, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def payers(centre):
    return [an_account(centre, name, email="p@example.com", language="en") for name in ("A Roy", "B Roy", "C Roy")]


def a_batch(centre, by) -> PaymentBatch:
    return PaymentBatch.objects.create(organization=centre, created_by=by, name="slip", content=b"", created_at=NOW)


def a_cheque(client, cents: int, line: int = 2, **facts) -> Incoming:
    facts = {"kind": "cheque", "on": TODAY, "reference": str(100 + line), **facts}
    return Incoming(line=line, client_id=client.pk, amount=cents, **facts)


def register(batch, by, *rows, **choices) -> list[int]:
    return registering.register(batch=batch, rows=rows, choices=Choices(**choices), by=by, now=NOW)


def sizes() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Payment, Allocation, Entry, Transfer, Trail, Message))


def balances(clients) -> list[int]:
    for client in clients:
        client.refresh_from_db()
    return [client.balance for client in clients]


def test_each_is_recorded_as_one_handed_over_at_the_desk(centre, by, payers):
    for payer in payers[:2]:
        an_invoice(payer, 2_000, taxed=True)
    alone = received(payers[0], payers[0].invoices.get(), kind="cheque", reference="102")
    [pk] = register(a_batch(centre, by), by, a_cheque(payers[1], 2_000))
    together = Payment.objects.get(pk=pk)
    own = {"id", "client_id", "batch_id", "number", "key", "_state", "created_by_id", "email_receipt"}

    def facts(payment):
        return {name: value for name, value in vars(payment).items() if name not in own}

    assert facts(together) == facts(Payment.objects.get(pk=alone.pk))
    assert together.number == alone.number + 1
    [one, other] = [Entry.objects.get(reference=f"payment/{p.pk}/received") for p in (alone, together)]
    legs = [[(t.debit_id, t.credit_id, t.amount) for t in entry.transfers.all()] for entry in (one, other)]
    assert legs[0] == legs[1]
    assert (one.kind, one.happened_on) == (other.kind, other.happened_on)
    assert together.planned_allocations.get().amount == together.allocations.get().amount == 2_000
    told = Trail.objects.filter(verb="payment_received", client=payers[1]).get()
    assert told.facts == {"payment": together.display_number, "amount": 2_000, "currency": "CAD"}
    assert balances(payers) == [0, 0, 0]


def test_rc_4_money_pays_the_oldest_debts_of_its_own_client_first(centre, by, payers):
    new, old = an_invoice(payers[0], 3_000), an_invoice(payers[0], 2_000, days_ago=30)
    other = an_invoice(payers[1], 500)
    yesterday = TODAY - dt.timedelta(days=1)
    pks = register(
        a_batch(centre, by),
        by,
        a_cheque(payers[0], 1_500, 2),
        a_cheque(payers[1], 500, 3),
        a_cheque(payers[0], 1_000, 4, on=yesterday),
    )
    links = Allocation.objects.values_list("payment_id", "item__invoice_id", "amount").order_by("pk")
    assert sorted(links) == sorted(
        [(pks[2], old.pk, 1_000), (pks[0], old.pk, 1_000), (pks[0], new.pk, 500), (pks[1], other.pk, 500)]
    )
    assert balances(payers) == [2_500, 0, 0]


def test_every_kind_goes_where_it_is_held(centre, by, payers):
    kinds = ["cash", "cheque", "terminal", "transfer"]
    rows = [a_cheque(payers[0], 100 + n, n, kind=kind) for n, kind in enumerate(kinds, 2)]
    register(a_batch(centre, by), by, *rows, credit_name="Summer camp")
    held = {t.amount: t.debit.kind for t in Transfer.objects.select_related("debit")}
    assert held == {102: "till", 103: "till", 104: "till", 105: "clearing"}


def test_what_is_above_the_debts_is_kept_only_under_a_name(centre, by, payers):
    an_invoice(payers[0], 1_000)
    batch, before = a_batch(centre, by), sizes()
    with pytest.raises(Refused, match=r"\$4.00 more"):
        register(batch, by, a_cheque(payers[0], 1_400))
    assert sizes() == before
    [pk] = register(batch, by, a_cheque(payers[0], 1_400), credit_name="Summer camp")
    payment = Payment.objects.get(pk=pk)
    assert (payment.credit_name, payment.allocated, balances(payers)) == ("Summer camp", 1_000, [-400, 0, 0])


def test_asked_twice_it_is_registered_once(centre, by, payers):
    an_invoice(payers[0], 2_000)
    batch = a_batch(centre, by)
    pks = register(batch, by, a_cheque(payers[0], 2_000))
    before = sizes()
    assert register(batch, by, a_cheque(payers[0], 2_000)) == pks
    assert sizes() == before


WRONG = {
    "zero": ({"amount": 0}, "amount", "above zero"),
    "negative": ({"amount": -5}, "amount", "above zero"),
    "huge": ({"amount": 10**12}, "amount", "too large"),
    "tomorrow": ({"on": TODAY + dt.timedelta(days=1)}, "on", "after today"),
    "long ago": ({"on": TODAY - dt.timedelta(days=400)}, "on", "more than a year"),
    "closed": ({"on": TODAY - dt.timedelta(days=40)}, "on", "books are closed"),
    "no number": ({"reference": ""}, "reference", "cheque number"),
    "unknown kind": ({"kind": "card"}, "kind", "Choose a payment method"),
    "nobody": ({"client_id": 0}, "client", "No client"),
    "twice": ({"reference": "102"}, "reference", "line 2"),
    "known": ({"reference": "77"}, "reference", "Recorded already: payment P-00001"),
}


@pytest.mark.parametrize(("facts", "column", "words"), WRONG.values(), ids=WRONG)
def test_one_wrong_row_and_nothing_is_registered(centre, by, payers, facts, column, words):
    received(payers[0], an_invoice(payers[0], 100), kind="cheque", reference="77")
    type(centre).objects.filter(pk=centre.pk).update(books_closed_on=TODAY - dt.timedelta(days=30))
    an_invoice(payers[0], 5_000)
    rows = [a_cheque(payers[0], 2_000), dataclasses.replace(a_cheque(payers[0], 3_000, 3), **facts)]
    centre.refresh_from_db()
    [found] = incoming.problems(centre, rows, NOW)
    assert (found.line, found.column) == (3, column)
    assert words in found.words
    batch, before = a_batch(centre, by), sizes()
    with pytest.raises(Refused, match=r"Line 3: .*Nothing was registered"):
        register(batch, by, *rows, credit_name="x")
    assert sizes() == before
    assert PaymentBatch.objects.get().state == "open"


def test_another_organization_s_client_is_nobody(centre, by, payers):
    stranger = an_account(an_organization())
    [found] = incoming.problems(centre, [a_cheque(stranger, 100)], NOW)
    assert found.column == "client"


def test_an_invoice_being_paid_by_card_is_left_alone(centre, by, payers):

    an_authorization(centre, account=payers[0].account)
    invoice = an_invoice(payers[0], 1_000)
    confirmed(a_charge_draft(centre, [payers[0].account.owner], by), by)
    [pk] = register(a_batch(centre, by), by, a_cheque(payers[0], 1_000), credit_name="Paid meanwhile")
    assert not Allocation.objects.filter(payment=pk).exists()
    assert Invoice.objects.get(pk=invoice.pk).allocated == 0


def test_receipts_are_sent_only_when_asked_for_and_once(centre, by, payers):
    register(a_batch(centre, by), by, a_cheque(payers[0], 100), credit_name="x")
    assert not Message.objects.exists()
    batch = a_batch(centre, by)
    for _ in range(2):
        [pk] = register(batch, by, a_cheque(payers[1], 100, 5), credit_name="x", email_receipts=True)
    assert Message.objects.get().key == f"payment/{pk}/received"
