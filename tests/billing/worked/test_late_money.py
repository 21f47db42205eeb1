"""Money for an invoice that no longer stands: taken is taken, so it becomes credit, and nothing is half done."""

import pytest

from billing.models import Allocation
from billing.services import cancelling, voiding
from billing.services.cancel_plans import Cancellation, Part
from billing.services.sources import available
from messaging.models import Message
from tests.billing.worked.centre import Centre, at, end_of
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def late():
    """A card that was declined and then, the invoice being gone, was taken after all."""
    centre = Centre()
    centre.client.account.email = "lea.roy@example.com"
    centre.client.account.save()
    invoice = centre.invoice(at(10, 1), 10_000)
    payment = centre.charge(at(10, 5), 10_000, invoice, says=Verdict.DECLINED)
    return centre, invoice, payment


def test_a_voided_invoice_paid_by_a_late_webhook_leaves_credit(late):
    centre, invoice, payment = late
    on = at(10, 6)
    voiding.void(organization=centre.organization, invoice_ids=[invoice.pk], by=centre.by, on=on.date(), now=on)
    centre.answer(at(10, 7), payment, Verdict.SUCCEEDED)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.allocated, Allocation.objects.count()) == ("void", 0, 0)
    assert (centre.owes(), available(centre.client)) == (-10_000, 10_000)
    assert Message.objects.filter(kind="receipt").count() == 1
    centre.holds(end_of(10), clearing=10_000, receivable=-10_000)


def test_a_cancelled_invoice_paid_by_a_late_webhook_leaves_credit(late):
    centre, invoice, payment = late
    part = Part(item_id=invoice.items.get().pk, amount=10_000)
    cancellation = Cancellation(terms=centre.terms(at(10, 6), "Annulation"), parts=[part], refunds={})
    cancelling.cancel(invoice=invoice, cancellation=cancellation, by=centre.by, now=at(10, 6))
    centre.answer(at(10, 7), payment, Verdict.SUCCEEDED)
    payment.refresh_from_db()
    assert (payment.allocated, centre.owes(), available(centre.client)) == (0, -10_000, 10_000)
    centre.holds(end_of(10), clearing=10_000, receivable=-10_000)


def test_an_invoice_cancelled_in_part_takes_what_it_still_owes(late):
    centre, invoice, payment = late
    part = Part(item_id=invoice.items.get().pk, amount=7_000)
    cancellation = Cancellation(terms=centre.terms(at(10, 6), "Annulation"), parts=[part], refunds={})
    cancelling.cancel(invoice=invoice, cancellation=cancellation, by=centre.by, now=at(10, 6))
    centre.answer(at(10, 7), payment, Verdict.SUCCEEDED)
    payment.refresh_from_db()
    assert (payment.allocated, centre.owes(), available(centre.client)) == (3_000, -7_000, 7_000)
    centre.holds(end_of(10), clearing=10_000, receivable=-7_000, revenue_4100=-3_000)
