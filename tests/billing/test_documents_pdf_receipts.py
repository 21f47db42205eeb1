"""A receipt on paper: how money came, what it paid, what went back; and it goes with the letter that tells of it."""

import datetime as dt

import pytest
from django.core import mail

from accounts.models import Account
from billing.documents.receipts import has_receipt, printable, receipt_facts, receipt_name, receipt_pdf, taxes_within
from billing.models import Allocation, Attempt, Payment, Refund
from billing.services import disputing, refunding
from billing.services.returning import take_back
from messaging.models import Message
from messaging.rendering import compose
from messaging.services.sending import send_queued
from smartrec.money import parse_money
from tests.billing.desk import received
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, send_refunds
from tests.billing.papers import NUMBERS, a_centre, a_line, a_payer, invoiced, printed, squeezed, texts_in, words_of
from tests.billing.views.ways import settled
from tests.builders import NOW, TODAY, a_saved_method, an_authorization, staff
from wallet.processor import DisputeState, RefundOutcome, Verdict

pytestmark = pytest.mark.django_db
VERDICTS = {
    "succeeded": Verdict.SUCCEEDED,
    "returned": Verdict.SUCCEEDED,
    "pending": Verdict.PENDING,
    "declined": Verdict.DECLINED,
    "needs_client": Verdict.NEEDS_CLIENT,
    "not_sent": Verdict.NOT_SENT,
}


@pytest.fixture
def centre():
    return a_centre()


def shown(payment: Payment) -> Payment:
    return printable(Payment.objects.filter(pk=payment.pk)).get()


def paid(client, cents: int = 5_000, *, ended: str = "succeeded", kind: str = "card") -> Payment:
    """A payment by a saved method, of which the processor said that."""
    centre = client.organization
    known = {"processor_account": centre.processor_account, "created_by": staff("finance", centre), "created_at": NOW}
    numbered = {"number": Payment.objects.count() + 1, "kind": kind, "amount": cents, "currency": "CAD"}
    payment = Payment.objects.create(organization=centre, client=client, **numbered, **known)
    method = a_saved_method(client.account, kind)
    allowed = an_authorization(centre, method=method, processor_mandate="mandate_9" if kind == "bank" else "")
    payment.attempts.create(organization=centre, method=method, authorization=allowed, **known)
    settled(payment, VERDICTS.get(ended), charge="ch_123")
    attempt = payment.attempts.get()
    if ended == "returned":
        assert take_back(attempt=attempt, code="insufficient_funds", now=NOW)
    if ended == "cancelled":
        Attempt.objects.filter(pk=attempt.pk).move("cancelled", settled_at=NOW)
    assert payment.attempts.get().state == ended
    return payment


def link(payment: Payment, invoice, cents: int) -> None:
    Allocation.objects.create(payment=payment, item=invoice.items.first(), amount=cents, created_at=NOW)


def refunded(payment: Payment, cents: int, verdict: Verdict | None = Verdict.SUCCEEDED) -> None:
    """A part given back, as the processor said; nothing heard yet without a verdict."""
    refund = refunding.request_refund(payment=payment, amount=cents, by=payment.created_by, now=NOW)
    Refund.objects.filter(pk=refund.pk).move("sent", sent_at=NOW)
    if verdict:
        refunding.settle(refund=refund, outcome=RefundOutcome(verdict=verdict, refund=f"re_{refund.pk}"), now=NOW)
    payment.refresh_from_db()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("Receipt P-00001", "Visa ending in 4242", "November 21, 2026 at 9:30 a.m. (Eastern Standard Time)")),
        ("fr", ("P-00001", "4242", "21 novembre 2026 à 9 h 30 (heure normale de l’Est)", "50,00 $")),
    ],
)
def test_it_says_who_paid_how_when_and_under_which_reference(centre, language, expected):
    text = words_of(receipt_facts(shown(paid(a_payer(centre, language)))))
    for words in ("Centre Les Érables inc.", "info@erables.example", "Marie-Ève Tremblay", "ch_123", "CAD", *expected):
        assert words in text
    assert all(number in text for number in NUMBERS.values())


