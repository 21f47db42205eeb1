"""One invoice for one client, through its service: dates, lines, the key of its form, and who is told."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.utils import translation

from accounts.models import Client, Trail
from billing.models import Credit, Entry, Invoice, InvoiceDraft, NumberSeries
from billing.services import writing_invoices
from billing.services.invoicing import Terms, active_rates
from billing.services.writing_invoices import TotalChanged
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.invoiced import a_centre, a_line
from tests.billing.ways import quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, a_person, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def create(client: Client, lines, *, on=TODAY, due=None, key=None, shown=None, by=None, **more):
    by = by or staff("finance", client.organization)
    return writing_invoices.create(
        client=client,
        lines=lines,
        terms=Terms(issued_on=on, due_on=due or on),
        shown=sum(line.sign * line.total for line in lines) if shown is None else shown,
        key=key or uuid.uuid4(),
        by=by,
        now=NOW,
        **more,
    )


def nothing_written() -> bool:
    """Neither an invoice nor a credit, a number, a posting, a letter or a line of the trail."""
    written = (Invoice, Credit, NumberSeries, Entry, Message, Trail)
    return not any(rows.objects.exists() for rows in written)


def test_s31_one_invoice_is_issued_booked_and_in_the_history():
    centre = a_centre()
    client = an_account(centre)
    child = a_person(client.account, "Léa Tremblay")
    line = replace(a_line(centre, 5_000), person_id=child.pk, taxes=active_rates(centre, on=TODAY))
    invoice = create(client, [line]).invoice
    client.refresh_from_db()
    assert (invoice.number, invoice.total, invoice.person, client.balance) == (1, 5_749, child, 5_749)
    assert Trail.objects.get().facts == {"invoice": "F-00001", "amount": 5_749}


def test_s31_the_same_form_sent_twice_makes_one_invoice():
    centre = a_centre()
    client, key, by = an_account(centre), uuid.uuid4(), staff("finance", centre)
    first = create(client, [a_line(centre)], key=key, by=by)
    again = create(client, [a_line(centre)], key=key, by=by)
    assert (first.new, again.new, again.invoice) == (True, False, first.invoice)
    assert (Invoice.objects.count(), Trail.objects.count()) == (1, 1)


def test_the_key_of_another_clients_form_is_refused():
    centre = a_centre()
    key = create(an_account(centre), [a_line(centre)]).invoice.key
    with pytest.raises(Refused, match="another client"):
        create(an_account(centre, "Luc Roy"), [a_line(centre)], key=key)
    assert Invoice.objects.count() == 1


def test_in_7_a_ledger_code_of_another_organization_is_refused():
    centre, other = a_centre(), an_organization()
    with pytest.raises(Refused, match="ledger code"):
        create(an_account(centre), [a_line(other)])
    assert nothing_written()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quantity": 0}, "quantity of 1 or more"),
        ({"unit_price": -1}, "0 or more"),
        ({"description": "  "}, "what is invoiced"),
        ({"service_from": TODAY}, "first and a last day"),
        ({"service_from": TODAY, "service_to": TODAY - DAY}, "first and a last day"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_nothing_is_written(changes, told):
    centre = a_centre()
    with pytest.raises(Refused, match=told):
        create(an_account(centre), [replace(a_line(centre), **changes)])
    assert nothing_written()


def test_somebody_of_another_household_is_refused():
    centre = a_centre()
    stranger = an_account(centre, "Luc Roy").account.owner
    with pytest.raises(Refused, match="person of this account"):
        create(an_account(centre), [a_line(centre, person_id=stranger.pk)])
    assert nothing_written()


def test_a_tax_of_another_organization_is_refused():
    centre, other = a_centre(), an_organization()
    quebec_taxes(other)
    with pytest.raises(Refused, match="taxes of this organization"):
        create(an_account(centre), [a_line(centre, taxes=active_rates(other, on=TODAY))])
    assert nothing_written()


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ({"on": TODAY, "due": TODAY - DAY}, "on or after the invoice date"),
        ({"on": TODAY + 400 * DAY}, "within a year"),
        ({"on": TODAY - 30 * DAY}, "books are closed"),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_nothing_is_written(dates, told):
    centre = a_centre(books_closed_on=TODAY - 30 * DAY)
    with pytest.raises(Refused, match=told):
        create(an_account(centre), [a_line(centre)], **dates)
    assert nothing_written()


def test_an_invoice_on_the_first_open_day_is_issued():
    centre = a_centre(books_closed_on=TODAY - 30 * DAY)
    assert create(an_account(centre), [a_line(centre)], on=TODAY - 29 * DAY).new


@pytest.mark.parametrize("count", [0, 21])
def test_an_invoice_has_from_one_to_twenty_lines(count):
    centre = a_centre()
    with pytest.raises(Refused, match="from 1 to 20"):
        create(an_account(centre), [a_line(centre)] * count)
    assert nothing_written()


def test_a_total_that_is_no_longer_the_one_shown_creates_nothing():
    centre = a_centre()
    with pytest.raises(TotalChanged):
        create(an_account(centre), [a_line(centre, 2_000)], shown=1_999)
    assert nothing_written()


def test_in_7_every_item_carries_the_code_chosen_for_it():
    centre = a_centre()
    shop = a_ledger_code(centre, "4300", "Boutique")
    lines = [a_line(centre), a_line(centre, 500, ledger_code_id=shop.pk)]
    invoice = create(an_account(centre), lines).invoice
    assert [item.ledger_code.code for item in invoice.items.order_by("position")] == ["4100", "4300"]


def test_a_price_of_nothing_is_issued_without_an_entry():
    centre = a_centre()
    invoice = create(an_account(centre), [a_line(centre, 0)]).invoice
    assert (invoice.number, invoice.total, Entry.objects.count()) == (1, 0, 0)


def test_cb_10_the_office_is_told_once_where_it_asked_to_be():
    centre = a_centre(notices_email="bureau@erables.example")
    by, key = staff("finance", centre, name="Denise Lachapelle"), uuid.uuid4()
    client = an_account(centre)
    for _time in range(2):
        create(client, [a_line(centre)], by=by, key=key)
    letter = Message.objects.get()
    assert (letter.kind, letter.to, letter.client) == ("office_notice", "bureau@erables.example", None)
    assert (letter.facts["number"], letter.facts["amount"], letter.facts["by"]) == ("F-00001", 2_000, str(by))


def test_cb_10_nobody_is_told_where_no_address_is_set():
    centre = a_centre()
    create(an_account(centre), [a_line(centre)])
    assert Message.objects.count() == 0


def test_a_draft_has_no_number_and_is_let_go_of_when_the_invoice_is_created():
    centre = a_centre()
    client, key, by = an_account(centre), uuid.uuid4(), staff("finance", centre)
    content = {"fields": {}, "key": str(key), "title": "Chandail", "total": 2_000}
    for _time in range(2):
        writing_invoices.keep_draft(client=client, content=content, by=by, now=NOW)
    assert (InvoiceDraft.objects.count(), NumberSeries.objects.count(), Entry.objects.count()) == (1, 0, 0)
    create(client, [a_line(centre)], key=key, by=by)
    assert InvoiceDraft.objects.count() == 0
    with pytest.raises(Refused, match="already sent"):
        writing_invoices.keep_draft(client=client, content=content, by=by, now=NOW)


def test_in_9_a_rebate_is_taken_off_by_a_credit_of_its_own():
    centre = a_centre()
    client, taxes = an_account(centre), active_rates(centre, on=TODAY)
    lines = [a_line(centre, 10_000, taxes=taxes), a_line(centre, 1_000, taxes=taxes, description="Rabais", rebate=True)]
    invoice = create(client, lines, shown=11_498 - 1_150).invoice
    client.refresh_from_db()
    credit = Credit.objects.get()
    assert (invoice.total, invoice.balance, client.balance) == (11_498, 10_348, 10_348)
    assert (credit.kind, credit.description, credit.total, credit.allocated) == ("memo", "Rabais", 1_150, 1_150)


def test_in_9_a_form_with_a_rebate_sent_twice_grants_it_once():
    centre = a_centre()
    client, key, by = an_account(centre), uuid.uuid4(), staff("finance", centre)
    lines = [a_line(centre, 10_000), a_line(centre, 1_000, rebate=True)]
    for _time in range(2):
        create(client, lines, shown=9_000, key=key, by=by)
    assert (Invoice.objects.count(), Credit.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("prices", "told"),
    [((1_000, 1_001), "more than the rest"), ((1_000, 0), "what the rebate takes off")],
)
def test_in_9_a_rebate_takes_off_something_and_no_more_than_there_is(prices, told):
    centre = a_centre()
    price, off = prices
    with pytest.raises(Refused, match=told):
        create(an_account(centre), [a_line(centre, price), a_line(centre, off, rebate=True)], shown=price - off)
    assert nothing_written()


def test_in_9_an_invoice_that_is_dated_later_has_its_rebate_today():
    centre = a_centre()
    lines = [a_line(centre, 10_000), a_line(centre, 10_000, rebate=True)]
    invoice = create(an_account(centre), lines, shown=0, on=TODAY + 30 * DAY).invoice
    assert (invoice.balance, Credit.objects.get().issued_on) == (0, TODAY)
