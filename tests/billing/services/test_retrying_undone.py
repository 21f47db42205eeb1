"""A mass charge that was undone stays undone: none of its failures is tried again."""

import pytest
from django.utils import timezone

from billing import results
from billing.models import Attempt, Payment
from billing.services.confirming import confirm_with_holder
from billing.services.retrying import CannotRetry, retry
from smartrec.errors import Refused
from tests.billing.money import successes
from tests.billing.undone import a_charged_run, a_refund_run, carried_out
from tests.billing.views.test_documents import text
from tests.billing.views.ways import at, signed_in
from tests.builders import an_organization

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def reversed_run(sandbox):
    """One payment went back; the other had failed."""
    source = a_charged_run(an_organization(processor_account=""), ["pm_card_visa", DECLINED])
    carried_out(a_refund_run(source))
    source.refresh_from_db()
    assert source.state == "reversed"
    return source


def failed(run) -> Payment:
    return Payment.objects.get(run=run, attempts__state__in=["declined", "needs_client"])


def test_mc_p11_a_failure_of_a_reversed_charge_is_not_tried_again(reversed_run, sandbox):
    payment = failed(reversed_run)
    with pytest.raises(CannotRetry, match="run_undone"):
        retry(payment=payment, by=reversed_run.created_by, now=timezone.now())
    assert (payment.attempts.count(), len(successes(sandbox))) == (1, 1)


def test_mc_p11_nor_offered_to_be_tried_again(reversed_run):
    now = timezone.now()
    assert results.progress_of(reversed_run, now).failed.n == 1
    assert results.progress_of(reversed_run, now).retryable.n == 0
    assert not results.retryable(reversed_run, now).exists()


def test_mc_p11_nor_confirmed_by_its_holder(reversed_run, sandbox):
    payment = failed(reversed_run)
    Attempt.objects.filter(payment=payment).update(state="needs_client")
    with pytest.raises(Refused, match="undone"):
        confirm_with_holder(payment=payment, by=reversed_run.created_by, now=timezone.now())
    assert len(successes(sandbox)) == 1


def test_mc_p11_its_page_offers_nothing_and_says_why(reversed_run):
    payment, centre = failed(reversed_run), reversed_run.organization
    desk = signed_in("finance", centre)
    again = at(centre, "payment-retry", payment.pk)
    assert again not in text(desk.get(at(centre, "payment", payment.pk)))
    assert "The mass charge of this payment was undone" in text(desk.get(again, follow=True))
    assert payment.attempts.count() == 1
