"""What the processor tells us later: signed, stored once, and believed only for what the payment is now."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Attempt, Entry, Invoice, Payment, ProcessorEvent
from billing.services import inbox, routing
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


def later(**ahead: int):
    """A clock that is ahead."""
    return lambda: timezone.now() + dt.timedelta(**ahead)


def forget_its_id(attempt: Attempt) -> str:
    """As if we had died before the processor's id of this payment was committed."""
    intent = attempt.payment.processor_payment
    Payment.objects.filter(pk=attempt.payment_id).update(processor_payment="")
    return intent


def news(attempt: Attempt, intent: str, *, id: str = "evt_early", account: str = "", **about: object) -> Event:
    """News about the payment of that id, with the key we put on it."""
    about = {"id": intent, "metadata": {"key": str(attempt.payment.key)}, **about}
    return Event(
        id=id,
        type="payment_intent.succeeded",
        account=account,
        object_id=intent,
        created=timezone.now(),
        livemode=False,
        payload={"data": {"object": about}},
    )


def received(event: Event, *, clock=timezone.now) -> ProcessorEvent:
    inbox.receive(event=event, now=timezone.now())
    inbox.handle_new(processor=get_processor(), clock=clock)
    return ProcessorEvent.objects.get(processor_event=event.id)


def test_f8_money_taken_on_an_id_we_never_committed_finds_its_payment(centre, sandbox):
    """Guard: `routing.payment_of` looks the payment up by the key it was prepared with."""
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    intent = forget_its_id(attempt)
    assert received(news(attempt, intent)).handled_at is not None
    assert (state(attempt), Payment.objects.get().processor_payment) == ("succeeded", intent)
    assert (Invoice.objects.get().balance, list(successes(sandbox).values())) == (0, [1])


def test_f8_news_that_comes_before_our_commit_is_tried_again(centre, sandbox):
    """Guard: what is not ours yet stays in the inbox."""
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    intent = forget_its_id(attempt)
    early = received(news(attempt, intent, metadata={}))
    assert (early.handled_at, early.tries, state(attempt)) == (None, 1, "pending")
    Payment.objects.update(processor_payment=intent)
    assert received(news(attempt, intent), clock=later(minutes=1)).handled_at is not None
    assert state(attempt) == "succeeded"


def test_the_key_of_another_account_finds_nothing(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    intent = forget_its_id(attempt)
    assert received(news(attempt, intent, account="acct_other")).handled_at is None
    assert Payment.objects.get().processor_payment == ""


def test_f10_two_pieces_of_news_about_one_object_are_never_in_two_hands(centre):
    """Guard: `inbox.CLAIM` leaves out what is about an object somebody holds."""
    now = timezone.now()
    for serial, dispute in enumerate(["du_1", "du_1", "du_2"]):
        type = "charge.dispute.updated"
        event = Event(id=f"evt_{serial}", type=type, account="", object_id=dispute, created=now, livemode=False)
        inbox.receive(event=event, now=now)
    first, second = inbox.claim(now=timezone.now()), inbox.claim(now=timezone.now())
    assert [event.processor_event for event in first] == ["evt_0", "evt_2"]
    assert second == []


def test_f10_two_events_for_one_fact_have_one_effect(centre, sandbox):
    """Guard: `routing` leaves a payment that succeeded alone, and behind it `settle` moves an attempt only once."""
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    for twin in ("evt_one", "evt_two", "evt_three"):
        received(news(attempt, attempt.payment.processor_payment, id=twin))
    assert Entry.objects.filter(kind="payment").count() == 1
    assert ProcessorEvent.objects.filter(handled_at=None).count() == 0


def test_f11_an_error_is_written_beside_the_news_and_loses_nothing(centre, sandbox, monkeypatch):
    """Guard: the event is stored in a transaction of its own, and `inbox.handle` writes the error beside it."""
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)

    def broken(*args: object, **kwargs: object) -> None:
        raise LookupError("a mistake of ours")

    with monkeypatch.context() as trouble:
        trouble.setattr(routing, "settle", broken)
        row = received(news(attempt, attempt.payment.processor_payment))
    assert (row.handled_at, row.tries, row.error) == (None, 1, "LookupError: a mistake of ours")
    inbox.handle_new(processor=get_processor(), clock=later(minutes=1))
    row.refresh_from_db()
    assert (row.handled_at is not None, row.error, state(attempt)) == (True, "", "succeeded")


def test_f11_each_failure_is_followed_by_a_longer_wait_and_none_is_the_last(centre, monkeypatch):
    """Guard: the wait doubles up to an hour; what went wrong is never given up on."""
    monkeypatch.setattr(routing, "act", lambda *args, **kwargs: 1 / 0)
    inbox.receive(
        event=Event(id="evt_z", type="x", account="", object_id="x", created=timezone.now(), livemode=False),
        now=timezone.now(),
    )
    waits, now = [], timezone.now()
    for _ in range(9):
        inbox.handle_new(processor=get_processor(), clock=lambda at=now: at)
        row = ProcessorEvent.objects.get()
        waits.append(round((row.not_before - now).total_seconds()))
        now = row.not_before + dt.timedelta(days=1)
    assert (waits, row.handled_at) == ([30, 60, 120, 240, 480, 960, 1920, 3600, 3600], None)


def test_f12_news_in_the_hands_of_a_worker_that_died_is_found_again(centre, sandbox):
    """Guard: the lease of `inbox.claim` runs out."""
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    inbox.receive(event=news(attempt, attempt.payment.processor_payment), now=timezone.now())
    assert len(inbox.claim(now=timezone.now())) == 1
    assert inbox.handle_new(processor=get_processor(), clock=timezone.now) == 0
    assert inbox.handle_new(processor=get_processor(), clock=later(minutes=11)) == 1
    assert state(attempt) == "succeeded"


def test_a_question_the_processor_does_not_answer_is_asked_again(centre, sandbox):
    attempt = a_charge(centre, "pm_acssDebit_success")
    sandbox.settle(attempt.payment.processor_payment)
    sandbox.fault("error_before", method="GET", count=10)
    row = received(news(attempt, attempt.payment.processor_payment))
    assert (row.handled_at, row.error.partition(":")[0]) == (None, "ProcessorUnavailable")
    sandbox.clear_faults()
    inbox.handle_new(processor=get_processor(), clock=later(minutes=1))
    assert state(attempt) == "succeeded"
