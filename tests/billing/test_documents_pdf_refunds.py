"""Money handed back, and deposits, on paper; and the papers that go with the letters."""

import pytest
from django.core import mail

from billing.documents.receipts import printable as printable_receipts
from billing.documents.receipts import receipt_facts, receipt_pdf
from billing.documents.refunds import printable, refund_facts, refund_name, refund_pdf
from billing.models import DeskRefund, Payment
from billing.services import handing_back
from messaging.services.sending import send_queued
from tests.billing.desk import received
from tests.billing.handed_back import a_credit, a_deposit, handed_back, released
from tests.billing.papers import NUMBERS, a_centre, a_payer, printed, squeezed, texts_in, words_of
from tests.billing.ways import an_invoice
from tests.builders import NOW, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer():
    return a_payer(a_centre(), "en", email="marie@example.com")


def refund_shown(refund: DeskRefund) -> DeskRefund:
    return printable(DeskRefund.objects.filter(pk=refund.pk)).get()


def receipt_shown(payment: Payment) -> dict:
    return receipt_facts(printable_receipts(Payment.objects.filter(pk=payment.pk)).get())


def test_a_refund_says_to_whom_how_and_out_of_what(payer):
    deposit, credit = a_deposit(payer, 5_000), a_credit(payer, 2_000)
    refund = handed_back(payer, (deposit, 5_000, True), (credit, 1_500), kind="cheque", reference="310", note="Merci")
    said = words_of(refund_facts(refund_shown(refund)))
    for told in ("Refund R-00001", "Given to", "Marie-Ève Tremblay", "Cheque 310", "Clé du gymnase", "Rabais", "Merci"):
        assert told in said
    assert [row[-1] for row in refund_facts(refund_shown(refund))["paid"]["rows"]] == ["$50.00", "$15.00"]
    assert refund_facts(refund_shown(refund))["due"]["value"] == "$65.00"
    assert NUMBERS["GST"] in said


def test_every_word_of_a_refund_is_on_the_page_and_the_bytes_stay(payer):
    refund = refund_shown(handed_back(payer, (a_credit(payer, 2_000), 2_000), note="Merci"))
    page = printed(refund_pdf(refund))
    missing = [text for text in texts_in(refund_facts(refund)) if squeezed(text) not in page]
    assert missing == []
    assert refund_pdf(refund) == refund_pdf(refund_shown(refund))
    assert refund_name(refund) == "refund-R-00001.pdf"


def test_a_voided_refund_says_so(payer):
    refund = handed_back(payer, (a_credit(payer, 2_000), 2_000))
    handing_back.void(refund=refund, by=staff("finance", payer.organization), now=NOW)
    facts = refund_facts(refund_shown(refund))
    assert facts["status"] == "Void"
    assert "entered by mistake" in facts["notice"]


def test_cb_9_the_receipt_of_a_deposit_says_that_it_is_one(payer):
    deposit = a_deposit(payer, 5_000)
    facts = receipt_shown(deposit)
    assert (facts["title"], facts["status"]) == (f"Deposit receipt {deposit.display_number}", "Deposit")
    assert "it pays no invoice yet" in facts["notice"]
    assert ("What the deposit is for", "Clé du gymnase") in facts["facts"]
    assert {row["label"]: row["value"] for row in facts["sums"]}["Held as a deposit"] == "$50.00"


def test_the_receipt_of_a_deposit_follows_what_becomes_of_it(payer):
    an_invoice(payer, 2_000)
    deposit = released(a_deposit(payer, 5_000), 2_500, pay=True)
    handed_back(payer, (deposit, 1_000, True))
    facts = receipt_shown(deposit)
    sums = {row["label"]: row["value"] for row in facts["sums"]}
    assert (sums["Held as a deposit"], sums["Refunded"], sums["Credit: Clé du gymnase"]) == (
        "$15.00",
        "−$10.00",
        "$5.00",
    )
    assert facts["refunds"]["rows"][0][1:] == ["Refunded · R-00001", "$10.00"]
    assert facts["due"]["value"] == "$40.00"
    assert receipt_pdf(printable_receipts(Payment.objects.filter(pk=deposit.pk)).get()).startswith(b"%PDF-")


def test_rf_7_the_receipt_of_a_payment_tells_what_went_back_by_hand(payer):
    payment = received(payer, an_invoice(payer, 2_000))
    handed_back(payer, (payment, 2_000))
    facts = receipt_shown(payment)
    assert (facts["status"], facts["due"]["value"]) == ("Refunded", "$0.00")


def test_the_papers_go_with_the_letters(payer):
    deposit = a_deposit(payer, 5_000)
    handed_back(payer, (deposit, 1_000, True))
    send_queued(clock=lambda: NOW)
    names = {attachment[0] for letter in mail.outbox for attachment in letter.attachments}
    assert names == {f"receipt-{deposit.display_number}.pdf", "refund-R-00001.pdf"}
