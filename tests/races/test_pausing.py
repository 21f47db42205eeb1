"""A pause is before or after what leaves: nothing of a run leaves once its pause is committed."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import Attempt, MassRun, Payment
from billing.services import lanes, leaving, runs, sending
from billing.services.calls import Calls, room_for
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from tests.races.racing import uncommitted, without_waiting
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db(transaction=True)
LINES, FIRST = 8, 2
LOOKS_AT_THE_RUN = "(SELECT r.state = 'running' FROM billing_massrun r WHERE r.id = a.held_by_id)"
AND_THE_CLAIM = "r.state = 'running'"


@pytest.fixture
def run(sandbox) -> MassRun:
    centre = an_organization(processor_account="")
    payers = [a_real_payer(centre, name=f"Payeur N{n}") for n in range(LINES)]
    by = staff("finance", centre)
    return confirmed(a_charge_draft(centre, [payer.account.owner for payer in payers], by), by)


class AtTheGate:
    """The processor's door, where every confirmation stands until it is opened."""

    def __init__(self) -> None:
        self.somebody, self.opened = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(get_processor(), name)

    def confirm_payment(self, charge):
        self.somebody.set()
        assert self.opened.wait(60)
        return get_processor().confirm_payment(charge)


def paused_in_mid_flight(run: MassRun) -> set[str]:
    """Pause while a wave stands at the gate, then let it through and go on; the answer is what was *sent* by then."""

    def work(gate: AtTheGate) -> None:
        try:
            with ThreadPoolExecutor(FIRST) as pool:
                lease, attempts = sending.claim(limit=FIRST, now=timezone.now())
                sending.send(attempts, lease=lease, processor=gate, pool=pool, clock=timezone.now)
            charge_everything()
        finally:
            connection.close()

    gate = AtTheGate()
    with ThreadPoolExecutor(1) as worker:
        working = worker.submit(work, gate)
        assert gate.somebody.wait(60)
        assert runs.pause(run=run, by=run.created_by, now=timezone.now())
        sent = set(Payment.objects.filter(attempts__sent_at__isnull=False).values_list("processor_payment", flat=True))
        gate.opened.set()
        working.result(120)
    return sent


def test_nothing_leaves_after_the_pause_by_the_processors_own_log(run, sandbox):
    sent = paused_in_mid_flight(run)
    assert set(successes(sandbox)) == sent
    assert (len(sent), Attempt.objects.filter(state="created").count()) == (FIRST, LINES - FIRST)


def test_control_without_looking_at_the_run_everything_leaves(run, sandbox, monkeypatch):
    monkeypatch.setattr(leaving, "MARK_SENT", leaving.MARK_SENT.replace(LOOKS_AT_THE_RUN, "TRUE"))
    monkeypatch.setattr(sending, "CLAIM", sending.CLAIM.replace(AND_THE_CLAIM, "TRUE"))
    monkeypatch.setattr(lanes, "WAITING", lanes.WAITING.replace(AND_THE_CLAIM, "TRUE"))
    sent = paused_in_mid_flight(run)
    assert len(successes(sandbox)) == LINES > len(sent)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_pause_waits_for_the_wave_that_is_being_marked(run, sandbox, monkeypatch, guarded):
    """Guard: `LOCK_RUNS`. Without it a run is paused, and lines of it are marked as sent afterwards."""
    if not guarded:
        monkeypatch.setattr(leaving, "LOCK_RUNS", "SELECT 1")
    lease, attempts = sending.claim(limit=FIRST, now=timezone.now())
    with uncommitted(lambda: leaving.mark_sent(attempts, lease, timezone.now())):
        paused_meanwhile = without_waiting(lambda: runs.pause(run=run, by=run.created_by, now=timezone.now()))
        sent_when_paused = Attempt.objects.filter(state="sent").count()
    assert (bool(paused_meanwhile), sent_when_paused) == (not guarded, 0)
    assert Attempt.objects.filter(state="sent").count() == FIRST
    assert runs.pause(run=run, by=run.created_by, now=timezone.now()) is guarded


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_what_could_not_leave_at_once_leaves_no_more(run, sandbox, monkeypatch, guarded):
    """Guard: `LEAVES_WITHIN`. A machine that slept between marking and sending does not go on where it was."""
    if not guarded:
        monkeypatch.setattr(sending, "LEAVES_WITHIN", dt.timedelta(days=1))
    now, slept = timezone.now(), []
    real = leaving.mark_sent
    monkeypatch.setattr(leaving, "mark_sent", lambda *args: [real(*args), slept.append(1)][0])
    asleep = iter([0])

    def clock() -> dt.datetime:
        # The first look after the marking is right; then the machine sleeps.
        return now if not slept or next(asleep, None) is not None else now + dt.timedelta(hours=2)

    lease, attempts = sending.claim(limit=FIRST, now=now)
    with ThreadPoolExecutor(FIRST) as pool:
        sending.send(attempts, lease=lease, processor=get_processor(), pool=pool, clock=clock)
    assert len(successes(sandbox)) == (0 if guarded else FIRST)
    assert Attempt.objects.filter(state="created").count() == (LINES if guarded else LINES - FIRST)


def test_a_wave_is_marked_only_when_all_of_it_has_a_place_among_the_calls():
    """Guard: `Calls.room_for`: nothing that was marked stands in a queue when somebody pauses."""
    answered, second = threading.Event(), threading.Event()
    with Calls(4) as calls:
        with room_for(calls, 4):
            first = [calls.submit(answered.wait, 60) for _ in range(3)]

        def wave() -> None:
            with room_for(calls, 2):
                second.set()

        waits = threading.Thread(target=wave)
        waits.start()
        assert not second.wait(0.2)
        answered.set()
        waits.join()
        assert second.is_set()
        assert [one.result() for one in first] == [True] * 3
