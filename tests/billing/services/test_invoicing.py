import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Client
from billing.models import Entry, Invoice, NumberSeries, Transfer
from billing.services import invoicing, voiding
from billing.services.invoicing import Draft, Line, Terms
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


def balance(client: Client) -> int:
    return Client.objects.get(pk=client.pk).balance


def test_an_invoice_with_quebec_taxes_is_owed_and_booked():
    organization = an_organization()
    quebec_taxes(organization)
    client = an_account(organization)
    invoice = an_invoice(client, 10_000, taxed=True)
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (10_000, 1_498, 11_498)
    assert balance(client) == 11_498
    legs = Transfer.objects.values_list("debit__kind", "credit__kind", "amount").order_by("amount")
    assert list(legs) == [("receivable", "tax", 500), ("receivable", "tax", 998), ("receivable", "revenue", 10_000)]


def test_in_7_an_item_carries_its_ledger_code():
    invoice = an_invoice(an_account(an_organization()))
    assert [item.ledger_code.code for item in invoice.items.all()] == ["4100"]


def test_numbers_follow_each_other_in_each_organization():
    one, other = an_organization(), an_organization()
    numbers = [an_invoice(an_account(one)).number for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert an_invoice(an_account(other)).number == 1


def test_a_rollback_gives_its_numbers_back():
    organization = an_organization()
    client = an_account(organization)
    with transaction.atomic():
        an_invoice(client)
        transaction.set_rollback(True)
    assert an_invoice(client).number == 1


def test_a_thousand_invoices_are_one_batch_with_consecutive_numbers():
    organization = an_organization()
    client = an_account(organization)
    line = Line(description="Frais", unit_price=2_000, ledger_code_id=a_ledger_code(organization).pk)
    ids = invoicing.issue(
        organization=organization,
        drafts=[Draft(client_id=client.pk, lines=[line])] * 1000,
        terms=Terms(issued_on=TODAY, due_on=TODAY),
        by=None,
        now=NOW,
    )
    assert list(Invoice.objects.filter(pk__in=ids).order_by("pk").values_list("number", flat=True)) == list(
        range(1, 1001)
    )
    assert balance(client) == 2_000_000


def test_an_invoice_for_nothing_is_issued_without_an_entry():
    client = an_account(an_organization())
    invoice = an_invoice(client, 0)
    assert (invoice.total, Entry.objects.count(), balance(client)) == (0, 0, 0)


def test_the_same_opening_is_never_issued_twice():
    organization = an_organization()
    client = an_account(organization)
    line = Line(description="Solde", unit_price=100, ledger_code_id=a_ledger_code(organization).pk)
    draft = Draft(client_id=client.pk, lines=[line], reference=f"opening/{client.pk}")
    terms = Terms(issued_on=TODAY, due_on=TODAY)
    invoicing.issue(organization=organization, drafts=[draft], terms=terms, by=None, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        invoicing.issue(organization=organization, drafts=[draft], terms=terms, by=None, now=NOW)
    assert (Invoice.objects.count(), balance(client), NumberSeries.objects.get().next_number) == (1, 100, 2)


def test_voiding_takes_the_debt_back_by_a_mirror_entry():
    organization = an_organization()
    client, invoice = an_account(organization), None
    invoice = an_invoice(client)
    by = staff("finance", organization)
    assert voiding.void(organization=organization, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW) == 1
    assert (Invoice.objects.get().state, balance(client)) == ("void", 0)
    assert Entry.objects.get(reverses__isnull=False).reverses.reference == f"invoice/{invoice.pk}/issued"


def test_voiding_twice_or_elsewhere_moves_nothing():
    organization, other = an_organization(), an_organization()
    invoice, by = an_invoice(an_account(organization)), staff("finance", organization)
    assert voiding.void(organization=other, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW) == 0
    voiding.void(organization=organization, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW)
    assert voiding.void(organization=organization, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW) == 0
    assert Entry.objects.count() == 2


def test_status_words():
    invoice = an_invoice(an_account(an_organization()))
    assert invoice.status(TODAY) == "open"
    assert invoice.status(TODAY + dt.timedelta(days=11)) == "overdue"
