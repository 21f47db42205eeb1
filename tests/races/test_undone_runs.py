"""A charge is being undone while somebody tries one of its failures again."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from billing.models import Attempt, MassRun, Payment, Refund
from billing.services import refunding, retrying, undoing
from tests.billing.given_back import a_refund, send_refunds
from tests.billing.undone import a_charged_run
from tests.builders import an_organization
from tests.races.racing import uncommitted, without_waiting
from wallet.processor import RefundOutcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def being_undone(sandbox) -> Iterator[MassRun]:
    """Its last refund is booked, and that it is reversed not committed yet."""
    run = a_charged_run(an_organization(processor_account=""), ["pm_card_visa", DECLINED])
    with uncommitted(lambda: MassRun.objects.filter(pk=run.pk).move("reversed")):
        yield run


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_mc_p11_a_retry_waits_until_the_charge_is_undone(being_undone, monkeypatch, guarded):
    """Guard: `of_an_undone_run` holds the run; who only looks finds it whole, and starts."""
    if not guarded:
        monkeypatch.setattr(retrying, "of_an_undone_run", lambda payment: payment.run.is_undone)
    payment = Payment.objects.get(run=being_undone, attempts__state="declined")
    by = being_undone.created_by
    retried = without_waiting(lambda: retrying.retry(payment=payment, by=by, now=timezone.now()))
    assert bool(retried) is not guarded
    assert payment.attempts.count() == (1 if guarded else 2)


@pytest.fixture
def given_back(sandbox) -> MassRun:
    """A charge whose one payment was refunded by hand; that it is undone was not looked at yet."""
    run = a_charged_run(an_organization(processor_account=""), payers=1)
    a_refund(Attempt.objects.select_related("payment__client__account").get(payment__run=run))
    send_refunds()
    return run


def came_back() -> bool:
    """The bank sends the refund back to the centre."""
    failed = RefundOutcome(verdict=Verdict.DECLINED, reason="expired_or_canceled_card")
    return refunding.settle(refund=Refund.objects.get(), outcome=failed, now=timezone.now())


def unheld(*, payment: Payment) -> None:
    MassRun.objects.filter(pk=payment.run_id, state="reversed").update(state="finished")


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_mc_p11_a_refund_that_comes_back_while_its_charge_is_reversed_undoes_that(given_back, monkeypatch, guarded):
    """Guard: `stands_again` holds the run; who only looks finds nothing to undo, and a charge that keeps its money
    stays *refunded*."""
    if not guarded:
        monkeypatch.setattr(undoing, "stands_again", unheld)
    with uncommitted(lambda: undoing.reverse_what_went_back(now=timezone.now())):
        heard = without_waiting(came_back)
    assert bool(heard) is not guarded
    if not heard:
        came_back()
    given_back.refresh_from_db()
    assert (given_back.state, Refund.objects.get().state) == ("finished" if guarded else "reversed", "failed")
