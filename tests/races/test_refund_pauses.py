"""A pause of a mass refund is before or after what leaves: no refund is marked as sent once it is committed."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing.models import MassRun, Refund
from billing.services import giving_back
from tests.billing.undone import a_charged_run, a_refund_run, written
from tests.builders import an_organization
from tests.races.test_pausing import pause_without_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(sandbox) -> MassRun:
    run = a_refund_run(a_charged_run(an_organization(processor_account=""), payers=1))
    written(run)
    return run


@pytest.fixture
def marking(run) -> Iterator[Callable[[], object]]:
    """Another worker has marked the refund and is about to commit, once it is told to."""
    [refund] = giving_back.claim(now=timezone.now())
    begin, marked, commit = threading.Event(), threading.Event(), threading.Event()

    def mark() -> None:
        try:
            assert begin.wait(60)
            with transaction.atomic():
                assert giving_back._mark_sent(refund, timezone.now())
                marked.set()
                assert commit.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=mark)
    thread.start()
    yield lambda: (begin.set(), marked.wait(60))
    commit.set()
    thread.join()
    assert Refund.objects.get().state == "sent"


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_mc_p8_a_pause_waits_for_the_refund_that_is_being_marked(run, marking, monkeypatch, guarded):
    """Guard: `LOCK_RUN`. Without it the run is paused, and a refund of it is marked as sent afterwards."""
    if not guarded:
        monkeypatch.setattr(giving_back, "LOCK_RUN", "SELECT %s")
    marking()
    assert pause_without_waiting(run) is not guarded
