"""A pause of a mass refund is before or after what leaves: no refund is marked as sent once it is committed."""

import pytest
from django.utils import timezone

from billing.models import MassRun, Refund
from billing.services import giving_back, runs
from tests.billing.undone import a_charged_run, a_refund_run, written
from tests.builders import an_organization
from tests.races.racing import uncommitted, without_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(sandbox) -> MassRun:
    run = a_refund_run(a_charged_run(an_organization(processor_account=""), payers=1))
    written(run)
    return run


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_mc_p8_a_pause_waits_for_the_refund_that_is_being_marked(run, monkeypatch, guarded):
    """Guard: `LOCK_RUN`. Without it the run is paused, and a refund of it is marked as sent afterwards."""
    if not guarded:
        monkeypatch.setattr(giving_back, "LOCK_RUN", "SELECT %s")
    [refund] = giving_back.claim(now=timezone.now())

    def mark() -> None:
        assert giving_back._mark_sent(refund, timezone.now())

    with uncommitted(mark):
        paused = without_waiting(lambda: runs.pause(run=run, by=run.created_by, now=timezone.now()))
        assert bool(paused) is not guarded
    assert Refund.objects.get().state == "sent"
