"""The requests that move money are made from their rows: whoever sends them, whenever, sends the same."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from billing.models import Attempt
from billing.services import sending, unanswered
from tests.billing.money import a_real_payer, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from wallet.models import Pace
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(sandbox) -> Attempt:
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre), staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    return Attempt.objects.get()


def send_what_waits(*, later: dt.timedelta = dt.timedelta()) -> None:
    now = timezone.now() + later
    lease, attempts = sending.claim(limit=8, now=now)
    with ThreadPoolExecutor(1) as pool:
        sending.send(attempts, lease=lease, processor=get_processor(), pool=pool, clock=lambda: now)


def test_f3_f4_a_second_claim_a_day_later_sends_the_very_same_requests(attempt):
    """F3 and F4: guarded by keys born with the rows (`pi:{payment}`, `cf:{attempt}`), with nothing of the moment."""
    _, [first] = sending.claim(limit=8, now=timezone.now())
    _, [second] = sending.claim(limit=8, now=timezone.now() + dt.timedelta(days=1))
    assert first.lease != second.lease
    assert sending.intent_of(first) == sending.intent_of(second)
    assert sending.charge_of(first) == sending.charge_of(second)
    assert sending.intent_of(second).key == f"pi:{attempt.payment.key}"
    assert sending.charge_of(second).key == f"cf:{attempt.key}"


def test_f6_f7_a_lost_answer_is_asked_for_under_the_same_key(attempt, sandbox):
    """F6 and F7: guarded by `RESEND_WITHIN` and the key of the row: the answer is the first one, replayed."""
    sandbox.fault("error_after", path="/confirm")
    send_what_waits()
    assert Attempt.objects.get().state == "sent"
    soon = timezone.now() + unanswered.RESEND_WITHIN / 2
    unanswered.resolve(processor=get_processor(), clock=lambda: soon)
    late = timezone.now() + unanswered.RESEND_WITHIN * 2
    unanswered.resolve(processor=get_processor(), clock=lambda: late)
    assert (Attempt.objects.get().state, list(successes(sandbox).values())) == ("succeeded", [1])


def test_f7_a_key_that_may_be_forgotten_is_never_sent_again(attempt, sandbox):
    """F7: guarded by `RESEND_WITHIN`: after 20 hours the payment is only read."""
    sandbox.fault("reset_before", path="/confirm")
    send_what_waits()
    sandbox.advance(25 * 3600)
    late = timezone.now() + dt.timedelta(hours=25)
    unanswered.resolve(processor=get_processor(), clock=lambda: late)
    assert (Attempt.objects.get().state, successes(sandbox)) == ("not_sent", {})


@pytest.mark.parametrize(("kind", "left"), [("rate_limit", 500), ("lock_timeout", 1_000)])
@pytest.mark.parametrize(("path", "endpoint"), [("/confirm$", "confirm"), ("/payment_intents$", "create")])
def test_too_fast_slows_down_the_requests_of_that_kind(attempt, sandbox, settings, kind, left, path, endpoint):
    settings.PROCESSOR_PER_SECOND = 1_000
    sandbox.fault(kind, path=path)
    send_what_waits()
    assert Attempt.objects.get().state == "created"
    assert Pace.objects.get(endpoint=endpoint).per_second == left
    send_what_waits(later=dt.timedelta(minutes=1))
    assert (Attempt.objects.get().state, list(successes(sandbox).values())) == ("succeeded", [1])
