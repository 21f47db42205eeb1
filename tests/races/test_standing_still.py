"""Who stands still while holding something, as a machine that is suspended does, holds nobody up for good."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from billing.models import MassRun
from billing.services import runs
from tests.billing.money import a_real_payer
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, an_organization, staff

LIMIT = "idle_in_transaction_session_timeout"

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_transaction_in_which_nothing_happens_ends_by_itself():
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {LIMIT}")
        assert cursor.fetchone() == ("2min",)


def stand_still(run: MassRun, held: threading.Event, go_on: threading.Event, lost: list[Exception]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            MassRun.objects.select_for_update().get(pk=run.pk)
            # Two minutes are too long for a test. Said last: from here on nothing happens.
            cursor.execute(f"SET LOCAL {LIMIT} = '300ms'")
            held.set()
            go_on.wait(120)
            MassRun.objects.filter(pk=run.pk).update(note="too late")
    except DatabaseError as error:
        lost.append(error)
    finally:
        connection.close()


def test_a_run_is_paused_though_a_worker_that_holds_it_stands_still(sandbox):
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre), staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    held, go_on, lost = threading.Event(), threading.Event(), []
    worker = threading.Thread(target=stand_still, args=[run, held, go_on, lost])
    worker.start()
    assert held.wait(120)
    assert runs.pause(run=run, by=by, now=NOW)
    go_on.set()
    worker.join()
    run.refresh_from_db()
    assert (run.state, run.note, len(lost)) == ("paused", "", 1)
