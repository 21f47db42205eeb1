"""Ways one charge became two elsewhere; each guard is taken away once, to see that it is what holds."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from billing import tasks
from billing.models import Attempt, Payment
from billing.services import sending
from billing.services.retrying import CannotRetry, retry
from smartrec.celery import SWEEPS, app
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from tests.races.racing import race, winners
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
ONE_LIVE = "attempt_one_live_per_payment"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_charge(centre, token="pm_card_visa") -> Payment:
    """One payment of a confirmed mass charge, not sent yet."""
    payer, by = a_real_payer(centre, token), staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    return Payment.objects.get()


def a_failed_charge(centre) -> Payment:
    payment = a_charge(centre, "pm_card_chargeDeclinedInsufficientFunds")
    charge_everything()
    return payment


def one_more_attempt(payment: Payment) -> Attempt:
    """What a second click, a scheduler or a retry would write."""
    last = payment.attempts.latest("number")
    copied = ("organization_id", "payment_id", "method_id", "authorization_id", "processor_account", "created_at")
    return Attempt.objects.create(number=last.number + 1, **{name: getattr(last, name) for name in copied})


def test_f2_a_retry_is_the_same_payment_at_the_processor(centre, sandbox):
    """Guard: `Payment.processor_payment`, one PaymentIntent for a payment however often it is tried."""
    payment = a_failed_charge(centre)
    retry(payment=payment, by=staff("finance", centre), now=timezone.now())
    charge_everything()
    tried = [movement["payment_intent"] for movement in sandbox.movements()]
    assert (len(tried), set(tried)) == (2, {Payment.objects.get().processor_payment})


def test_f2_control_without_the_kept_id_each_try_is_another_payment(centre, sandbox):
    payment = a_failed_charge(centre)
    Payment.objects.update(processor_payment="", key=uuid.uuid4())
    retry(payment=payment, by=staff("finance", centre), now=timezone.now())
    charge_everything()
    assert len({movement["payment_intent"] for movement in sandbox.movements()}) == 2


def test_f4_asking_again_after_a_reload_or_a_crash_makes_no_second_payment(centre, sandbox):
    """Guard: the key is born with the row (`Payment.key`), never with the page or the call."""
    a_charge(centre)
    _lease, [attempt] = sending.claim(limit=1, now=timezone.now())
    first, second = (get_processor().create_payment(sending.intent_of(attempt)) for _ in range(2))
    assert first.payment == second.payment


def test_f4_control_a_key_made_at_the_call_makes_two(centre, sandbox):
    a_charge(centre)
    _lease, [attempt] = sending.claim(limit=1, now=timezone.now())
    intents = (replace(sending.intent_of(attempt), key=f"pi:{uuid.uuid4()}") for _ in range(2))
    assert len({get_processor().create_payment(intent).payment for intent in intents}) == 2


def test_f5_a_click_and_the_scheduler_at_the_same_second_make_one_attempt(centre, sandbox):
    """Guard: the partial unique index `attempt_one_live_per_payment`, whoever writes the second attempt."""
    payment, by = a_failed_charge(centre), staff("finance", centre)
    assert isinstance(retry(payment=payment, by=by, now=timezone.now()), Attempt)
    with pytest.raises(CannotRetry):
        retry(payment=payment, by=by, now=timezone.now())
    with pytest.raises(IntegrityError, match=ONE_LIVE), transaction.atomic():
        one_more_attempt(payment)


def test_f5_control_without_the_index_two_attempts_live(centre, sandbox):
    payment = a_failed_charge(centre)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {ONE_LIVE}")
        one_more_attempt(payment), one_more_attempt(payment)
        assert payment.attempts.filter(state="created").count() == 2
        transaction.set_rollback(True)


def test_f13_a_task_delivered_many_times_charges_once(centre, sandbox, monkeypatch):
    """Guard: tasks carry nothing; `CLAIM` takes each attempt once, with SKIP LOCKED and a lease."""
    a_charge(centre)
    monkeypatch.setattr(tasks, "SWEEP_FOR", 20.0)
    assert len(winners(race(tasks.dispatch, contenders=4))) == 4
    assert (Attempt.objects.get().claims, list(successes(sandbox).values())) == (1, [1])


def test_f13_no_task_about_money_waits_in_the_broker():
    """Guard: no countdown and no ETA anywhere; when something is due stands in PostgreSQL (`not_before`)."""
    rooms = ("accounts", "messaging", "wallet", "billing", "installments", "registration", "action_center", "smartrec")
    late = re.compile(r"apply_async\(|countdown=|\beta=")
    sources = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    assert [str(path) for path in sources if late.search(path.read_text(encoding="utf-8"))] == []


def test_f14_a_task_that_was_lost_is_done_by_the_next_sweep(centre, sandbox):
    """Guard: the table is the queue; `CLAIM` takes over once the lease has run out, and beat sweeps."""
    a_charge(centre)
    _lease, [mine] = sending.claim(limit=1, now=timezone.now())
    charge_everything()
    assert successes(sandbox) == {}
    charge_everything(now=timezone.now() + sending.LEASE * 2)
    assert (list(successes(sandbox).values()), SWEEPS["billing.tasks.dispatch"]) == ([1], 5)
    with ThreadPoolExecutor(1) as pool:
        sending.send([mine], lease=_lease, processor=get_processor(), pool=pool, clock=timezone.now)
    assert list(successes(sandbox).values()) == [1]


def test_f15_no_task_outlives_the_time_after_which_the_broker_delivers_it_again():
    """Guard: `visibility_timeout` stands well above the hard limit of a task's time."""
    visible = app.conf.broker_transport_options["visibility_timeout"]
    assert visible >= 2 * app.conf.task_time_limit > app.conf.task_soft_time_limit > tasks.SWEEP_FOR
    assert (app.conf.task_acks_late, app.conf.worker_prefetch_multiplier) == (True, 1)
