"""Deposits, what is released of them and what is handed back at the desk, in the reports, to the cent."""

import pytest

from billing.reports import books, credits, receipts, receivables
from billing.services import handing_back
from tests.billing.handed_back import a_credit, a_deposit, handed_back, released
from tests.billing.reports.test_money_that_turns import kinds_of, money, received
from tests.billing.reports.ways import END, MONTH, Month, at, owing
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def month():
    return Month(an_organization("here"))


@pytest.fixture
def client(month):
    return an_account(month.centre, "Ola Desk")


def day(number: int) -> dict:
    return {"on": at(number).date(), "now": at(number)}


def all_told(month: Month) -> int:
    return sum(row.amount for row in receipts.receipts(organization=month.centre, **MONTH))


def unlinked_of(month: Month, kind: str) -> list[tuple[int, int, int]]:
    rows = receipts.unlinked(organization=month.centre)
    return [(row.here, row.allocated, row.unlinked) for row in rows if row.method == kind]


def test_a_deposit_is_money_received_and_no_credit_until_it_is_released(month, client):
    deposit = a_deposit(client, 5_000, kind="cheque", **day(12))
    assert kinds_of(month, "cheque") == [("deposit", 5_000)]
    assert unlinked_of(month, "cheque") == []
    released(deposit, 2_000, now=at(13))
    assert kinds_of(month, "cheque") == [("deposit", 5_000)]
    assert unlinked_of(month, "cheque") == [(2_000, 0, 2_000)]
    assert all_told(month) == money(month) == 11_500
    assert ("Desk, Ola", 2_000) in [
        (row.name, row.credit) for row in credits.credits(organization=month.centre, on=END)
    ]


def test_what_is_handed_back_is_told_by_the_way_it_left(month, client):
    deposit = a_deposit(client, 5_000, kind="cheque", **day(12))
    received(month, "cash", 1_500)
    handed_back(client, (deposit, 3_000, True), kind="transfer", **day(21))
    handed_back(month.diallo, (month.advance, 1_000), kind="cash", **day(22))
    assert kinds_of(month, "cash") == [("payment", 1_500), ("desk_refund", -1_000)]
    assert kinds_of(month, "transfer") == [("desk_refund", -3_000)]
    assert unlinked_of(month, "card") == [(1_500, 0, 1_500)]
    assert all_told(month) == money(month) == 9_000


def test_a_refund_that_was_voided_leaves_no_trace_in_the_sums(month, client):
    credit = a_credit(client, 2_000, on=at(12).date())
    refund = handed_back(client, (credit, 2_000), **day(21))
    handing_back.void(refund=refund, by=month.by, now=at(23))
    assert kinds_of(month, "cash") == [("desk_refund_void", 2_000), ("desk_refund", -2_000)]
    assert all_told(month) == money(month) == 6_500
    assert [row.credit for row in credits.credits(organization=month.centre, on=END) if row.name == "Desk, Ola"] == [
        2_000
    ]


def test_receivables_and_the_trial_balance_follow(month, client):
    deposit = released(a_deposit(client, 5_000, **day(12)), 2_000, now=at(13))
    handed_back(client, (deposit, 2_000), (deposit, 1_000, True), **day(21))
    balances = {row.account: row.balance for row in books.trial_balance(organization=month.centre, on=END)}
    assert balances["deposits"] == -2_000
    owed = sum(row.balance for row in receivables.aged(organization=month.centre, on=END))
    assert owed == balances["receivable"] == owing(month)
    assert sum(row.balance for row in books.trial_balance(organization=month.centre, on=END)) == 0
