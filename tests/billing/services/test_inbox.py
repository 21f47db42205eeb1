"""What the processor tells us later: signed, stored once, and believed only for what the payment is now."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Attempt, Invoice, ProcessorEvent
from billing.services import inbox
from billing.services.settling import settle
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from wallet.processor import Event, Outcome, Verdict
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_charge(centre, token: str) -> Attempt:
    payer = a_real_payer(centre, token)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Attempt.objects.select_related("payment").get()


def tell(attempt: Attempt, type: str = "payment_intent.succeeded", *, id: str = "evt_1") -> bool:
    """The processor's webhook about that payment, received and handled."""
    event = Event(
        id=id,
        type=type,
        account="",
        object_id=attempt.payment.processor_payment,
        created=timezone.now(),
        livemode=False,
    )
    new = inbox.receive(event=event, now=timezone.now())
    inbox.handle_new(processor=get_processor(), clock=timezone.now)
    return new


def state(attempt: Attempt) -> str:
    attempt.refresh_from_db()
    return attempt.state


def test_s37_an_e_check_that_clears_pays_its_invoice(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    tell(attempt)
    assert (state(attempt), Invoice.objects.get().balance) == ("succeeded", 0)


def test_s38_an_e_check_that_fails_leaves_the_debt(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.fail(attempt.payment.processor_payment, "insufficient_funds")
    tell(attempt, "payment_intent.payment_failed")
    assert (state(attempt), attempt.reason, Invoice.objects.get().allocated) == ("declined", "insufficient_funds", 0)


def test_the_same_event_twice_is_one_row_and_one_booking(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    assert tell(attempt) is True
    assert tell(attempt) is False
    assert tell(attempt, id="evt_twin") is True
    assert ProcessorEvent.objects.count() == 2


def test_the_events_name_is_not_believed(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    tell(attempt, "payment_intent.succeeded")
    assert state(attempt) == "pending"


def test_news_of_a_payment_we_do_not_know_waits_and_is_given_up_after_three_days(centre, sandbox):
    event = Event(
        id="evt_x",
        type="payment_intent.succeeded",
        account="",
        object_id="pi_x",
        created=timezone.now(),
        livemode=False,
    )
    inbox.receive(event=event, now=timezone.now())
    inbox.handle_new(processor=get_processor(), clock=timezone.now)
    row = ProcessorEvent.objects.get()
    assert (row.handled_at, row.tries) == (None, 1)
    inbox.handle_new(processor=get_processor(), clock=lambda: timezone.now() + dt.timedelta(days=4))
    assert ProcessorEvent.objects.get().handled_at is not None


def test_an_older_refusal_never_ends_an_attempt_in_flight(centre, sandbox):
    """The webhook of the first refusal comes while the second attempt is on its way: only its own reply ends it."""
    attempt = a_charge(centre, "pm_card_chargeDeclined")
    flying = Attempt.objects.create(
        organization=centre,
        payment=attempt.payment,
        number=2,
        method=attempt.method,
        authorization=attempt.authorization,
        state="sent",
        sent_at=timezone.now(),
        created_at=timezone.now(),
    )
    tell(attempt, "payment_intent.payment_failed")
    assert state(flying) == "sent"


def test_money_that_moved_is_booked_whatever_we_believed(centre, sandbox):
    attempt = a_charge(centre, "pm_card_visa")
    assert settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code="expired_card")}, now=timezone.now()) == set()
    assert (state(attempt), list(successes(sandbox).values())) == ("succeeded", [1])


def test_a_success_heard_after_a_wrong_refusal_is_booked(centre, sandbox):
    payer = a_real_payer(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    sandbox.fault("reset_after", path="/confirm", count=1)
    charge_everything()
    attempt = Attempt.objects.select_related("payment").get()
    settle({attempt.pk: Outcome(verdict=Verdict.DECLINED, code="processing_error")}, now=timezone.now())
    tell(attempt)
    assert (state(attempt), Invoice.objects.get().balance) == ("succeeded", 0)
