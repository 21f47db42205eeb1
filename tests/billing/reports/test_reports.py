"""What the reports say of a textbook month, figure by figure, and that they agree with each other and the books."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.models import Client
from billing import ledger
from billing.ledger import Posting
from billing.models import Transfer
from billing.reports import books, credits, receipts, receivables, sales
from billing.services import invoicing, opening
from billing.services.invoicing import Draft, Line, Terms
from billing.taxes import Rate
from tests.billing.reports.ways import END, MONTH, Month, at, by_name, owing
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db
AGES = ("current", "days_30", "days_60", "days_90", "older", "credit", "balance")


@pytest.fixture
def month():
    return Month(an_organization("here"))


def aged(month: Month, on: dt.date) -> dict[str, tuple[int, ...]]:
    rows = receivables.aged(organization=month.centre, on=on)
    return {row.name: tuple(getattr(row, age) for age in AGES) for row in rows}


def receivable(month: Month, on: dt.date) -> int:
    """What the books say the centre is owed on a day, added up from the transfers themselves."""
    [row] = [r for r in books.trial_balance(organization=month.centre, on=on) if r.account == "receivable"]
    return row.balance


def test_receivables_at_the_end_of_the_month(month):
    assert aged(month, END) == {
        "Côté, Zoé": (0, 0, 0, 4_000, 0, 0, 4_000),
        "Diallo, Awa": (0, 0, 0, 0, 0, -2_500, -2_500),
        "Roy, Léa": (0, 7_498, 0, 0, 0, 0, 7_498),
    }


def test_receivables_of_a_day_gone_by_know_nothing_of_what_came_later(month):
    assert aged(month, at(3).date()) == {
        "Côté, Zoé": (0, 0, 4_000, 0, 0, 0, 4_000),
        "Diallo, Awa": (5_749, 0, 0, 0, 0, 0, 5_749),
        "Roy, Léa": (11_498, 0, 0, 0, 0, 0, 11_498),
    }


def test_a_link_taken_away_since_leaves_the_balance_of_that_day_as_it_was(month):
    assert aged(month, at(8).date())["Côté, Zoé"] == (0, 0, 4_000, 0, 0, -4_000, 0)


@pytest.mark.parametrize("day", range(1, 13))
def test_receivables_are_those_of_the_books_on_every_day(month, day):
    on = at(day).date()
    rows = receivables.aged(organization=month.centre, on=on)

    assert sum(row.balance for row in rows) == receivable(month, on)
    assert [row for row in rows if row.balance != sum(getattr(row, age) for age in AGES[:-1])] == []
    assert [row for row in rows if row.credit > 0] == []


@pytest.mark.parametrize(
    ("late", "age"),
    [(0, "current"), (1, "days_30"), (30, "days_30"), (31, "days_60"), (60, "days_60"), (61, "days_90"),
     (90, "days_90"), (91, "older")],
)  # fmt: skip
def test_the_edges_of_each_age(month, late, age):
    on = month.second.due_on + dt.timedelta(days=late)

    [row] = [r for r in receivables.aged(organization=month.centre, on=on) if r.name == "Côté, Zoé"]

    assert getattr(row, age) == 4_000


def test_receipts_by_method_with_what_went_back_below_zero(month):
    rows = receipts.receipts(organization=month.centre, **MONTH)

    assert [(row.method, row.kind, row.count, row.amount) for row in rows] == [
        ("card", "payment", 2, 8_500),
        ("card", "refund", 1, -2_000),
        ("bank", "payment", 1, 4_000),
        ("bank", "return", 1, -4_000),
    ]
    assert [row.method for row in receipts.receipts(organization=month.centre, method="card", **MONTH)] == ["card"] * 2


def test_receipts_are_what_came_to_the_centre_in_the_books(month):
    [clearing] = [r for r in books.trial_balance(organization=month.centre, on=END) if r.account == "clearing"]

    assert sum(row.amount for row in receipts.receipts(organization=month.centre, **MONTH)) == clearing.balance == 6_500


def test_sales_by_ledger_code_without_what_was_voided(month):
    [row] = sales.sales(organization=month.centre, **MONTH)
    whole_year = sales.sales(organization=month.centre, since=dt.date(2026, 1, 1), until=END)

    assert (row.code, row.sold, row.taken_back, row.net) == ("4100", 15_000, -5_000, 10_000)
    assert [(r.code, r.net) for r in whole_year] == [("4100", 10_000), ("4200", 4_000)]
    only = sales.sales(organization=month.centre, since=dt.date(2026, 1, 1), until=END, code=month.cards.pk)
    assert [r.code for r in only] == ["4200"]


def test_taxes_collected_less_those_of_voided_invoices(month):
    rows = sales.taxes(organization=month.centre, **MONTH)

    assert [(r.code, r.rate, r.base, r.collected, r.taken_back, r.net) for r in rows] == [
        ("GST", 50_000, 10_000, 750, -250, 500),
        ("QST", 99_750, 10_000, 1_497, -499, 998),
    ]


def test_a_void_counts_on_its_own_day(month):
    rows = sales.taxes(organization=month.centre, since=at(4).date(), until=at(4).date())

    assert [(r.code, r.base, r.net) for r in rows] == [("GST", -5_000, -250), ("QST", -5_000, -499)]


def test_a_tax_whose_rate_changed_has_a_row_for_each(month):
    line = Line(description="a", unit_price=1_000, ledger_code_id=month.cards.pk, taxes=(Rate(month.gst.pk, 60_000),))
    draft = Draft(client_id=month.roy.pk, lines=[line])
    terms = Terms(issued_on=END, due_on=END)
    invoicing.issue(organization=month.centre, drafts=[draft], terms=terms, by=None, now=at(31))

    rows = sales.taxes(organization=month.centre, **MONTH)

    assert [(r.code, r.rate, r.net) for r in rows] == [("GST", 50_000, 500), ("GST", 60_000, 60), ("QST", 99_750, 998)]


def test_a_tax_on_a_tax_is_computed_on_both(month):
    month.qst.after_previous = True
    month.qst.save()

    gst, qst = sales.taxes(organization=month.centre, **MONTH)

    assert (gst.base, qst.base) == (10_000, 10_500)


def test_a_tax_in_the_books_that_no_invoice_explains_is_a_row_of_its_own(month):
    tax = ledger.bucket(organization_id=month.centre.pk, kind="tax", tax=month.gst)
    owed = ledger.bucket(organization_id=month.centre.pk, kind="receivable")
    fact = {"organization_id": month.centre.pk, "kind": "credit", "happened_on": END, "client_id": month.roy.pk}
    with transaction.atomic():
        ledger.post([Posting(reference="credit/1/issued", legs=[(tax.pk, owed.pk, 100)], **fact)], now=at(31))
        rows = list(sales.taxes(organization=month.centre, **MONTH))
        # No document explains it, so the books must not keep it.
        transaction.set_rollback(True)

    assert [(r.code, r.rate, r.net) for r in rows] == [
        ("GST", 50_000, 500),
        ("QST", 99_750, 998),
        ("GST", None, -100),
    ]


def test_payments_that_pay_nothing_yet(month):
    [row] = receipts.unlinked(organization=month.centre)

    assert (row.payment_id, row.name, row.paid_on) == (month.advance.pk, "Diallo, Awa", at(8).date())
    assert (row.amount, row.here, row.allocated, row.unlinked) == (2_500, 2_500, 0, 2_500)
    assert receipts.unlinked(organization=month.centre, method="bank") == []


def test_credits_tell_payments_from_the_rest(month):
    newcomer = an_account(month.centre, "Ola Nowak")
    balances = {newcomer.pk: -1_500}
    opening.open_balances(organization=month.centre, balances=balances, by=None, on=END, now=at(31))

    rows = by_name(credits.credits(organization=month.centre, on=END))

    told = {name: (row.payments, row.granted, row.other, row.credit, row.invoiced) for name, row in rows.items()}
    assert told == {"Diallo, Awa": (2_500, 0, 0, 2_500, 0), "Nowak, Ola": (0, 1_500, 0, 1_500, 0)}
    assert sum(row.credit for row in rows.values()) == -sum(
        row.credit for row in receivables.aged(organization=month.centre, on=END)
    )


def test_the_trial_balance_is_nil_and_is_all_transfers(month):
    rows = books.trial_balance(organization=month.centre, on=END)

    assert [(row.account, row.code, row.debit, row.credit, row.balance) for row in rows] == [
        ("clearing", "", 12_500, 6_000, 6_500),
        ("receivable", "", 27_247, 18_249, 8_998),
        ("tax", "GST", 250, 750, -500),
        ("tax", "QST", 499, 1_497, -998),
        ("revenue", "4100", 5_000, 15_000, -10_000),
        ("revenue", "4200", 0, 4_000, -4_000),
    ]
    every = Transfer.objects.filter(organization=month.centre).aggregate(n=Sum("amount"))["n"]
    assert sum(row.balance for row in rows) == 0
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows) == every
    assert receivable(month, END) == owing(month) == 8_998


def test_the_journal_holds_every_entry_with_both_sides(month):
    found = books.entries(organization=month.centre, **MONTH)
    lines = list(books.every_line(found))
    [issue] = [e for e in found if e.reference == f"invoice/{month.first.pk}/issued"]

    assert [(n.account, n.code, n.debit, n.credit) for n in lines if n.entry_id == issue.pk] == [
        ("receivable", "", 11_498, 0),
        ("revenue", "4100", 0, 10_000),
        ("tax", "GST", 0, 500),
        ("tax", "QST", 0, 998),
    ]
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines) == books.moved_by(found)
    assert [line.happened_on for line in lines] == sorted(line.happened_on for line in lines)
    assert {line.entry_id for line in lines} == set(found.values_list("pk", flat=True))


def test_the_journal_of_one_ledger_code_is_whole_entries(month):
    found = books.entries(organization=month.centre, code=month.activities.pk, **MONTH)

    assert {entry.kind for entry in found} == {"invoice", "invoice_void"}
    assert books.moved_by(found) == 11_498 + 5_749 * 2


def test_the_journal_is_read_page_by_page_without_losing_or_repeating_an_entry(month, monkeypatch):
    found = books.entries(organization=month.centre, **MONTH)
    at_once = list(books.every_line(found))

    monkeypatch.setattr(books, "AT_ONCE", 2)

    assert list(books.every_line(found)) == at_once


def test_sales_and_taxes_and_receipts_make_up_what_is_owed(month):
    year = {"since": dt.date(2026, 1, 1), "until": END}
    sold = sum(row.net for row in sales.sales(organization=month.centre, **year))
    taxed = sum(row.net for row in sales.taxes(organization=month.centre, **year))
    received = sum(row.amount for row in receipts.receipts(organization=month.centre, **year))

    assert sold + taxed - received == owing(month)


ASKED = {
    "receivables": lambda centre: receivables.aged(organization=centre, on=END),
    "receipts": lambda centre: receipts.receipts(organization=centre, **MONTH),
    "unlinked": lambda centre: receipts.unlinked(organization=centre),
    "credits": lambda centre: credits.credits(organization=centre, on=END),
    "sales": lambda centre: sales.sales(organization=centre, **MONTH),
    "taxes": lambda centre: sales.taxes(organization=centre, **MONTH),
    "trial balance": lambda centre: books.trial_balance(organization=centre, on=END),
    "journal": lambda centre: list(books.every_line(books.entries(organization=centre, **MONTH))),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_books_of_another_centre_are_not_in_it(month, name):
    other = an_organization("there")

    assert ASKED[name](other) == []
    assert ASKED[name](month.centre) != []


@pytest.mark.parametrize("name", ASKED)
def test_more_rows_are_no_more_questions(month, name, django_assert_max_num_queries):
    asked = {"receivables": 1, "receipts": 1, "unlinked": 1, "credits": 3, "sales": 1, "taxes": 2, "trial balance": 1}
    for n in range(12):
        client = an_account(month.centre, f"Léa Gagnon {n}")
        month.pay(client, 100 + n, 20, month.issue(client, 10_000, 20, taxed=True))
    assert Client.objects.filter(organization=month.centre).count() == 15

    with django_assert_max_num_queries(asked.get(name, 3)):
        ASKED[name](month.centre)
