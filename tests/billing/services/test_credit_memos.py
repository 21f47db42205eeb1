"""Credit memos granted and taken back, debts given up: what is owed, what is in the books, what is refused."""

import datetime as dt

import pytest

from accounts.models import Trail
from billing.models import Credit, Entry
from billing.services import credit_memos, sources
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.credits import a_key, a_memo, an_invoice_of, balance, booked, cancelled, given_up, items
from tests.billing.desk import received
from tests.billing.ways import an_invoice, quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization(notices_email="bureau@example.com")


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com")


def voided(credit) -> Credit:
    return credit_memos.void(credit=credit, by=staff("finance", credit.organization), now=NOW)


def test_cb_1_a_credit_memo_stands_as_credit_and_moves_no_money(payer):
    credit = a_memo(payer, 2_000)
    assert (credit.display_number, credit.unused, balance(payer)) == ("NC-00001", 2_000, -2_000)
    assert booked(credit) == [("revenue 4900", "receivable", 2_000)]
    assert sources.available(payer) == 2_000


@pytest.mark.parametrize(
    ("treatment", "amounts"),
    [("exempt", (10_000, 0, 10_000)), ("added", (10_000, 1_498, 11_498)), ("included", (8_697, 1_303, 10_000))],
)
def test_a_memo_is_taxed_as_it_is_said(centre, payer, treatment, amounts):
    taxes = [tax.pk for tax in quebec_taxes(centre)] if treatment != "exempt" else []
    credit = a_memo(payer, 10_000, treatment=treatment, taxes=taxes)
    assert (credit.subtotal, credit.tax_total, credit.total) == amounts
    assert sum(cents for debit, _credit, cents in booked(credit) if debit.startswith("tax")) == amounts[1]


def test_a_memo_bears_the_rates_of_its_day(centre, payer):
    [gst, _qst] = quebec_taxes(centre)
    gst.rates.create(starts_on=TODAY, rate=70_000)
    credits = [
        a_memo(payer, 10_000, on=day, treatment="added", taxes=[gst.pk]) for day in (TODAY - dt.timedelta(1), TODAY)
    ]
    assert [credit.tax_total for credit in credits] == [500, 700]


def test_a_memo_used_at_once_settles_the_oldest_invoices_first(payer):
    new, old = an_invoice(payer, 1_000), an_invoice(payer, 1_500, days_ago=20)
    credit = a_memo(payer, 2_000, apply="oldest")
    for invoice in (old, new):
        invoice.refresh_from_db()
    assert (old.balance, new.balance, credit.unused, balance(payer)) == (0, 500, 0, 500)


def test_a_memo_used_on_chosen_invoices_leaves_the_others(payer):
    chosen, other = an_invoice(payer, 1_000), an_invoice(payer, 1_500, days_ago=20)
    credit = a_memo(payer, 1_400, apply="chosen", invoice_ids=[chosen.pk])
    for invoice in (chosen, other):
        invoice.refresh_from_db()
    assert (chosen.balance, other.balance, credit.unused) == (0, 1_500, 400)


def test_the_same_form_grants_once_and_a_changed_one_is_refused(payer):
    key = a_key()
    first = a_memo(payer, 2_000, key=key)
    assert a_memo(payer, 2_000, key=key) == first
    with pytest.raises(Refused, match=first.display_number):
        a_memo(payer, 2_100, key=key)
    assert balance(payer) == -2_000


