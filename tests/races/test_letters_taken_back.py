"""A mass e-mail is stopped while the mail server is being spoken to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import User
from billing.models import MassRun
from billing.services import message_runs, runs, taking_back
from messaging.models import Message
from messaging.services import sending
from tests.billing.services.test_message_runs import drafted, families
from tests.billing.ways import confirmed
from tests.builders import NOW, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def by() -> User:
    return staff("finance", an_organization())


@pytest.fixture
def run(by) -> MassRun:
    centre = by.staff_memberships.get().organization
    run = confirmed(drafted(centre, families(centre, 1), by), by)
    message_runs.write_next(run=run, now=NOW)
    return run


def begun_elsewhere() -> Message | None:
    """Another worker begins to send the next letter."""

    def claim() -> Message | None:
        try:
            return sending.claim(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(claim).result(60)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_w4_a_letter_that_is_said_not_to_have_left_has_not(run, by, monkeypatch, guarded):
    """Guard: `_still_here` holds the letters; who only looks counts one as not sent while it leaves."""
    found = taking_back._still_here
    look = found if guarded else (lambda run: list(run.lines.values_list("message", flat=True)))
    begun: list[Message | None] = []
    monkeypatch.setattr(taking_back, "_still_here", lambda run: [look(run), begun.append(begun_elsewhere())][0])
    runs.stop(run=run, by=by, now=NOW)
    assert run.lines.get().message is None
    assert (begun == [None]) is guarded
