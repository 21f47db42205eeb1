"""W1 and W10: what failed where nothing is owed yet is tried again in one place alone, never in two."""

import pytest
from django.utils import timezone

from billing.models import Invoice, MassRun
from billing.services import cloning, retrying, starting
from billing.services.retrying import CannotRetry
from smartrec.errors import Refused
from tests.billing.money import another_card, charge_everything, successes
from tests.billing.services.test_paid_first import DECLINED, a_payer, charged, wind_up
from tests.builders import an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def run(centre, by):
    """One payment was accepted, one failed."""
    payers = [a_payer(centre), a_payer(centre, "Paul Côté", DECLINED)]
    return wind_up(charged(centre, by, payers))


def failed(run: MassRun):
    return run.payments.get(attempts__state="declined")


def retried(run: MassRun, by, payment, card=None) -> None:
    card = card or another_card(payment)
    retrying.retry(payment=payment, authorization=card, by=by, now=timezone.now())


def started(run: MassRun, by) -> MassRun:
    total = sum(line.amount for line in run.lines.filter(state="included"))
    return starting.confirm(run=run, count=1, total=total, by=by, now=timezone.now())


def test_w1_w10_a_failure_charged_again_by_a_run_of_its_own_is_not_retried_too(run, by, sandbox):
    payment, again = failed(run), cloning.clone(run=run, who="failed", by=by, now=timezone.now())
    card = another_card(payment)
    again.lines.update(method=card.method, authorization=card)
    started(again, by)
    with pytest.raises(CannotRetry):
        retried(run, by, payment, card)
    charge_everything()
    wind_up(again)
    invoices = Invoice.objects.filter(run__isnull=False)
    assert (list(successes(sandbox).values()), invoices.count()) == ([1, 1], 2)


def test_w1_w10_a_failure_retried_meanwhile_is_not_charged_by_the_run_made_of_it(run, by, sandbox):
    payment, again = failed(run), cloning.clone(run=run, who="failed", by=by, now=timezone.now())
    retried(run, by, payment)
    with pytest.raises(Refused):
        started(again, by)
    charge_everything()
    assert len(successes(sandbox)) == 2


def test_w1_w10_two_runs_made_of_the_same_failure_do_not_both_start(run, by):
    one, two = (cloning.clone(run=run, who="failed", by=by, now=timezone.now()) for _ in range(2))
    MassRun.objects.filter(pk=two.pk).update(options=two.options | {"subject": "another"})
    started(one, by)
    with pytest.raises(Refused):
        started(MassRun.objects.get(pk=two.pk), by)