def test_all_that_it_is_given_to_say_can_be_read_on_the_page(centre):
    client = a_payer(centre, "fr")
    payment = paid(client, 11_498, kind="bank")
    link(payment, invoiced(client, a_line(centre, cents=10_000)), 9_000)
    refunded(payment, 1_000)
    Payment.objects.update(note="Merci de votre confiance")
    page = printed(receipt_pdf(shown(payment)))
    assert [text for text in texts_in(receipt_facts(shown(payment))) if squeezed(text) not in page] == []


def test_it_says_what_it_paid_and_the_taxes_within(centre):
    client = a_payer(centre, "en")
    invoice = invoiced(client, a_line(centre, cents=10_000))
    payment = paid(client, 11_498)
    link(payment, invoice, 11_498)
    facts = receipt_facts(shown(payment))
    assert facts["paid"]["rows"] == [[invoice.display_number, "Camp de jour", "–", "$114.98"]]
    assert [row["value"] for row in facts["sums"]] == ["$114.98", "$5.00", "$9.98"]
    assert facts["status"] == "Paid"


def test_a_line_paid_in_part_bears_its_taxes_in_proportion_to_the_cent(centre):
    client = a_payer(centre)
    invoice = invoiced(client, a_line(centre, cents=10_000))
    parts = [3_333, 8_165]
    for cents in parts:
        link(paid(client, cents), invoice, cents)
    within = [taxes_within(list(shown(payment).allocations.all())) for payment in Payment.objects.order_by("pk")]
    whole = [sum(one.values()) for one in within]
    assert abs(sum(whole) - invoice.tax_total) <= 1
    assert all(part < cents for part, cents in zip(whole, parts, strict=True))


def test_money_linked_to_nothing_says_so(centre):
    client = a_payer(centre, "en")
    payment = paid(client)
    assert receipt_facts(shown(payment))["paid"]["words"] == "Not linked to an invoice yet."
    link(payment, invoiced(client, a_line(centre)), 2_000)
    facts = receipt_facts(shown(payment))
    assert facts["paid"]["words"] == ""
    assert {row["label"]: row["value"] for row in facts["sums"]}["Not linked to an invoice yet"] == "$30.00"


def test_money_received_at_the_desk_says_how_and_on_which_day_and_what_is_a_credit(centre):
    client = a_payer(centre, "en")
    invoice = invoiced(client, a_line(centre))
    late = TODAY - dt.timedelta(days=3)
    more = {"kind": "cheque", "amount": 12_000, "on": late, "reference": "204", "credit_name": "Overpaid"}
    facts = receipt_facts(shown(received(client, invoice, **more)))
    assert dict(facts["facts"])["Date"] == "November 18, 2026"
    assert dict(facts["facts"])["Payment method"] == "Cheque 204"
    assert {row["label"]: row["value"] for row in facts["sums"]}["Credit: Overpaid"] == "$5.02"


def test_a_part_given_back_shows_with_its_day_and_a_refund_that_failed_does_not(centre):
    payment = paid(a_payer(centre, "en"))
    refunded(payment, 1_500)
    refunded(payment, 700, Verdict.DECLINED)
    refunded(payment, 300, None)
    facts = receipt_facts(shown(payment))
    assert (facts["status"], facts["due"]["value"]) == ("Partly refunded", "$35.00")
    assert facts["refunds"]["rows"] == [["2026-11-21", "Refunded", "$15.00"], ["2026-11-21", "Processing", "$3.00"]]


def test_a_payment_given_back_whole_says_so(centre):
    payment = paid(a_payer(centre, "en"))
    refunded(payment, 5_000)
    assert receipt_facts(shown(payment))["status"] == "Refunded"


