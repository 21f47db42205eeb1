"""A charge is being undone while somebody tries one of its failures again."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from billing.models import MassRun, Payment
from billing.services import retrying
from tests.billing.undone import a_charged_run
from tests.builders import an_organization
from tests.races.racing import uncommitted, without_waiting

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
