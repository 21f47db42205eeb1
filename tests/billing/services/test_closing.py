"""Closed periods: nothing typed is dated there, what comes later is booked later, and closing waits for the books."""

import datetime as dt
import threading
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Organization, Trail
from billing.models import AccountCode, Credit, Entry, Invoice, Payment
from billing.services import (
    cancelling,
    closing,
    credit_memos,
    depositing,
    handing_back,
    invoicing,
    returning,
    voiding,
    writing_credits,
    writing_off,
)
from billing.services.cancel_plans import Cancellation, Part
from billing.services.credit_memos import Memo
from billing.services.invoicing import Draft, Line, Terms
from billing.services.parts import Notes
from billing.services.receiving import Received
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, send_refunds
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, a_ledger_code, a_tax, an_account, an_organization, staff
from tests.races.racing import race

pytestmark = pytest.mark.django_db
OCTOBER = dt.date(2026, 10, 31)
YESTERDAY = TODAY - dt.timedelta(days=1)


@pytest.fixture
def owner(centre):
    return staff("owner", centre)


def close(centre, owner, through=OCTOBER) -> bool:
    done = closing.close(organization=centre, through=through, by=owner, now=NOW)
    centre.refresh_from_db()
    return done


def test_the_books_are_closed_up_to_a_day_and_the_trail_says_who(centre, owner):
    assert (close(centre, owner), close(centre, owner)) == (True, False)
    assert centre.books_closed_on == OCTOBER
    assert Trail.objects.filter(verb="books_closed", actor=owner).count() == 1


@pytest.mark.parametrize("through", [TODAY, TODAY + dt.timedelta(days=1)])
def test_a_day_that_is_not_over_is_not_closed(centre, owner, through):
    with pytest.raises(Refused, match="Only days that are over"):
        close(centre, owner, through)
    centre.refresh_from_db()
    assert centre.books_closed_on is None


def test_going_back_is_a_decision_of_its_own(centre, owner):
    close(centre, owner)
    with pytest.raises(Refused, match="open the period again"):
        close(centre, owner, dt.date(2026, 9, 30))
    closing.reopen(organization=centre, through=dt.date(2026, 9, 30), by=owner, now=NOW)
    closing.reopen(organization=centre, through=None, by=owner, now=NOW)
    centre.refresh_from_db()
    assert centre.books_closed_on is None
    assert list(Trail.objects.filter(verb__startswith="books_").order_by("pk").values_list("verb", flat=True)) == [
        "books_closed",
        "books_reopened",
        "books_all_open",
    ]


def test_money_is_not_received_in_a_closed_period(centre, owner):
    client = an_account(centre)
    invoice = an_invoice(client, days_ago=40)
    close(centre, owner)
    client.refresh_from_db()
    with pytest.raises(Refused, match="The books are closed until"):
        received(client, invoice, on=dt.date(2026, 10, 30))
    assert (Payment.objects.count(), Entry.objects.count()) == (0, 1)
    assert received(client, invoice, on=dt.date(2026, 11, 1)).amount == 2_000


def test_no_invoice_is_dated_in_a_closed_period_and_none_is_voided_there(centre, owner):
    invoice = an_invoice(an_account(centre), days_ago=40)
    close(centre, owner, YESTERDAY)
    line = Line(description="Cours", unit_price=100, ledger_code_id=a_ledger_code(centre).pk)
    draft = Draft(client_id=invoice.client_id, lines=[line])
    terms = Terms(issued_on=YESTERDAY, due_on=TODAY)
    with pytest.raises(Refused, match="The books are closed until"):
        invoicing.issue(organization=centre, drafts=[draft], terms=terms, by=owner, now=NOW)
    with pytest.raises(Refused, match="The books are closed until"):
        voiding.void(organization=centre, invoice_ids=[invoice.pk], by=owner, on=YESTERDAY, now=NOW)
    assert (Invoice.objects.count(), Entry.objects.count()) == (1, 1)
    assert voiding.void(organization=centre, invoice_ids=[invoice.pk], by=owner, on=TODAY, now=NOW) == 1


GESTURE = writing_credits.Terms(on=YESTERDAY, description="Geste")
# What a person dates yesterday, on an invoice and a payment of a client.
DATED = {
    "memo": lambda invoice, payment, whose: credit_memos.issue(
        client=invoice.client,
        memo=Memo(terms=GESTURE, amount=500, ledger_code=a_ledger_code(invoice.organization)),
        **whose,
    ),
    "cancellation": lambda invoice, payment, whose: cancelling.cancel(
        invoice=invoice,
        cancellation=Cancellation(terms=GESTURE, parts=[Part(item_id=invoice.items.get().pk, amount=500)]),
        **whose,
    ),
    "write-off": lambda invoice, payment, whose: writing_off.write_off(
        invoice=invoice, asked=writing_off.WriteOff(terms=GESTURE, amount=500), **whose
    ),
    "desk refund": lambda invoice, payment, whose: handing_back.hand_back(
        client=invoice.client,
        kind="cash",
        sources=[(payment, False, 500)],
        on=YESTERDAY,
        key=uuid4(),
        email=False,
        **whose,
    ),
    "deposit": lambda invoice, payment, whose: depositing.deposit(
        client=invoice.client,
        received=Received(kind="cash", amount=500, on=YESTERDAY, credit_name="Clé"),
        notes=Notes(),
        email_receipt=False,
        key=uuid4(),
        **whose,
    ),
}


