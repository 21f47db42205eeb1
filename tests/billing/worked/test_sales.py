"""Worked months: what is sold, with which taxes, and what is taken back as a whole."""

import pytest

from billing.services import voiding
from tests.billing.worked.centre import Centre, at, end_of

pytestmark = pytest.mark.django_db


def test_gst_and_qst():
    """Activity of 100.00: GST 5 % = 5.00; QST 9.975 % = 9.975, rounded half up to 9.98; in all 114.98."""
    centre = Centre()
    centre.taxes(GST=50_000, QST=99_750)
    centre.invoice(at(10, 1), 10_000)
    centre.holds(end_of(9))
    centre.holds(end_of(10), receivable=11_498, revenue_4100=-10_000, tax_GST=-500, tax_QST=-998)


def test_hst():
    """Activity of 80.00 in Ontario: HST 13 % = 10.40; in all 90.40."""
    centre = Centre()
    centre.taxes(HST=130_000)
    centre.invoice(at(10, 1), 8_000)
    centre.holds(end_of(10), receivable=9_040, revenue_4100=-8_000, tax_HST=-1_040)


def test_taxes_included():
    """114.98 with its taxes: 100.00 + GST 5.00 + QST 9.98. Three of 20.00 each, 60.00: 52.18 + 2.61 + 5.21 = 60.00
    (52.19 would come to 52.19 + 2.61 + 5.21 = 60.01)."""
    centre = Centre()
    centre.taxes(GST=50_000, QST=99_750)
    centre.invoice(at(10, 1), 11_498, included=True)
    centre.holds(end_of(10), receivable=11_498, revenue_4100=-10_000, tax_GST=-500, tax_QST=-998)
    centre.invoice(at(11, 1), 2_000, included=True, quantity=3)
    # 100.00 + 52.18; 5.00 + 2.61; 9.98 + 5.21.
    centre.holds(end_of(11), receivable=17_498, revenue_4100=-15_218, tax_GST=-761, tax_QST=-1_519)


def test_void():
    """57.49 issued on 30 October, voided on 2 November: October keeps it, November takes it back."""
    centre = Centre()
    centre.taxes(GST=50_000, QST=99_750)
    invoice = centre.invoice(at(10, 30), 5_000)
    on = at(11, 2)
    voiding.void(organization=centre.organization, invoice_ids=[invoice.pk], by=centre.by, on=on.date(), now=on)
    # QST 9.975 % of 50.00 = 4.9875, rounded to 4.99.
    centre.holds(end_of(10), receivable=5_749, revenue_4100=-5_000, tax_GST=-250, tax_QST=-499)
    centre.holds(end_of(11))
