"""The money of one day as it is counted in the evening, and that it is what the books say moved."""

import pytest

from billing.reports import receipts, takings
from billing.services import handing_back
from tests.billing.handed_back import a_credit, a_deposit, handed_back
from tests.billing.reports.test_money_that_turns import disputed, received
from tests.billing.reports.ways import MONTH, Month, at
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def month():
    return Month(an_organization("here"))


def day(month: Month, number: int) -> tuple[list, list, int, int]:
    """Taken, other, total and net of that day of October."""
    found = takings.of_day(organization=month.centre, on=at(number).date())
    taken, other = ([(line.key, line.count, line.amount) for line in lines] for lines in (found.taken, found.other))
    return taken, other, found.total, found.net


@pytest.mark.parametrize(
    ("number", "taken", "other", "total", "net"),
    [
        (1, [], [], 0, 0),
        (5, [("card", 1, 6_000)], [], 6_000, 6_000),
        (6, [], [("refund", 1, -2_000)], 0, -2_000),
        (7, [("bank", 1, 4_000)], [], 4_000, 4_000),
        (9, [], [("return", 1, -4_000)], 0, -4_000),
        (10, [], [], 0, 0),
    ],
    ids=["invoiced only", "a card", "refunded", "an e-check", "returned", "an e-check under way"],
)
def test_each_day_of_a_textbook_month(month, number, taken, other, total, net):
    assert day(month, number) == (taken, other, total, net)


def test_methods_stand_in_the_order_of_every_list_and_deposits_count_among_them(month):
    received(month, "transfer", 1_000)
    received(month, "cash", 1_500)
    a_deposit(an_account(month.centre, "Ola Desk"), 5_000, kind="cash", on=at(20).date(), now=at(20))
    assert day(month, 20) == ([("cash", 2, 6_500), ("transfer", 1, 1_000)], [], 7_500, 7_500)


def test_refunds_stand_apart_whichever_way_they_left(month):
    client = an_account(month.centre, "Ola Desk")
    deposit = a_deposit(client, 5_000, on=at(6).date(), now=at(6))
    handed_back(client, (deposit, 3_000, True), kind="transfer", on=at(6).date(), now=at(6))
    assert day(month, 6) == ([("cash", 1, 5_000)], [("refund", 2, -5_000)], 5_000, 0)


def test_a_refund_voided_and_a_dispute_are_told_by_their_names(month):
    client = an_account(month.centre, "Ola Desk")
    refund = handed_back(client, (a_credit(client, 2_000, on=at(12).date()), 2_000), on=at(21).date(), now=at(21))
    handing_back.void(refund=refund, by=month.by, now=at(21))
    disputed(month, 21, withdrawn=True)
    taken, other, total, net = day(month, 21)
    assert (taken, total, net) == ([], 0, -2_500)
    assert sorted(other) == [("desk_refund_void", 1, 2_000), ("dispute", 1, -2_500), ("refund", 1, -2_000)]


def test_the_days_of_a_month_come_to_the_receipts_of_the_month(month):
    received(month, "cheque", 1_500)
    every = [day(month, number)[3] for number in range(1, 32)]
    rows = receipts.receipts(organization=month.centre, **MONTH)
    assert sum(every) == sum(row.amount for row in rows) != 0


def test_another_centre_s_money_is_not_counted(month):
    assert takings.of_day(organization=an_organization("there"), on=at(5).date()).taken == []
