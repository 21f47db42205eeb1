"""The screen of payments registered together: bring a file or paste rows, see what each would pay, say yes once."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.models import Allocation, Payment, PaymentBatch
from smartrec.devstack.places import ROOT
from tests.billing.ways import an_invoice
from tests.builders import NOW, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
HEADINGS = "Client number,Amount,Payment method,Date,Reference\n"


@pytest.fixture
def centre():
    return an_organization("erables")


@pytest.fixture
def payers(centre):
    clients = [an_account(centre, name, email="p@example.com") for name in ("Anne Roy", "Luc Côté")]
    for client in clients:
        an_invoice(client, 2_000)
    return clients


@pytest.fixture
def finance(client, centre):
    client.force_login(staff("finance", centre))
    return client


def url(name, *args):
    return reverse(name, args=["erables", *args])


def bring(browser, text, **typed):
    typed = {"kind": "cheque", "on": "2026-11-20", **typed}
    if text is not None:
        typed["file"] = SimpleUploadedFile("slip.csv", text.encode())
    response = browser.post(url("payments-register"), typed)
    return response, PaymentBatch.objects.order_by("pk").last()


def rows_of(payers) -> str:
    lines = [f"{client.display_number},20.00,cheque,2026-11-20,{n}" for n, client in enumerate(payers, 204)]
    return HEADINGS + "\n".join(lines) + "\n"


def yes(browser, batch, **typed):
    typed = {"count": "2", "total": "4000", **typed}
    return browser.post(url("payments-register-yes", batch.pk), typed, follow=True).content.decode()


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):

    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_a_file_is_reviewed_and_registers_nothing(finance, payers):
    response, batch = bring(finance, rows_of(payers))
    assert response.headers["Location"] == url("payments-register-review", batch.pk)
    page = finance.get(response.headers["Location"]).content.decode()
    assert "Register 2 payments, $40.00" in page
    assert "Anne Roy" in page
    assert "Cheque 204" in page
    assert not Payment.objects.exists()


def test_saying_yes_registers_once(finance, payers):
    _response, batch = bring(finance, rows_of(payers))
    assert "2 payments registered." in yes(finance, batch)
    assert "registered already" in yes(finance, batch)
    assert (Payment.objects.count(), Allocation.objects.count()) == (2, 2)
    assert "P-00002" in finance.get(url("payments-register-review", batch.pk)).content.decode()
    assert "slip.csv" in finance.get(url("payments-register")).content.decode()


def test_pasted_rows_take_the_method_and_the_day_of_the_form(finance, payers):
    pasted = f"Client\tMontant\tRéférence\n{payers[0].number}\t12,50\t77\n"
    _response, batch = bring(finance, None, pasted=pasted, kind="transfer", on="2026-11-19")
    yes(finance, batch, count="1", total="1250")
    payment = Payment.objects.get()
    assert (payment.kind, str(payment.received_on), payment.amount, payment.reference) == (
        *("transfer", "2026-11-19", 1_250, "77"),
    )


def test_a_workbook_by_the_number_clients_came_with(finance, payers, centre):
    centre.clients.filter(pk=payers[1].pk).update(external_id="F-0099")
    book = openpyxl.Workbook()
    book.active.append(["Foyer", "Montant", "No de chèque"])
    book.active.append(["F-0099", 20, 311])
    content = io.BytesIO()
    book.save(content)
    file = SimpleUploadedFile("bordereau.xlsx", content.getvalue())
    finance.post(url("payments-register"), {"file": file, "kind": "cheque", "on": "2026-11-20"})
    yes(finance, PaymentBatch.objects.get(), count="1", total="2000")
    assert Payment.objects.get().client == payers[1]


BAD = {
    "C-99999,20.00,cheque,2026-11-20,9": "No client has this number.",
    "{0},0,cheque,2026-11-20,9": "Enter an amount above zero.",
    "{0},-5.00,cheque,2026-11-20,9": "Enter an amount above zero.",
    "{0},12.345,cheque,2026-11-20,9": "can be read as two amounts",
    "{0},1 USD,cheque,2026-11-20,9": "is not an amount.",
    "{0},99999999999999,cheque,2026-11-20,9": "This amount is too large.",
    "{0},20.00,cheque,2027-01-01,9": "Money cannot be received after today.",
    "{0},20.00,cheque,2026-11-20,204": "The same reference as line 2.",
    "{0},20.00,cheque,2026-11-20,": "Enter the cheque number.",
    "{0},20.00,barter,2026-11-20,9": "is not one of the expected words.",
    ",20.00,cheque,2026-11-20,9": "This cell is empty.",
    "{0},20.00,cheque,2026-11-20,4242 4242 4242 4242": "card numbers are never kept",
}


@pytest.mark.parametrize(("line", "words"), BAD.items())
def test_a_wrong_line_is_told_and_keeps_all_from_being_registered(finance, payers, line, words):
    text = rows_of(payers[:1]) + line.format(payers[0].display_number) + "\n"
    _response, batch = bring(finance, text)
    page = finance.get(url("payments-register-review", batch.pk)).content.decode()
    assert words in page
    assert "Register 1 payment, $20.00" in page
    assert "1 line to correct is left out." in page
    assert "Nothing was registered." in yes(finance, batch, count="1", total="2000")
    assert not Payment.objects.exists()
    yes(finance, batch, count="1", total="2000", skip_bad="on")
    assert Payment.objects.get().reference == "204"


def test_money_above_the_debts_is_a_credit_only_with_a_name(finance, payers):
    text = rows_of(payers).replace("20.00", "25.00")
    _response, batch = bring(finance, text)
    assert (
        "$10.00 is more than what these clients owe"
        in finance.get(url("payments-register-review", batch.pk)).content.decode()
    )
    assert "$10.00 more than what is due" in yes(finance, batch, total="5000", credit_name=" ")
    assert not Payment.objects.exists()
    yes(finance, batch, total="5000", credit_name="Summer camp")
    assert set(Payment.objects.values_list("credit_name", "allocated")) == {("Summer camp", 2_000)}


def test_what_changed_since_the_screen_is_not_registered(finance, payers):
    _response, batch = bring(finance, rows_of(payers))
    assert "changed meanwhile" in yes(finance, batch, total="3999")
    assert not Payment.objects.exists()


def test_the_same_file_brought_again_says_so(finance, payers):
    text = HEADINGS + f"{payers[0].number},5.00,cash,2026-11-20,\n"
    _response, batch = bring(finance, text)
    yes(finance, batch, count="1", total="500")
    _response, again = bring(finance, text)
    page = finance.get(url("payments-register-review", again.pk)).content.decode()
    assert "The same rows were registered on" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "Choose a file, or paste rows."), ("Name,Amount\nRoy,5\n", "These columns are missing"), ("", "")],
)
def test_what_cannot_be_read_at_all_is_refused_with_the_form(finance, text, words):
    response, batch = bring(finance, text)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert batch is None


def test_the_example_can_be_brought_as_it_is(finance, payers):
    content = finance.get(url("payments-register-example")).content
    _response, batch = bring(finance, None, file=SimpleUploadedFile("example.csv", content))
    assert batch is not None


def test_the_sample_file_reads(finance, centre):
    for number in range(1, 6):
        centre.clients.filter(pk=an_account(centre, f"Roy {number}").pk).update(number=number)
    sample = (ROOT / "samples" / "payments.csv").read_text()
    _response, batch = bring(finance, sample)
    assert "Register 5 payments, $522.85" in finance.get(url("payments-register-review", batch.pk)).content.decode()


def test_the_desk_may_and_a_coordinator_may_not(client, centre, payers):
    for role, code in (("front_desk", 200), ("coordinator", 403)):
        client.force_login(staff(role, centre))
        assert client.get(url("payments-register")).status_code == code
