"""An invoice on paper: it says what the rows say, to the cent, in the client's language, and always the same bytes."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import Account
from billing.documents.invoices import invoice_facts, invoice_name, invoice_pdf, invoice_pdfs, printable
from billing.models import Allocation, Invoice, Payment
from billing.services import voiding
from smartrec.money import parse_money
from tests.billing.papers import a_centre, a_line, a_payer, invoiced, printed, squeezed, texts_in, words_of
from tests.builders import NOW, TODAY, a_person, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return a_centre()


def shown(invoice: Invoice) -> Invoice:
    return printable(Invoice.objects.filter(pk=invoice.pk)).get()


def said(invoice: Invoice) -> str:
    return words_of(invoice_facts(shown(invoice)))


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b", document))


def pay(invoice: Invoice, cents: int, *, at: dt.datetime = NOW) -> Payment:
    """Money linked to the first line of an invoice."""
    known = {"organization": invoice.organization, "client": invoice.client, "currency": "CAD", "created_at": at}
    more = {"number": Payment.objects.count() + 1, "kind": "card", "amount": cents}
    payment = Payment.objects.create(**known, **more)
    Allocation.objects.create(payment=payment, item=invoice.items.first(), amount=cents, created_at=at)
    return payment


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ("TPS 5 %", "TVQ 9,975 %", "1 149,75 $", "1er décembre 2026", "21 novembre 2026")),
        ("en", ("GST 5%", "QST 9.975%", "$1,149.75", "December 1, 2026", "November 21, 2026")),
    ],
)
def test_it_says_who_to_whom_what_and_under_which_tax_numbers(centre, language, expected):
    invoice = invoiced(a_payer(centre, language), a_line(centre, cents=25_000, quantity=4), note="À bientôt")
    text = said(invoice)
    for words in ("Les Érables", "Centre Les Érables inc.", "1, rue du Parc", "info@erables.example", "450 555-0100"):
        assert words in text
    for words in ("Marie-Ève Tremblay", "12, rue des Érables", "Longueuil (QC)  J4B 5K2", invoice.display_number):
        assert words in text
    for words in ("R 123456789", "1234567890 TQ 0001", "Camp de jour", "À bientôt", *expected):
        assert words in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_that_it_is_given_to_say_can_be_read_on_the_page(centre, language):
    client = a_payer(centre, language)
    lines = [a_line(centre, person_id=client.account.owner_id), a_line(centre, "Natation", 4_321)]
    invoice = invoiced(client, *lines, note="À bientôt, #1 *gras* $5")
    pay(invoice, 4_000)
    page = printed(invoice_pdf(shown(invoice)))
    assert [text for text in texts_in(invoice_facts(shown(invoice))) if squeezed(text) not in page] == []


def test_an_internal_note_is_for_staff_alone(centre):
    invoice = invoiced(a_payer(centre), a_line(centre), internal_note="mauvais payeur")
    assert "mauvais payeur" not in said(invoice)


def test_what_stands_on_it_adds_up_to_the_row(centre):
    client = a_payer(centre, "en")
    lines = [a_line(centre, f"Line {n}", 3_333 + n, quantity=n) for n in range(1, 6)]
    invoice = invoiced(client, *lines, a_line(centre, "Exempt", 999, taxes=()))
    facts = invoice_facts(shown(invoice))
    amounts = [parse_money(row[-1]) for row in facts["lines"]["rows"]]
    subtotal, *taxes, total = (parse_money(row["value"]) for row in facts["sums"])
    assert sum(amounts) == subtotal == invoice.subtotal
    assert (sum(taxes), total) == (invoice.tax_total, invoice.total)
    assert parse_money(facts["due"]["value"]) == invoice.balance


def test_a_part_that_is_paid_shows_with_its_payment_and_the_rest_is_due(centre):
    invoice = invoiced(a_payer(centre, "en"), a_line(centre))
    payment = pay(invoice, 4_000)
    facts = invoice_facts(shown(invoice))
    assert facts["status"] == "Paid in part"
    assert facts["due"]["value"] == "$74.98"
    assert facts["payments"]["rows"] == [["2026-11-21", payment.display_number, "Card", "$40.00"]]


def test_a_paid_one_says_on_which_day_at_the_centre(centre):
    invoice = invoiced(a_payer(centre, "fr"), a_line(centre))
    pay(invoice, invoice.total, at=dt.datetime(2026, 12, 2, 3, 0, tzinfo=dt.UTC))
    facts = invoice_facts(shown(invoice))
    assert facts["status"].endswith("1er\xa0décembre 2026")
    assert facts["due"]["value"].replace("\xa0", " ") == "0,00 $"


def test_a_void_one_says_so_and_asks_for_nothing(centre):
    invoice = invoiced(a_payer(centre, "en"), a_line(centre))
    by = staff("finance", centre)
    assert voiding.void(organization=centre, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW)
    facts = invoice_facts(shown(invoice))
    assert (facts["status"], facts["due"]["value"]) == ("Void", "$0.00")
    assert "voided on November 21, 2026" in facts["notice"]


def test_a_line_for_somebody_says_for_whom(centre):
    client = a_payer(centre, "en")
    lea = a_person(client.account, "Léa Tremblay")
    facts = invoice_facts(shown(invoiced(client, a_line(centre, person_id=lea.pk), a_line(centre, "Pool"))))
    assert [row[1] for row in facts["lines"]["rows"]] == ["Léa Tremblay", "–"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_an_accessible_pdf_and_the_same_books_give_the_same_bytes(centre, language):
    invoice = invoiced(a_payer(centre, language), a_line(centre))
    with timezone.override("Asia/Tokyo"):
        document = invoice_pdf(shown(invoice))
    assert document.startswith(b"%PDF-")
    for mark in (b"pdfuaid:part", b"/StructTreeRoot", b"/MarkInfo"):
        assert mark in document
    assert f"/Lang({language}-CA)".encode() in document.replace(b"/Lang (", b"/Lang(")
    assert invoice_pdf(shown(invoice)) == document
    pay(invoice, 100)
    assert invoice_pdf(shown(invoice)) != document


@pytest.mark.parametrize(
    "name",
    [
        "#let x = 1 *gras* $5 <script>alert(1)</script> @ref \\",
        "Łukasz Nguyễn Мария 李小龙 🙂",
        "Wolfeschlegelsteinhausenbergerdorff" * 4,
    ],
)
def test_no_name_breaks_it(centre, name):
    client = a_payer(centre, name="X")
    client.account.owner.last_name = name[:80]
    client.account.owner.save()
    invoice = invoiced(client, a_line(centre, name[:150], person_id=client.account.owner_id), note=name)
    assert invoice_pdf(shown(invoice)).startswith(b"%PDF-")


def test_two_hundred_lines_take_several_pages(centre):
    client = a_payer(centre)
    short, long = (invoiced(client, *[a_line(centre, f"Ligne {n}") for n in range(many)]) for many in (3, 200))
    assert pages(invoice_pdf(shown(short))) == 1
    assert pages(invoice_pdf(shown(long))) > 4


def test_a_centre_that_says_little_of_itself_has_invoices_too():
    bare = an_organization(brand_color="red;", default_language="en")
    client = a_payer(bare, address_line1="", address_city="", address_province="", address_postal_code="")
    assert invoice_pdf(shown(invoiced(client, a_line(bare)))).startswith(b"%PDF-")


def test_many_are_made_with_as_few_questions_as_one(centre, django_assert_num_queries):
    invoices = [invoiced(a_payer(centre, name=f"P {n}"), a_line(centre)) for n in range(5)]
    pay(invoices[0], 100)
    pay(invoices[3], 200)
    with django_assert_num_queries(7):
        made = dict(invoice_pdfs(Invoice.objects.order_by("pk")))
    assert list(made) == [invoice_name(invoice) for invoice in invoices]
    assert made[invoice_name(invoices[3])] == invoice_pdf(shown(invoices[3]))


def test_an_unknown_language_is_the_organization_s(centre):
    invoice = shown(invoiced(a_payer(centre, "en"), a_line(centre)))
    invoice.client.account.language = ""
    assert invoice_facts(invoice)["language"] == "fr"
    assert Account.objects.get(pk=invoice.client.account_id).language == "en"
