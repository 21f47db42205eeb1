"""Worked months: what is sold for a season is earned month by month, also when it is cancelled midway."""

import datetime as dt

import pytest

from billing.models import InvoiceItem
from billing.reports.deferred import deferred
from billing.services import cancelling, credit_memos, earning, voiding
from billing.services.cancel_plans import Cancellation, Part
from tests.billing.worked.centre import Centre, at, end_of

pytestmark = pytest.mark.django_db
SEASON = {"service_from": dt.date(2026, 9, 1), "service_to": dt.date(2026, 11, 30)}


@pytest.fixture
def centre():
    return Centre(defers=True)


def earn(centre: Centre, month: int) -> int:
    through = end_of(month)
    return earning.earn(
        organization=centre.organization, through=through, by=centre.by, now=at(month, 1) + dt.timedelta(days=40)
    )


def test_a_season_is_earned_by_its_days(centre):
    """91.00 for 1 September to 30 November, 91 days, a dollar a day: 30.00, 31.00, 30.00. The taxes are due at once:
    GST 4.55; QST 9.07725, rounded to 9.08."""
    centre.taxes(GST=50_000, QST=99_750)
    centre.invoice(at(9, 1), 9_100, **SEASON)
    assert [earn(centre, month) for month in (9, 10, 11)] == [3_000, 3_100, 3_000]
    taxes = {"tax_GST": -455, "tax_QST": -908}
    centre.holds(end_of(8))
    centre.holds(end_of(9), receivable=10_463, deferred_4100=-6_100, revenue_4100=-3_000, **taxes)
    centre.holds(end_of(10), receivable=10_463, deferred_4100=-3_000, revenue_4100=-6_100, **taxes)
    centre.holds(end_of(11), receivable=10_463, revenue_4100=-9_100, **taxes)
    months = deferred(organization=centre.organization, since=end_of(9), until=end_of(11))
    assert [(row.before, row.sold, row.earned, row.left) for row in months] == [
        (0, 9_100, -3_000, 6_100),
        (6_100, 0, -3_100, 3_000),
        (3_000, 0, -3_000, 0),
    ]


def test_a_cancellation_midway_takes_what_was_not_earned_first(centre):
    """91.00; September earned (30.00). On 15 October 50.00 is cancelled: 61.00 was deferred, 11.00 remains so, spread
    over the 61 days of October and November. October earns 11.00 × 31 / 61 = 5.59; November the last 5.41."""
    invoice = centre.invoice(at(9, 1), 9_100, **SEASON)
    earn(centre, 9)
    part = Part(item_id=invoice.items.get().pk, amount=5_000)
    cancellation = Cancellation(terms=centre.terms(at(10, 15), "Annulation"), parts=[part], refunds={})
    credit = cancelling.cancel(invoice=invoice, cancellation=cancellation, by=centre.by, now=at(10, 15))
    assert InvoiceItem.objects.get().deferred == 1_100
    assert (earn(centre, 10), earn(centre, 11)) == (559, 541)
    centre.holds(end_of(9), receivable=9_100, deferred_4100=-6_100, revenue_4100=-3_000)
    centre.holds(end_of(10), receivable=4_100, deferred_4100=-541, revenue_4100=-3_559)
    centre.holds(end_of(11), receivable=4_100, revenue_4100=-4_100)
    # Voided in December, all of it is sold again: what was deferred then is earned at once, its period being over.
    credit_memos.void(credit=credit, by=centre.by, now=at(12, 2))
    assert earn(centre, 12) == 5_000
    centre.holds(dt.date(2026, 12, 31), receivable=9_100, revenue_4100=-9_100)


def test_an_invoice_voided_after_it_had_earned(centre):
    """91.00; 30.00 earned in September, voided on 5 October: what was earned is taken back in October."""
    invoice = centre.invoice(at(9, 1), 9_100, **SEASON)
    earn(centre, 9)
    on = at(10, 5)
    voiding.void(organization=centre.organization, invoice_ids=[invoice.pk], by=centre.by, on=on.date(), now=on)
    centre.holds(end_of(9), receivable=9_100, deferred_4100=-6_100, revenue_4100=-3_000)
    centre.holds(end_of(10))