@pytest.mark.parametrize("state", ["succeeded", "pending", "returned"])
def test_what_is_kept_is_the_payment_less_what_went_back(centre, state):
    payment = paid(a_payer(centre, "en"), kind="bank", ended=state)
    if state == "succeeded":
        refunded(payment, 1_234)
    facts = receipt_facts(shown(payment))
    moved = [parse_money(row["value"]) for row in facts["sums"] if not row["label"].startswith("Including")]
    assert sum(moved) == parse_money(facts["due"]["value"])


def test_an_e_check_on_its_way_is_no_proof_yet_and_names_its_agreement(centre):
    facts = receipt_facts(shown(paid(a_payer(centre, "en"), ended="pending", kind="bank")))
    assert facts["status"] == "Processing"
    assert "not yet proof" in facts["notice"]
    assert "mandate_9" in facts["mandate"]["words"]
    assert facts["due"]["label"] == "Amount being processed"


def test_a_debit_the_bank_returned_pays_nothing(centre):
    facts = receipt_facts(shown(paid(a_payer(centre, "en"), ended="returned", kind="bank")))
    assert (facts["status"], facts["due"]["value"]) == ("Returned by the bank", "$0.00")


def test_money_a_bank_took_back_is_not_said_to_be_paid(centre):
    payment = paid(a_payer(centre, "en"))
    lost = {"status": "lost", "reason": "fraudulent", "withdrawn": True, "final": True, "opened_at": NOW}
    found = DisputeState(dispute="dp_1", payment="pi_1", amount=5_000, **lost)
    assert disputing.record(payment=payment, found=found, asked_at=NOW)
    facts = receipt_facts(shown(payment))
    assert (facts["status"], facts["due"]["value"]) == ("Disputed", "$0.00")


@pytest.mark.parametrize("state", ["sent", "declined", "needs_client", "not_sent", "cancelled"])
def test_a_payment_that_took_no_money_has_no_receipt(centre, state):
    assert not has_receipt(shown(paid(a_payer(centre), ended=state)))


def test_a_card_typed_once_shows_by_its_brand_and_last_digits(centre):
    payment = paid(a_payer(centre, "en"))
    Attempt.objects.update(method=None, authorization=None, instrument="mastercard •• 4444")
    assert "Mastercard ending in 4444" in words_of(receipt_facts(shown(payment)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_an_accessible_pdf_and_the_same_books_give_the_same_bytes(centre, language):
    payment = paid(a_payer(centre, language))
    document = receipt_pdf(shown(payment))
    assert b"pdfuaid:part" in document
    assert receipt_pdf(shown(payment)) == document
    refunded(payment, 100)
    assert receipt_pdf(shown(payment)) != document


def test_a_real_refund_shows(sandbox):
    attempt = a_paid_invoice(a_centre(processor_account=""), sandbox)
    a_refund(attempt, 500)
    send_refunds()
    Account.objects.update(language="en")
    facts = receipt_facts(shown(attempt.payment))
    assert (facts["status"], facts["due"]["value"]) == ("Partly refunded", "$15.00")
    assert facts["paid"]["rows"][0][-1] == "$15.00"


@pytest.mark.django_db(transaction=True)
def test_the_letter_about_money_received_carries_its_receipt(sandbox):
    attempt = a_paid_invoice(a_centre(processor_account=""), sandbox, BANK)
    letter = Message.objects.get(kind="receipt")
    [(name, content, kind)] = compose(letter).attachments
    assert (name, kind) == (receipt_name(attempt.payment), "application/pdf")
    assert content == receipt_pdf(shown(attempt.payment)) == compose(letter).attachments[0][1]
    send_queued(clock=lambda: NOW + dt.timedelta(days=1))
    [sent] = [one for one in mail.outbox if "Visa" not in one.subject and one.attachments]
    assert [part[2] for part in sent.attachments] == ["application/pdf"]
