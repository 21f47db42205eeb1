"""An account statement on paper: it agrees with the books to the cent, whatever the two days."""

import datetime as dt

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.documents.statements import printable, statement_facts, statement_name, statement_pdf
from billing.models import Transfer
from billing.services import voiding
from smartrec.money import parse_money
from tests.billing.given_back import a_paid_invoice, a_refund, send_refunds
from tests.billing.papers import a_centre, a_line, a_payer, invoiced, printed, squeezed, texts_in, words_of
from tests.builders import NOW, TODAY, an_opening_balance, staff

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(days=7)


@pytest.fixture
def centre():
    return a_centre()


@pytest.fixture
def client(centre):
    """Three invoices a week apart, one of them voided today, over an opening credit."""
    client = a_payer(centre, "en")
    an_opening_balance(client, -1_234)
    first, *_others = (invoiced(client, a_line(centre), on=TODAY - weeks * WEEK) for weeks in (3, 2, 1))
    voiding.void(organization=centre, invoice_ids=[first.pk], by=staff("finance", centre), on=TODAY, now=NOW)
    return client


def shown(client):
    return printable(type(client).objects.filter(pk=client.pk)).get()


def said(client, first: dt.date, last: dt.date) -> dict:
    return statement_facts(shown(client), first=first, last=last)


def cents(text: str) -> int:
    return parse_money(text.removesuffix("credit"))


def booked(client, *, until: dt.date) -> int:
    """What the client owed at the end of that day, by the transfers alone."""
    moved = Transfer.objects.filter(client=client, entry__happened_on__lte=until)
    debits = moved.filter(debit__kind="receivable").aggregate(n=Sum("amount", default=0))["n"]
    return debits - moved.filter(credit__kind="receivable").aggregate(n=Sum("amount", default=0))["n"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(-30, 5), length=st.integers(0, 40))
def test_it_opens_and_closes_on_what_the_books_say(client, start, length):
    first = TODAY + dt.timedelta(days=start)
    last = first + dt.timedelta(days=length)
    facts = said(client, first, last)
    opened, charged, paid = (cents(row["value"]) for row in facts["sums"])
    assert opened == booked(client, until=first - dt.timedelta(days=1))
    assert opened + charged + paid == cents(facts["due"]["value"]) == booked(client, until=last)


def test_each_line_carries_the_balance_on(client):
    rows = said(client, TODAY - 4 * WEEK, TODAY)["movements"]["rows"]
    balance = cents(rows[0][4])
    for _day, _what, charged, paid, after in rows[1:]:
        balance += cents(charged or "0.00") - cents(paid or "0.00")
        assert balance == cents(after)
    assert len(rows) == 1 + 5
    client.refresh_from_db()
    assert balance == client.balance


def test_it_says_what_happened_from_when_to_when(client):
    text = words_of(said(client, TODAY - 4 * WEEK, TODAY))
    for words in ("Account statement", "October 24, 2026", "November 21, 2026", "Camp de jour", "Invoice voided F-"):
        assert words in text
    assert "Opening balance" in text


def test_all_that_it_is_given_to_say_can_be_read_on_the_page(client):
    period = {"first": TODAY - 4 * WEEK, "last": TODAY}
    page = printed(statement_pdf(shown(client), **period))
    assert [text for text in texts_in(said(client, **period)) if squeezed(text) not in page] == []


def test_a_credit_says_that_it_is_one(client):
    facts = said(client, TODAY - 9 * WEEK, TODAY - 4 * WEEK)
    assert facts["due"]["value"] == "$0.00"
    an_opening_balance(client, -50_000)
    facts = said(client, TODAY, TODAY)
    assert facts["due"]["label"].startswith("Credit on")
    assert facts["due"]["value"].endswith("credit")


def test_payments_and_refunds_show_and_what_is_on_its_way_does_not(sandbox):
    attempt = a_paid_invoice(a_centre(processor_account=""), sandbox)
    payer = attempt.payment.client
    a_refund(attempt, 500)
    send_refunds()
    a_refund(attempt, 300)
    day = dt.timedelta(days=400)
    facts = said(payer, TODAY - day, TODAY + day)
    amounts = [(charged, paid) for _day, _what, charged, paid, _after in facts["movements"]["rows"][1:]]
    assert [tuple(map(bool, pair)) for pair in amounts] == [(True, False), (False, True), (True, False)]
    payer.refresh_from_db()
    assert cents(facts["due"]["value"].replace(" $", "").replace("\xa0", "")) == payer.balance == 500


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_an_accessible_pdf_and_the_same_books_give_the_same_bytes(client, language):
    client.account.language = language
    client.account.save()
    period = {"first": TODAY - 4 * WEEK, "last": TODAY}
    document = statement_pdf(shown(client), **period)
    assert b"pdfuaid:part" in document
    assert statement_pdf(shown(client), **period) == document
    assert statement_name(client, **period) == f"statement-{client.display_number}-2026-10-24-2026-11-21.pdf"
