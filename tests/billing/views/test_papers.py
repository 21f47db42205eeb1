"""Downloads: an invoice, a receipt, a statement, each for whom it concerns and nobody else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.documents import invoices, receipts, statements
from billing.models import Invoice, Payment
from tests.billing.desk import received
from tests.billing.papers import a_centre, a_line, a_payer, invoiced
from tests.billing.views.ways import a_finished_charge, at, signed_in
from tests.builders import TODAY, a_user, an_account, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}
QUERY = "from=2026-11-01&to=2026-11-30"


@pytest.fixture
def centre():
    return a_centre()


@pytest.fixture
def payer(centre):
    return a_payer(centre, user=a_user("marie@example.com", language="en"))


@pytest.fixture
def invoice(payer, centre):
    return invoiced(payer, a_line(centre))


def is_a_file(response, name: str) -> bytes:
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in response["Cache-Control"]
    return response.content


def test_staff_download_an_invoice(centre, desk, invoice):
    page = desk.get(at(centre, "invoice-file", invoice.pk))
    rows = invoices.printable(Invoice.objects.all())
    assert is_a_file(page, f"invoice-{invoice.display_number}.pdf") == invoices.invoice_pdf(rows.get(pk=invoice.pk))
    assert at(centre, "invoice-file", invoice.pk) in desk.get(at(centre, "invoice", invoice.pk)).content.decode()


def test_staff_and_the_payer_download_the_same_receipt(centre, desk, payer, invoice, client):
    payment = received(payer, invoice)
    theirs = desk.get(at(centre, "payment-receipt", payment.pk))
    expected = receipts.receipt_pdf(receipts.printable(Payment.objects.all()).get(pk=payment.pk))
    assert is_a_file(theirs, f"receipt-{payment.display_number}.pdf") == expected
    assert at(centre, "payment-receipt", payment.pk) in desk.get(at(centre, "payment", payment.pk)).content.decode()
    client.force_login(payer.account.user)
    own = reverse("my-payment-receipt", args=[payment.pk])
    assert client.get(own).content == expected
    assert own in client.get(reverse("my-payment", args=[payment.pk])).content.decode()


def test_nobody_downloads_another_household_s_receipt(centre, payer, invoice, client):
    stranger = a_user()
    an_account(centre, "Autre", user=stranger)
    client.force_login(stranger)
    assert client.get(reverse("my-payment-receipt", args=[received(payer, invoice).pk])).status_code == 404


def test_a_payment_that_took_no_money_has_none_and_its_page_offers_none(centre, desk):
    run = a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "insufficient_funds")])
    payment = run.payments.get()
    answer = desk.get(at(centre, "payment-receipt", payment.pk), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(at(centre, "payment", payment.pk), 303)]
    assert "this payment took no money" in page
    assert at(centre, "payment-receipt", payment.pk) not in page


def test_a_statement_is_asked_for_by_its_days(centre, desk, payer, invoice):
    asked = desk.get(at(centre, "client-statement", payer.pk))
    assert (asked.status_code, str(timezone.localdate().year) in asked.content.decode()) == (200, True)
    sent = desk.post(at(centre, "client-statement", payer.pk), PERIOD)
    assert (sent.status_code, sent["Location"]) == (303, at(centre, "client-statement-file", payer.pk, query=QUERY))
    document = is_a_file(desk.get(sent["Location"]), f"statement-{payer.display_number}-2026-11-01-2026-11-30.pdf")
    row = statements.printable(type(payer).objects.all()).get(pk=payer.pk)
    first, last = (TODAY.replace(day=day) for day in (1, 30))
    assert document == statements.statement_pdf(row, first=first, last=last)


@pytest.mark.parametrize("query", ["", "from=2026-11-30&to=2026-11-01", "from=yesterday&to=2026-11-01"])
def test_days_that_make_no_period_are_asked_for_again(centre, desk, payer, query):
    answer = desk.get(at(centre, "client-statement-file", payer.pk, query=query))
    assert (answer.status_code, answer["Location"]) == (303, at(centre, "client-statement", payer.pk))


def test_a_period_that_ends_before_it_begins_says_so(centre, desk, payer):
    backwards = {"from": "2026-11-30", "to": "2026-11-01"}
    answer = desk.post(at(centre, "client-statement", payer.pk), backwards)
    assert answer.status_code == 422
    assert "The last day comes before the first." in answer.content.decode()


def test_another_organization_s_papers_do_not_exist(payer, invoice):
    elsewhere = an_organization("ailleurs")
    desk = signed_in("finance", elsewhere)
    payment = received(payer, invoice)
    for name, key in (("invoice-file", invoice.pk), ("payment-receipt", payment.pk), ("client-statement", payer.pk)):
        assert desk.get(at(elsewhere, name, key)).status_code == 404
    assert desk.get(at(elsewhere, "client-statement-file", payer.pk, query=QUERY)).status_code == 404
