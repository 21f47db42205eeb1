"""What clients bring along when a centre starts: a debt that can be paid, a credit that can be used."""

import pytest

from billing.models import Credit, Entry, Invoice
from billing.services import crediting, opening, sources, voiding
from billing.services.parts import Order
from tests.billing.desk import whole
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account, staff

pytestmark = pytest.mark.django_db


def opened(centre, balances: dict) -> int:
    cents = {client.pk: amount for client, amount in balances.items()}
    return opening.open_balances(organization=centre, balances=cents, by=None, on=TODAY, now=NOW)


def test_a_credit_brought_along_pays_an_invoice(centre):
    client, by = an_account(centre), staff("finance", centre)
    assert opened(centre, {client: -5_000}) == 1
    credit = Credit.objects.get()
    assert (credit.kind, credit.display_number, sources.available(client)) == ("opening", "NC-00001", 5_000)
    invoice = an_invoice(client, 2_000)
    order = Order(total=0, parts=whole(invoice), use_credit=True)
    crediting.settle(client=client, order=order, by=by, now=NOW)
    invoice.refresh_from_db()
    client.refresh_from_db()
    assert (invoice.balance, client.balance, sources.available(client)) == (0, -3_000, 3_000)


def test_balances_are_opened_once_for_ever(centre):
    owing, credited = an_account(centre), an_account(centre)
    balances = {owing: 4_000, credited: -1_500}
    assert (opened(centre, balances), opened(centre, balances)) == (2, 0)
    found = opening.opened_balances(organization=centre, client_ids=[owing.pk, credited.pk])
    assert found == {owing.pk: 4_000, credited.pk: -1_500}


def test_a_debt_brought_along_by_mistake_is_voided_in_the_books_as_well(centre):
    client, by = an_account(centre), staff("finance", centre)
    opened(centre, {client: 4_000})
    invoice = Invoice.objects.get()
    assert voiding.void(organization=centre, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW) == 1
    client.refresh_from_db()
    assert (client.balance, Entry.objects.filter(kind="invoice_void").count()) == (0, 1)


def test_voiding_a_free_invoice_leaves_the_debt_brought_along(centre):
    client, by = an_account(centre), staff("finance", centre)
    opened(centre, {client: 4_000})
    voiding.void(organization=centre, invoice_ids=[an_invoice(client, 0).pk], by=by, on=TODAY, now=NOW)
    client.refresh_from_db()
    assert client.balance == 4_000
