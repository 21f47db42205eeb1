"""Credits in the reports, in a textbook month: what was taken back, given up and voided, to the cent of the books."""

import pytest
from django.urls import reverse

from accounts.models import Client
from billing.models import Credit
from billing.reports import credits, receivables, sales
from billing.services import credit_memos, settling
from billing.services.cancel_plans import Fee
from tests.billing.credits import a_memo, cancelled, given_up
from tests.billing.reports.ways import END, MONTH, Month, at
from tests.builders import a_ledger_code, an_organization, staff
from tests.smartrec.pages import browser_of
from wallet.processor import Outcome, Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def month() -> Month:
    """The month, once the e-check that was on its way has failed: what is being paid is not cancelled."""
    month = Month(an_organization())
    [failed] = month.pending.attempts.all()
    settling.settle({failed.pk: Outcome(verdict=Verdict.DECLINED, code="insufficient_funds")}, now=at(11))
    return month


def of_day(day: int) -> dict:
    return {"on": at(day).date(), "now": at(day)}


def half_cancelled(month, **more: object) -> Credit:
    """Half of Roy's 114.98 taken back on the 12th: 50.00 and its taxes of 2.50 and 4.99."""
    return cancelled(month.first, 5_749, by=month.by, **of_day(12), **more)


def taxes_of(month, **days):
    rows = sales.taxes(organization=month.centre, **(days or MONTH))
    return [(row.code, row.rate, row.base, row.collected, row.taken_back, row.net) for row in rows]


def sales_of(month, **days):
    rows = sales.sales(organization=month.centre, **(days or MONTH))
    return {row.code: (row.sold, row.taken_back, row.net) for row in rows}


def test_a_cancellation_lowers_sales_and_each_tax_at_its_rate_on_its_day(month):
    half_cancelled(month)
    assert sales_of(month) == {"4100": (15_000, -10_000, 5_000)}
    assert taxes_of(month) == [
        ("GST", 50_000, 5_000, 750, -500, 250),
        ("QST", 99_750, 5_000, 1_497, -998, 499),
    ]
    day = at(12).date()
    assert taxes_of(month, since=day, until=day) == [
        ("GST", 50_000, -5_000, 0, -250, -250),
        ("QST", 99_750, -5_000, 0, -499, -499),
    ]


def test_the_fee_kept_is_a_sale_with_its_own_taxes(month):
    code = a_ledger_code(month.centre, "4950", "Frais")
    fee = Fee(amount=1_000, ledger_code=code, description="Frais", treatment="added", taxes=[month.gst.pk])
    half_cancelled(month, fee=fee)
    assert sales_of(month)["4950"] == (1_000, 0, 1_000)
    [gst, _qst] = taxes_of(month)
    assert gst == ("GST", 50_000, 6_000, 800, -500, 300)


def test_a_voided_credit_counts_the_other_way_on_the_day_it_is_voided(month):
    credit = half_cancelled(month)
    credit_memos.void(credit=credit, by=month.by, now=at(20))
    assert {code: net for code, (_sold, _back, net) in sales_of(month).items()} == {"4100": 10_000}
    assert [(code, net) for code, *_rest, net in taxes_of(month)] == [("GST", 500), ("QST", 998)]
    day = at(20).date()
    assert taxes_of(month, since=day, until=day) == [
        ("GST", 50_000, 5_000, 250, 0, 250),
        ("QST", 99_750, 5_000, 499, 0, 499),
    ]


def test_a_debt_given_up_is_no_sale_taken_back(month):
    before = (sales_of(month), taxes_of(month))
    given_up(month.second, 4_000, by=month.by, **of_day(15))
    assert (sales_of(month), taxes_of(month)) == before


def test_sales_and_taxes_less_credits_are_those_of_the_books(month):
    half_cancelled(month)
    memo = {"treatment": "included", "taxes": [month.gst.pk, month.qst.pk], "ledger_code": month.activities}
    a_memo(month.diallo, 5_000, by=month.by, **of_day(13), **memo)
    booked = {
        kind: sum(t.amount for t in month.centre.transfers.filter(credit__kind=kind))
        - sum(t.amount for t in month.centre.transfers.filter(debit__kind=kind))
        for kind in ("revenue", "tax")
    }
    year = {"since": at(1, 1).date(), "until": END}
    assert sum(net for *_rest, net in sales_of(month, **year).values()) == booked["revenue"]
    assert sum(net for *_rest, net in taxes_of(month, **year)) == booked["tax"]
    assert all(rate is not None for _code, rate, *_rest in taxes_of(month, **year))


def test_credits_issued_are_told_from_the_money_of_payments(month):
    a_memo(month.diallo, 700, by=month.by, **of_day(13))
    [row] = credits.credits(organization=month.centre, on=END)
    assert (row.payments, row.granted, row.other, row.credit) == (2_500, 700, 0, 3_200)


@pytest.mark.parametrize("day", range(1, 32))
def test_receivables_of_any_day_are_those_of_the_books_whatever_was_credited_since(month, day):
    a_memo(month.cote, 1_000, by=month.by, apply="oldest", **of_day(14))
    half_cancelled(month)
    given_up(month.first, 1_000, by=month.by, **of_day(16))
    on = at(day).date()
    rows = receivables.aged(organization=month.centre, on=on)
    found = {row.client_id: row.balance for row in rows}
    for client in Client.objects.filter(organization=month.centre):
        booked = client.transfers.filter(entry__happened_on__lte=on)
        owed = sum(t.amount for t in booked.filter(debit__kind="receivable"))
        owed -= sum(t.amount for t in booked.filter(credit__kind="receivable"))
        assert found.get(client.pk, 0) == owed
    assert all(row.credit <= 0 for row in rows)


def test_a_credit_linked_later_was_not_linked_on_an_earlier_day(month):
    """Côté: 40.00 owed since August, 10.00 of it credited and linked on the 14th."""
    a_memo(month.cote, 1_000, by=month.by, apply="oldest", **of_day(14))
    for day, owed, balance in ((13, 4_000, 4_000), (14, 3_000, 3_000)):
        rows = {row.name: row for row in receivables.aged(organization=month.centre, on=at(day).date())}
        cote = rows["Côté, Zoé"]
        assert (cote.days_90 + cote.days_60, cote.credit, cote.balance) == (owed, 0, balance)


def test_more_credits_are_no_more_questions(month, django_assert_num_queries):
    by = staff("finance", month.centre)
    for _n in range(5):
        a_memo(month.diallo, 100, by=by, **of_day(13))
    with django_assert_num_queries(3):
        credits.credits(organization=month.centre, on=END)
    with django_assert_num_queries(3):
        sales.taxes(organization=month.centre, **MONTH)
        sales.sales(organization=month.centre, **MONTH)


def test_what_is_unreconciled_and_what_is_in_credit_are_drawn_too(month):
    a_memo(month.roy, 1_500, by=month.by, **of_day(12))
    shown = browser_of(month.by)
    for name in ("unreconciled", "credits"):
        page = shown.get(reverse(f"report-{name}", args=[month.centre.slug]))
        assert page.context["bars"], name
