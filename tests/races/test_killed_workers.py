"""A worker dies without a goodbye, at the worst moments; whoever comes next charges each line once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from billing.models import Attempt, Invoice, MassRun
from billing.services import runs, sending, unanswered
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from tests.races.racing import PATIENCE
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
LINES = 12


@pytest.fixture
def run(sandbox) -> MassRun:
    centre = an_organization(processor_account="")
    payers = [a_real_payer(centre, name=f"Payeur N{n}") for n in range(LINES)]
    by = staff("finance", centre)
    return confirmed(a_charge_draft(centre, [payer.account.owner for payer in payers], by), by)


def a_worker() -> subprocess.Popen:
    """A process of its own that sends what is waiting, over the same database and sandbox."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    env = os.environ | {
        "DATABASE_URL": urlunsplit(address),
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "smartrec.settings.test",
    }
    code = "import django; django.setup(); from billing.tasks import dispatch; dispatch()"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env)


def kill_when(worker: subprocess.Popen, happened) -> None:
    """SIGKILL at the moment something has happened; the worker must still have been at it."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert worker.poll() is None, "the worker was done before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def the_next_worker() -> None:
    """Minutes later: expired leases are claimed again, unanswered attempts are asked about."""
    later = timezone.now() + sending.LEASE + dt.timedelta(minutes=1)
    charge_everything(now=later)
    later += sending.LEASE
    unanswered.resolve(processor=get_processor(), clock=lambda: later)
    runs.finish_charges(now=later)


def everyone_is_charged_once(run: MassRun, sandbox) -> None:
    run.refresh_from_db()
    assert sorted(successes(sandbox).values()) == [1] * LINES
    assert set(Attempt.objects.values_list("state", flat=True)) == {"succeeded"}
    assert (run.state, {invoice.balance for invoice in Invoice.objects.all()}) == ("finished", {0})


def test_a_worker_killed_in_mid_run(run, sandbox):
    sandbox.fault("timeout_before", path="/confirm", skip=4, count=LINES, seconds=20)
    worker = a_worker()
    kill_when(worker, lambda: len(successes(sandbox)) >= 4)
    assert len(successes(sandbox)) < LINES
    sandbox.clear_faults()
    the_next_worker()
    everyone_is_charged_once(run, sandbox)


def test_a_worker_killed_after_the_money_moved_and_before_our_commit(run, sandbox):
    sandbox.fault("timeout_after", path="/confirm", count=LINES, seconds=20)
    worker = a_worker()
    kill_when(worker, lambda: len(successes(sandbox)) >= 4)
    assert not Attempt.objects.filter(state="succeeded").exists()
    assert Attempt.objects.filter(state="sent").exists()
    sandbox.clear_faults()
    the_next_worker()
    everyone_is_charged_once(run, sandbox)


def test_control_sending_anew_under_a_new_key_would_charge_twice(run, sandbox, monkeypatch):
    """Without one PaymentIntent per payment and a key born with the attempt, the same drill charges twice."""
    sandbox.fault("timeout_after", path="/confirm", count=LINES, seconds=20)
    worker = a_worker()
    kill_when(worker, lambda: len(successes(sandbox)) >= 4)
    sandbox.clear_faults()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_attempt SET state = 'created', sent_at = NULL, key = gen_random_uuid()")
        cursor.execute("UPDATE billing_payment SET processor_payment = '', key = gen_random_uuid()")
    charge_everything(now=timezone.now() + sending.LEASE * 2)
    assert sum(successes(sandbox).values()) > LINES
