"""Invoices that go by e-mail: as a run writes them, as one is created, and again whenever it is asked."""

import uuid

import pytest
from django.utils import translation

from billing.models import Invoice, InvoiceItem
from billing.services import invoice_runs, mailing_invoices, runs, starting, voiding
from billing.services.runs import ShownDiffers
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.billing.ways import an_invoice, invoice_options, quebec_taxes
from tests.builders import NOW, TODAY, a_tax, an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization(name="Les Érables", notices_email="bureau@erables.example")


def owners(centre, count: int = 3) -> list:
    """As many owners, the first without an e-mail address."""
    emails = ["", *(f"n{n}@example.com" for n in range(1, count))]
    return [an_account(centre, f"Personne N{n}", email=email).account.owner for n, email in enumerate(emails)]


def a_draft(centre, by, people, **options):
    ids, options = [person.pk for person in people], invoice_options(centre, **options)
    return invoice_runs.draft(organization=centre, noun="people", ids=ids, options=options, by=by, now=NOW)


def confirmed(run, by):
    lines = run.lines.filter(state="included")
    return starting.confirm(run=run, count=lines.count(), total=sum(line.amount for line in lines), by=by, now=NOW)


def written(run, by) -> None:
    run = confirmed(run, by)
    while invoice_runs.write_next(run=run, now=NOW):
        pass


def test_in_2_each_invoice_of_a_run_is_emailed_as_it_is_written(centre, by):
    written(a_draft(centre, by, owners(centre), email=True), by)
    letters = Message.objects.filter(kind="invoice")
    assert sorted(letters.values_list("to", flat=True)) == ["n1@example.com", "n2@example.com"]
    assert set(letters.values_list("facts__invoice_of", flat=True)) <= set(Invoice.objects.values_list("pk", flat=True))


def test_a_run_that_is_not_emailed_writes_no_letter_to_clients(centre, by):
    written(a_draft(centre, by, owners(centre)), by)
    assert (Invoice.objects.count(), Message.objects.filter(kind="invoice").count()) == (3, 0)


def test_letters_cost_the_same_for_many_as_for_one(centre, django_assert_num_queries):
    few, many = ([an_invoice(an_account(centre, email="a@b.ca")).pk for _ in range(n)] for n in (1, 12))
    with django_assert_num_queries(2):
        assert mailing_invoices.email_created(few) == 1
    with django_assert_num_queries(2):
        assert mailing_invoices.email_created(many) == 12


def test_cb_10_the_office_gets_one_letter_for_a_whole_run(centre, by):
    run = a_draft(centre, by, owners(centre))
    written(run, by)
    letter = Message.objects.get(kind="office_notice")
    assert (letter.facts["count"], letter.facts["amount"]) == (3, 6_000)
    assert letter.facts["path"].endswith(f"/finance/bulk-invoices/{run.pk}/")


def test_a_run_warns_of_those_who_have_no_address(centre, by):
    people = owners(centre)
    written(a_draft(centre, by, people), by)
    again = a_draft(centre, by, people, email=True)
    flags = dict(again.lines.values_list("person", "flags"))
    assert flags[people[0].pk] == ["same_invoice_today", "no_email"]
    assert flags[people[1].pk] == ["same_invoice_today"]


def test_the_letter_says_what_is_owed_by_when_and_carries_the_invoice(centre):
    client = an_account(centre, email="marie@example.com", language="en")
    invoice = an_invoice(client, 2_000)
    mailing_invoices.email_created([invoice.pk])
    mail = compose(Message.objects.get())
    assert mail.subject.replace("\N{NO-BREAK SPACE}", " ") == "Invoice F-00001 from Les Érables: $20.00 due Dec. 1"
    [(name, content, kind)] = mail.attachments
    assert (name, kind, content[:5]) == ("invoice-F-00001.pdf", "application/pdf", b"%PDF-")


def test_of_an_invoice_with_nothing_left_to_pay_nothing_is_asked(centre):
    client = an_account(centre, email="marie@example.com", language="en")
    mailing_invoices.email_created([an_invoice(client, 0).pk])
    assert compose(Message.objects.get()).subject == "Invoice F-00001 from Les Érables: nothing to pay"


def test_sent_again_it_is_one_more_letter_and_a_double_click_is_none(centre, by):
    invoice = an_invoice(an_account(centre, email="marie@example.com"))
    first, second = uuid.uuid4(), uuid.uuid4()
    for key in (first, first, second):
        mailing_invoices.email_again(invoice=invoice, key=key, by=by, now=NOW)
    assert Message.objects.filter(kind="invoice").count() == 2


def test_without_an_address_or_of_a_void_invoice_nothing_is_sent(centre, by):
    with translation.override("en"):
        with pytest.raises(Refused, match="no email address"):
            mailing_invoices.email_again(invoice=an_invoice(an_account(centre)), key=uuid.uuid4(), by=by, now=NOW)
        invoice = an_invoice(an_account(centre, email="marie@example.com"))
        voiding.void(organization=centre, invoice_ids=[invoice.pk], by=by, on=TODAY, now=NOW)
        invoice.refresh_from_db()
        with pytest.raises(Refused, match="void"):
            mailing_invoices.email_again(invoice=invoice, key=uuid.uuid4(), by=by, now=NOW)
    assert Message.objects.filter(kind="invoice").count() == 0


def test_a_run_whose_period_was_closed_meanwhile_waits_for_a_person(centre, by):
    run = confirmed(a_draft(centre, by, owners(centre)), by)
    centre.books_closed_on = TODAY
    centre.save()
    assert invoice_runs.write_next(run=run, now=NOW) == 0
    run.refresh_from_db()
    assert (run.state, run.options["halted"], Invoice.objects.count()) == ("paused", "period_closed", 0)
    centre.books_closed_on = None
    centre.save()
    runs.resume(run=run, by=by, now=NOW)
    run.refresh_from_db()
    assert invoice_runs.write_next(run=run, now=NOW) == 3


def test_in_8_a_rate_changed_after_the_review_is_shown_before_anything_is_created(centre, by):
    quebec_taxes(centre)
    run = a_draft(centre, by, owners(centre))
    centre.taxes.get(code="QST").rates.create(starts_on=TODAY, rate=0)
    with pytest.raises(ShownDiffers):
        confirmed(run, by)
    assert set(run.lines.values_list("amount", flat=True)) == {2_100}
    confirmed(run, by)


def test_in_8_what_was_confirmed_is_what_is_written_whatever_changes_since(centre, by):
    a_tax(centre)
    run = confirmed(a_draft(centre, by, owners(centre)), by)
    centre.taxes.get().rates.create(starts_on=TODAY, rate=0)
    run.refresh_from_db()
    invoice_runs.write_next(run=run, now=NOW)
    assert set(Invoice.objects.values_list("total", flat=True)) == {2_100}


def test_a_line_of_a_run_says_its_treatment_and_its_period(centre, by):
    quebec_taxes(centre)
    options = invoice_options(centre, 11_498)
    options["lines"][0] |= {"included": True, "service_from": "2026-09-01", "service_to": "2026-12-15"}
    ids = [person.pk for person in owners(centre)]
    run = invoice_runs.draft(organization=centre, noun="people", ids=ids, options=options, by=by, now=NOW)
    written(run, by)
    for item in InvoiceItem.objects.all():
        assert (item.subtotal, item.total, item.tax_included) == (10_000, 11_498, True)
        assert (str(item.service_from), str(item.service_to)) == ("2026-09-01", "2026-12-15")
