"""Accrual: sold for a period, earned day by day, a month at a time; not a cent is lost on the way."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Organization
from billing.models import Entry, InvoiceItem
from billing.reports.books import trial_balance
from billing.services import closing, earning, invoicing, voiding
from billing.services.invoicing import Draft, Line, Terms
from tests.builders import NOW, a_ledger_code, an_account, an_organization, staff

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = dt.date(2026, 10, 31), dt.date(2026, 11, 30), dt.date(2026, 12, 31)


def sold(centre: Organization, cents: int, since: dt.date | None, until: dt.date | None, **more) -> InvoiceItem:
    """One line for a period, invoiced on the first of October."""
    day = more.pop("on", dt.date(2026, 10, 1))
    code = a_ledger_code(centre)
    line = Line(description="Cours", unit_price=cents, ledger_code_id=code.pk, service_from=since, service_to=until)
    [pk] = invoicing.issue(
        organization=centre,
        drafts=[Draft(client_id=an_account(centre).pk, lines=[line])],
        terms=Terms(issued_on=day, due_on=day),
        by=None,
        now=NOW,
    )
    return InvoiceItem.objects.get(invoice=pk)


def earn(centre: Organization, through: dt.date) -> int:
    return earning.earn(organization=centre, through=through, by=None, now=NOW)


def books(centre: Organization, on: dt.date = DECEMBER) -> dict[str, int]:
    return {row.account: -row.balance for row in trial_balance(organization=centre, on=on)}


@pytest.fixture
def centre():
    return an_organization(defers_revenue=True)


def test_what_is_sold_for_a_period_is_deferred_and_earned_by_its_days(centre):
    item = sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)  # 92 days, a dollar a day
    assert (item.deferred, books(centre)["deferred"], "revenue" in books(centre)) == (9_200, 9_200, False)
    assert [earn(centre, month) for month in (OCTOBER, NOVEMBER, DECEMBER)] == [3_100, 3_000, 3_100]
    assert [books(centre, on).get("revenue", 0) for on in (OCTOBER, NOVEMBER, DECEMBER)] == [3_100, 6_100, 9_200]
    item.refresh_from_db()
    assert (item.deferred, item.earned_through) == (0, DECEMBER)


def test_a_month_is_earned_once(centre):
    sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)
    assert (earn(centre, OCTOBER), earn(centre, OCTOBER)) == (3_100, 0)
    assert Entry.objects.filter(kind="earned").count() == 1


def test_what_was_sold_late_is_caught_up_with_in_the_next_month(centre):
    sold(centre, 3_100, dt.date(2026, 10, 1), OCTOBER)
    earn(centre, OCTOBER)
    sold(centre, 6_100, dt.date(2026, 10, 1), NOVEMBER, on=dt.date(2026, 11, 4))
    assert (earn(centre, OCTOBER), earn(centre, NOVEMBER), books(centre)["revenue"]) == (0, 6_100, 9_200)


def test_nothing_is_earned_before_it_was_invoiced(centre):
    sold(centre, 6_100, dt.date(2026, 10, 1), NOVEMBER, on=dt.date(2026, 11, 4))
    assert (earn(centre, OCTOBER), books(centre, OCTOBER)) == (0, {})


def test_what_has_no_period_is_earned_at_once(centre):
    assert sold(centre, 2_000, None, None).deferred == 0
    assert books(centre)["revenue"] == 2_000


def test_an_organization_that_defers_nothing_earns_at_the_sale(centre):
    other = an_organization()
    assert sold(other, 2_000, dt.date(2026, 10, 1), DECEMBER).deferred == 0
    assert books(other)["revenue"] == 2_000


def test_what_belongs_to_a_closed_month_is_booked_on_the_first_open_day(centre):
    sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)
    Organization.objects.filter(pk=centre.pk).update(books_closed_on=OCTOBER)
    assert earn(centre, OCTOBER) == 3_100
    assert Entry.objects.get(kind="earned").happened_on == dt.date(2026, 11, 1)


def test_a_month_that_is_not_over_is_not_earned(centre):
    with pytest.raises(ValueError, match="not the last day"):
        earn(centre, dt.date(2026, 10, 30))


def test_voiding_an_invoice_takes_back_what_it_had_earned(centre):
    item = sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)
    earn(centre, OCTOBER)
    by = staff("finance", centre)
    voiding.void(organization=centre, invoice_ids=[item.invoice_id], by=by, on=dt.date(2026, 11, 21), now=NOW)
    assert {row: cents for row, cents in books(centre).items() if cents} == {}
    item.refresh_from_db()
    assert item.deferred == 0


def test_the_sweep_earns_the_month_before_for_everyone(centre):
    item = sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)
    assert (earning.earn_everywhere(now=NOW), earning.earn_everywhere(now=NOW)) == (1, 0)
    item.refresh_from_db()
    assert (item.earned_through, item.deferred) == (OCTOBER, 6_100)


@settings(deadline=None, max_examples=25)
@given(
    sales=st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 200), st.integers(0, 400)), min_size=1, max_size=4),
    months=st.sets(st.integers(1, 26)),
)
def test_whatever_is_sold_and_whenever_it_is_earned_the_cents_add_up(sales, months):
    centre = an_organization(defers_revenue=True)
    for cents, begins, lasts in sales:
        since = dt.date(2026, 10, 1) + dt.timedelta(days=begins)
        sold(centre, cents, since, since + dt.timedelta(days=lasts))
    earned = 0
    for month in sorted({*months, 26}):
        earned += earn(centre, dt.date(2026 + (9 + month) // 12, (9 + month) % 12 + 1, 1) - dt.timedelta(days=1))
        left = InvoiceItem.objects.filter(invoice__organization=centre).aggregate(n=Sum("deferred"))["n"]
        assert earned + left == sum(cents for cents, _, _ in sales)
    assert left == 0


def test_earning_and_closing_ask_for_the_same_locks_in_the_same_order(centre):
    """Each held what the other waited for: one of the two was killed."""
    sold(centre, 9_200, dt.date(2026, 10, 1), DECEMBER)
    by = staff("owner", centre)
    for act in (
        lambda: earn(centre, OCTOBER),
        lambda: closing.close(organization=centre, through=OCTOBER, by=by, now=NOW),
    ):
        with CaptureQueriesContext(connection) as asked:
            act()
        locks = ["advisory" in one["sql"] for one in asked if "advisory" in one["sql"] or "FOR NO KEY" in one["sql"]]
        assert locks[:2] == [True, False]
