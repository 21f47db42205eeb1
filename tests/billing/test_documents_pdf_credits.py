"""A credit note on paper, and what an invoice says of its credits: to the cent, in the client's language."""

import pytest

from accounts.models import Account
from billing.documents.credits import copy_for_client, credit_facts, credit_name, credit_pdf, printable
from billing.documents.invoices import invoice_facts
from billing.documents.invoices import printable as printable_invoices
from billing.models import Credit, Invoice
from billing.services import credit_memos
from messaging.attaching import attachments
from messaging.models import Message
from tests.billing.credits import a_fee, a_memo, cancelled, given_up
from tests.billing.desk import received
from tests.billing.papers import a_centre, a_line, a_payer, invoiced, printed, squeezed, texts_in, words_of
from tests.builders import NOW, a_person, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return a_centre()


def shown(credit: Credit) -> Credit:
    return printable(Credit.objects.filter(pk=credit.pk)).get()


def said(credit: Credit) -> str:
    return words_of(credit_facts(shown(credit)))


def said_by(invoice: Invoice) -> str:
    return words_of(invoice_facts(printable_invoices(Invoice.objects.filter(pk=invoice.pk)).get()))


def a_cancellation(centre, language: str = "fr", **more: object) -> Credit:
    """Half of 100.00 with its taxes, for a child, less a fee of 5.00; all had been paid."""
    client = a_payer(centre, language)
    Account.objects.filter(pk=client.account_id).update(email="marie@example.com")
    child = a_person(client.account, "Léa Tremblay")
    invoice = invoiced(client, a_line(centre, cents=10_000, person_id=child.pk))
    received(client, invoice)
    return cancelled(invoice, 5_749, fee=a_fee(centre, 500), note="Cours annulé #1 *gras*", **more)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ("Note de crédit NC-00001", "TPS 5 %", "2,50 $", "4,99 $", "−5,00 $", "52,49 $", "21 novembre 2026")),
        ("en", ("Credit note NC-00001", "GST 5%", "$2.50", "$4.99", "−$5.00", "$52.49", "November 21, 2026")),
    ],
)
def test_it_says_what_is_taken_back_each_tax_with_its_number_and_the_fee(centre, language, expected):
    text = said(a_cancellation(centre, language))
    for words in ("Les Érables", "R 123456789", "1234567890 TQ 0001", "F-00001", "Léa Tremblay", *expected):
        assert words in text, words


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_that_it_is_given_to_say_can_be_read_on_the_page_and_by_a_program(centre, language):
    credit = shown(a_cancellation(centre, language))
    document = credit_pdf(credit)
    page = printed(document)
    assert [text for text in texts_in(credit_facts(credit)) if squeezed(text) not in page] == []
    assert b"/StructTreeRoot" in document


def test_the_same_books_give_the_same_bytes(centre):
    credit = a_cancellation(centre)
    assert credit_pdf(shown(credit)) == credit_pdf(shown(credit))
    assert credit_name(credit) == "credit-NC-00001.pdf"


def test_what_stands_on_it_adds_up(centre):
    credit = a_cancellation(centre)
    rows = {row["label"]: row["value"] for row in credit_facts(shown(credit))["sums"]}
    assert list(rows.values()) == [
        f"{cents}\N{NO-BREAK SPACE}$" for cents in ("45,00", "2,50", "4,99", "52,49", "−52,49")
    ]
    assert credit.total == 4_500 + 250 + 499


def test_a_voided_credit_says_so(centre):
    credit = a_memo(a_payer(centre, "en"), internal_note="pour Luc")
    assert "pour Luc" not in said(credit)
    credit_memos.void(credit=credit, by=staff("finance", centre), now=NOW)
    assert "This credit was voided on November 21, 2026." in said(credit)


def test_it_goes_with_the_letter(centre):
    credit = a_cancellation(centre, email=True)
    [file] = attachments("credit_note", Message.objects.get(kind="credit_note").facts)
    assert (file.name, file.content) == ("credit-NC-00001.pdf", credit_pdf(shown(credit)))
    assert copy_for_client({"credit_of": 0}) == []


def test_an_invoice_tells_what_was_paid_from_what_was_credited(centre):
    client = a_payer(centre, "en")
    invoice = invoiced(client, a_line(centre, cents=10_000))
    received(client, invoice)
    credit = cancelled(invoice, 5_749)
    text = said_by(invoice)
    for words in ("−$57.49", "Paid", "Credited", credit.display_number, "Annulation"):
        assert words in text
    cancelled(invoice)
    assert "All of this invoice was cancelled." in said_by(invoice)


def test_an_invoice_given_up_says_that_nothing_is_owed(centre):
    client = a_payer(centre, "en")
    invoice = invoiced(client, a_line(centre, cents=10_000))
    given_up(invoice, 11_498)
    text = said_by(invoice)
    assert "was written off" in text
    assert "Paid" not in text
