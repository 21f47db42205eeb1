"""Receipts at the desk, disputes, and money refunded before it was used: what each report then says."""

import datetime as dt

import pytest

from billing.reports import books, credits, receipts, receivables
from billing.services import disputing, receiving
from billing.services.parts import Order, Part
from billing.services.receiving import Received
from tests.billing.reports.ways import END, MONTH, Month, at, owing
from tests.builders import an_account, an_organization
from wallet.processor import DisputeState

pytestmark = pytest.mark.django_db


@pytest.fixture
def month():
    return Month(an_organization("here"))


def received(month: Month, kind: str, cents: int) -> None:
    """At the desk on the twentieth, for an invoice of two dollars less: the rest is kept as a credit."""
    client = an_account(month.centre, f"Ola {kind.title()}")
    invoice = month.issue(client, cents - 200, 20)
    part = Part(invoice_id=invoice.pk, amount=cents - 200, seen=cents - 200)
    money = Received(kind=kind, amount=cents, on=at(20).date(), reference="204", credit_name="Avance")
    order = Order(total=cents - 200, parts=[part])
    receiving.receive(client=client, order=order, received=money, by=month.by, now=at(20))


def disputed(month: Month, day: int, *, withdrawn: bool) -> None:
    found = DisputeState(
        dispute="du_1",
        payment="pi_1",
        amount=2_500,
        status="needs_response" if withdrawn else "won",
        reason="fraudulent",
        withdrawn=withdrawn,
        final=not withdrawn,
        opened_at=at(day),
    )
    disputing.record(payment=month.advance, found=found, asked_at=at(day))


def kinds_of(month: Month, method: str) -> list[tuple[str, int]]:
    rows = receipts.receipts(organization=month.centre, method=method, **MONTH)
    return [(row.kind, row.amount) for row in rows]


def money(month: Month) -> int:
    rows = books.trial_balance(organization=month.centre, on=END)
    return sum(row.balance for row in rows if row.account in ("till", "clearing"))


@pytest.mark.parametrize("kind", ["cash", "cheque", "terminal", "transfer"])
def test_money_received_at_the_desk_has_its_own_method(month, kind):
    received(month, kind, 1_500)

    assert kinds_of(month, kind) == [("payment", 1_500)]
    [row] = [row for row in receipts.unlinked(organization=month.centre) if row.method == kind]
    assert (row.here, row.allocated, row.unlinked) == (1_500, 1_300, 200)
    assert sum(row.amount for row in receipts.receipts(organization=month.centre, **MONTH)) == money(month) == 8_000


def test_disputed_money_is_gone_from_every_report_until_it_comes_back(month):
    disputed(month, 20, withdrawn=True)

    assert kinds_of(month, "card") == [("payment", 8_500), ("refund", -2_000), ("dispute", -2_500)]
    assert receipts.unlinked(organization=month.centre) == []
    assert credits.credits(organization=month.centre, on=END) == []

    disputed(month, 25, withdrawn=False)

    assert ("dispute_won", 2_500) in kinds_of(month, "card")
    assert [row.unlinked for row in receipts.unlinked(organization=month.centre)] == [2_500]
    assert sum(row.amount for row in receipts.receipts(organization=month.centre, **MONTH)) == money(month) == 6_500


def test_a_credit_given_back_is_none_any_more(month):
    month.give_back(month.advance, 1_000, 20)

    [row] = receipts.unlinked(organization=month.centre)
    assert (row.amount, row.here, row.unlinked) == (2_500, 1_500, 1_500)
    assert [row.credit for row in credits.credits(organization=month.centre, on=END)] == [1_500]


def test_receivables_follow_the_books_through_all_of_it(month):
    received(month, "cash", 1_500)
    disputed(month, 20, withdrawn=True)

    for day in (19, 20, 31):
        on = dt.date(2026, 10, day)
        [books_say] = [
            r.balance for r in books.trial_balance(organization=month.centre, on=on) if r.account == "receivable"
        ]
        assert sum(row.balance for row in receivables.aged(organization=month.centre, on=on)) == books_say
    assert owing(month) == books_say
