"""The five states of an invoice, a payment, a deposit and a credit."""

import pytest
from django.db import connection, transaction

from billing.models import Allocation, Credit
from billing.services.reconciliation_states import Side, state_of, states_of
from tests.billing.desk import received
from tests.billing.linked import a_credit
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, an_account, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    return an_account(an_organization())


def state(row) -> str:
    kind = type(row).__name__.lower()
    return states_of(**{f"{kind}s": [row.pk]})[kind, row.pk]


def link(invoice, cents, **source) -> None:
    Allocation.objects.create(item=invoice.items.get(), amount=cents, created_at=NOW, **source)


@pytest.mark.parametrize(
    ("sides", "told"),
    [
        ([Side(worth=100, linked=100)], "full"),
        ([Side(worth=100, linked=40)], "partial"),
        ([Side(worth=100)], "none"),
        ([Side(worth=100, planned=100)], "planned"),
        ([Side(worth=100, linked=30, planned=70)], "planned"),
        ([Side(worth=100, planned=99)], "partial"),
        ([Side(worth=100, linked=100), Side(worth=50)], "partial"),
        ([Side(worth=100, linked=100), Side(worth=50, planned=50)], "planned"),
        ([Side(worth=20, linked=50)], "error"),
        ([Side(worth=100, linked=60), Side(worth=0, linked=1)], "error"),
        ([Side(worth=100, linked=20, twice=True)], "error"),
        ([Side(worth=0)], "full"),
    ],
)
def test_the_five_states(sides, told):
    assert state_of(sides) == told


@pytest.mark.parametrize(("linked", "told"), [(0, "none"), (700, "partial"), (2_000, "full")])
def test_both_sides_of_a_link(payer, linked, told):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice, reconcile=False)
    if linked:
        link(invoice, linked, payment=payment)
    assert (state(invoice), state(payment)) == (told, told)


def test_a_credit_and_the_invoice_it_pays(payer):
    credit, invoice = a_credit(payer, 3_000), an_invoice(payer, 1_000)
    assert state(credit) == "none"
    link(invoice, 1_000, credit=credit)
    assert (state(credit), state(invoice)) == ("partial", "full")


def test_a_void_document_has_no_state(payer):
    credit = a_credit(payer)
    with transaction.atomic():
        Credit.objects.filter(pk=credit.pk).move("void", voided_at=NOW)
        assert state(credit) == ""
        transaction.set_rollback(True)


def test_reconciled_with_planned_payments_until_they_have_occurred(sandbox):
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre), staff("finance", centre)
    invoice = payer.invoices.get()
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    payment = run.payments.get()
    assert (state(invoice), state(payment)) == ("planned", "")
    charge_everything()
    assert (state(invoice), state(payment)) == ("full", "full")


def test_more_linked_than_it_is_worth_is_an_error(payer):
    """The database forbids it: only with its guards taken away can it be shown."""
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, an_invoice(payer, 5_000), reconcile=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_allocation DISABLE TRIGGER USER")
        link(invoice, 5_000, payment=payment)
        assert (state(invoice), state(payment)) == ("error", "full")
        transaction.set_rollback(True)


def test_one_payment_linked_twice_to_an_item_is_an_error(payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice, reconcile=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_allocation DROP CONSTRAINT allocation_once_per_item")
        for _time in range(2):
            link(invoice, 500, payment=payment)
        assert (state(invoice), state(payment)) == ("error", "error")
        transaction.set_rollback(True)


def test_a_page_of_rows_takes_three_questions(payer, django_assert_num_queries):
    invoices = [an_invoice(payer, 2_000) for _ in range(5)]
    payments = [received(payer, invoice) for invoice in invoices]
    credits = [a_credit(payer) for _ in range(5)]
    with django_assert_num_queries(3):
        told = states_of(
            invoices=[i.pk for i in invoices], payments=[p.pk for p in payments], credits=[c.pk for c in credits]
        )
    assert len(told) == 15
    assert {told["invoice", invoice.pk] for invoice in invoices} == {"full"}