@pytest.mark.parametrize("cents", [0, -1, 100_000_000, 2**63])
def test_an_amount_that_cannot_be_is_refused(payer, cents):
    with pytest.raises(Refused):
        a_memo(payer, cents)
    assert (Credit.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_day_to_come_long_gone_or_closed_is_refused(centre, payer):
    type(centre).objects.update(books_closed_on=TODAY - dt.timedelta(3))
    payer.organization.refresh_from_db()
    for day in (TODAY + dt.timedelta(1), TODAY - dt.timedelta(400), TODAY - dt.timedelta(3)):
        with pytest.raises(Refused):
            a_memo(payer, on=day)
    assert a_memo(payer, on=TODAY - dt.timedelta(2)).total == 2_000


def test_codes_and_taxes_of_another_organization_or_out_of_use_are_refused(centre, payer):
    other = an_organization()
    unused = a_ledger_code(centre, "9999")
    type(unused).objects.filter(pk=unused.pk).update(is_active=False)
    unused.refresh_from_db()
    theirs = [tax.pk for tax in quebec_taxes(other)]
    wrong = [
        {"ledger_code": a_ledger_code(other)},
        {"ledger_code": unused},
        {"treatment": "added", "taxes": theirs},
        {"treatment": "added", "taxes": []},
        {"treatment": "twice"},
        {"apply": "chosen", "invoice_ids": [an_invoice(an_account(other)).pk]},
        {"description": "  "},
    ]
    for facts in wrong:
        with pytest.raises(Refused):
            a_memo(payer, 1_000, **facts)
    assert Credit.objects.count() == 0


def test_w17_a_credit_that_nothing_uses_is_voided_and_keeps_its_number(payer):
    credit = voided(a_memo(payer, 2_000))
    assert (credit.state, credit.display_number, balance(payer), sources.available(payer)) == ("void", "NC-00001", 0, 0)
    assert Trail.objects.filter(verb="credit_voided", facts__credit="NC-00001").exists()
    with pytest.raises(Refused, match="already"):
        voided(credit)
    assert a_memo(payer, 100).display_number == "NC-00002"


def test_w17_a_credit_in_use_says_what_to_unlink_first(payer):
    invoice = an_invoice(payer, 1_000)
    credit = a_memo(payer, 2_000, apply="oldest")
    with pytest.raises(Refused, match=invoice.display_number):
        voided(credit)
    assert (balance(payer), credit.allocated) == (-1_000, 1_000)


def test_a_voided_cancellation_gives_the_items_back_and_they_are_owed_again(payer):
    invoice = an_invoice_of(payer, 3_000)
    received(payer, invoice)
    voided(cancelled(invoice, 2_000))
    invoice.refresh_from_db()
    assert (items(invoice), invoice.credited, balance(payer)) == ([(1_000, 0)], 0, 0)
    assert (invoice.status(TODAY), sources.available(payer)) == ("partial", 2_000)


def test_nothing_is_voided_while_today_is_closed(centre, payer):
    credit = a_memo(payer)
    type(centre).objects.update(books_closed_on=TODAY)
    credit.client.organization.refresh_from_db()
    with pytest.raises(Refused, match="closed"):
        voided(credit)


def test_a_debt_given_up_is_no_longer_owed_and_is_a_loss(payer):
    invoice = an_invoice_of(payer, 3_000, 2_000)
    credit = given_up(invoice, 4_000)
    invoice.refresh_from_db()
    assert (booked(credit), balance(payer)) == (
        [("write_off", "receivable", 3_000), ("write_off", "receivable", 1_000)],
        1_000,
    )
    assert (items(invoice), invoice.written_off) == ([(3_000, 3_000), (1_000, 1_000)], 4_000)
    received(payer, invoice)
    invoice.refresh_from_db()
    assert invoice.status(TODAY) == "written_off"


def test_a_debt_given_up_can_be_recovered(payer):
    invoice = an_invoice_of(payer, 3_000)
    voided(given_up(invoice, 3_000))
    invoice.refresh_from_db()
    assert (invoice.balance, invoice.written_off, balance(payer)) == (3_000, 0, 3_000)
    received(payer, invoice)
    assert balance(payer) == 0


@pytest.mark.parametrize("cents", [0, -1, 3_001, 2**63])
def test_no_more_than_what_is_owed_is_given_up(payer, cents):
    invoice = an_invoice_of(payer, 3_000)
    with pytest.raises(Refused):
        given_up(invoice, cents)
    assert (Credit.objects.count(), balance(payer)) == (0, 3_000)


def test_a_debt_is_not_given_up_before_the_invoice_nor_twice_by_one_form(payer):
    invoice, key = an_invoice_of(payer, 3_000), a_key()
    with pytest.raises(Refused, match="before the invoice"):
        given_up(invoice, 1_000, on=TODAY - dt.timedelta(1))
    assert given_up(invoice, 1_000, key=key) == given_up(invoice, 1_000, key=key)
    assert balance(payer) == 2_000


def test_cb_10_the_office_is_told_and_the_client_when_asked(centre, payer):
    by = staff("finance", centre, name="Sylvie")
    memo = a_memo(payer, email=True, by=by)
    invoice = an_invoice_of(payer, 1_000)
    credit_memos.void(credit=cancelled(invoice, 400, by=by), by=by, now=NOW)
    given_up(invoice, 1_000, by=by)
    told = Message.objects.filter(kind="office_notice").order_by("pk")
    assert [m.facts["act"] for m in told] == ["credit_issued", "items_cancelled", "credit_voided", "written_off"]
    assert {m.to for m in told} == {"bureau@example.com"}
    letter = Message.objects.get(kind="credit_note")
    assert (letter.to, letter.facts["credit_of"], letter.facts["amount"]) == ("marie@example.com", memo.pk, 2_000)


def test_what_was_credited_is_voided_with_no_more_questions_for_more_links(payer, django_assert_max_num_queries):
    by = staff("finance", payer.organization)
    one, many = (cancelled(an_invoice_of(payer, *[100] * n)) for n in (1, 20))
    with django_assert_max_num_queries(40) as few:
        credit_memos.void(credit=one, by=by, now=NOW)
    with django_assert_max_num_queries(len(few)):
        credit_memos.void(credit=many, by=by, now=NOW)
    assert balance(payer) == 2_100