@pytest.mark.parametrize("act", DATED.values(), ids=list(DATED))
def test_nothing_a_person_dates_lands_in_a_closed_period(centre, owner, act):
    client = an_account(centre)
    invoice = an_invoice(client, days_ago=40)
    payment = received(client, an_invoice(client, days_ago=40), amount=5_000, credit_name="Avance", by=owner)
    close(centre, owner, YESTERDAY)
    booked = Entry.objects.count()
    with pytest.raises(Refused, match="The books are closed until"):
        act(Invoice.objects.get(pk=invoice.pk), payment, {"by": owner, "now": NOW})
    assert (Entry.objects.count(), Credit.objects.count()) == (booked, 0)


def test_the_database_itself_refuses_what_slips_through(centre, owner):
    close(centre, owner)
    with pytest.raises(IntegrityError, match="closed period"), transaction.atomic():
        Entry.objects.create(organization=centre, reference="x/1", kind="payment", happened_on=OCTOBER, posted_at=NOW)
    other = an_organization()
    Entry.objects.create(organization=other, reference="x/1", kind="payment", happened_on=OCTOBER, posted_at=NOW)


def test_news_of_the_processor_that_comes_later_is_booked_on_the_day_it_comes(sandbox):
    centre = an_organization(processor_account="")
    refunded, returned = a_paid_invoice(centre, sandbox), a_paid_invoice(centre, sandbox, BANK, "Luc Roy")
    today = centre.local_day(timezone.now())
    Organization.objects.filter(pk=centre.pk).update(books_closed_on=today - dt.timedelta(days=1))
    a_refund(refunded)
    send_refunds()
    returning.take_back(attempt=returned, code="debit_disputed", now=timezone.now())
    days = Entry.objects.filter(kind__in=["refund", "return"]).values_list("happened_on", flat=True)
    assert list(days) == [today, today]


def test_what_is_still_open_is_told_before_it_is_closed(centre, owner):
    client = an_account(centre)
    received(client, an_invoice(client, days_ago=40), amount=5_000, credit_name="Avance")
    now = NOW + dt.timedelta(days=3)
    found = closing.still_open(organization=centre, through=centre.local_day(NOW), now=now)
    assert [(one.what, one.count) for one in found] == [("unlinked", 1)]
    assert closing.still_open(organization=centre, through=OCTOBER, now=now) == []


def test_account_codes_are_kept_and_taken_away(centre, owner):
    tax = a_tax(centre)
    codes = {("receivable", None): "1200", ("tax", tax.pk): "2310", ("till", None): ""}
    assert closing.set_account_codes(organization=centre, codes=codes, by=owner, now=NOW)
    assert not closing.set_account_codes(organization=centre, codes=codes, by=owner, now=NOW)
    assert set(AccountCode.objects.values_list("kind", "code")) == {("receivable", "1200"), ("tax", "2310")}
    closing.set_account_codes(organization=centre, codes={("receivable", None): ""}, by=owner, now=NOW)
    assert list(AccountCode.objects.values_list("kind", flat=True)) == ["tax"]


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_what_is_being_booked_and_what_comes_next_finds_it_closed():
    centre = an_organization()
    owner, booked = staff("owner", centre), threading.Event()
    order: list[str] = []

    def books() -> None:
        with transaction.atomic():
            Entry.objects.create(
                organization=centre, reference="x/1", kind="payment", happened_on=OCTOBER, posted_at=NOW
            )
            booked.set()
            threading.Event().wait(0.5)
            order.append("booked")

    def closes() -> None:
        booked.wait(120)
        closing.close(organization=centre, through=OCTOBER, by=owner, now=NOW)
        order.append("closed")

    waiting = [books, closes]

    def whoever() -> None:
        waiting.pop()()

    assert race(whoever, contenders=2) == [None, None]
    assert order == ["booked", "closed"]
    with pytest.raises(IntegrityError, match="closed period"):
        Entry.objects.create(organization=centre, reference="x/2", kind="payment", happened_on=OCTOBER, posted_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_wait_an_entry_lands_in_a_closed_period():
    """The triggers switched off, as if nobody waited: the period is closed, and something is booked in it after all."""
    centre = an_organization()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_entry DISABLE TRIGGER billing_entry_in_an_open_period")
    try:
        Organization.objects.filter(pk=centre.pk).update(books_closed_on=OCTOBER)
        Entry.objects.create(organization=centre, reference="x/3", kind="payment", happened_on=OCTOBER, posted_at=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_entry ENABLE TRIGGER billing_entry_in_an_open_period")
    assert Entry.objects.filter(happened_on=OCTOBER).exists()
