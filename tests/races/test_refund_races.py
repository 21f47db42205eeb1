"""Refunds asked for, sent and answered at the same instant; beside each the control: without its guard it is lost."""

import datetime as dt
from threading import Event as Signal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.models import Entry, Payment, ProcessorEvent, Refund
from billing.services import giving_back, inbox, refunding
from billing.services.refunding import CannotRefund
from tests.billing.given_back import (
    BANK,
    a_paid_invoice,
    a_refund,
    ask_about_refunds,
    handle_news,
    owed,
    send_refunds,
    went_back,
)
from tests.builders import an_organization
from tests.races.racing import PATIENCE, race, slow, winners
from wallet.processor import Event, RefundOutcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def test_eight_refunds_at_once_never_give_back_more_than_was_paid(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    results = race(lambda: a_refund(attempt, 700))
    assert len(winners(results)) == 2
    assert all(isinstance(r, CannotRefund) for r in results if isinstance(r, Exception))
    race(send_refunds)
    assert (sorted(went_back(sandbox)), owed(attempt)) == ([700, 700], (1_400, 600))


def test_control_without_the_lock_only_the_database_holds_them_back(centre, sandbox, monkeypatch):
    attempt = a_paid_invoice(centre, sandbox)

    def unlocked(payment: Payment) -> Payment:
        return Payment.objects.select_related("organization", "client__account").get(pk=payment.pk)

    monkeypatch.setattr(refunding, "_locked", slow(unlocked))
    results = race(lambda: a_refund(attempt, 2_000))
    held = [r for r in results if isinstance(r, CannotRefund) and isinstance(r.__cause__, IntegrityError)]
    assert (len(winners(results)), len(held)) == (1, 7)


def test_eight_workers_send_one_refund_once(centre, sandbox):
    a_refund(a_paid_invoice(centre, sandbox))
    race(send_refunds)
    assert (went_back(sandbox), Refund.objects.get().state) == ([2_000], "succeeded")


def test_the_reply_and_the_news_book_a_refund_once(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    refund = a_refund(attempt)
    Refund.objects.update(state="sent", sent_at=timezone.now())
    news = RefundOutcome(verdict=Verdict.SUCCEEDED, refund="re_1")
    moved = race(lambda: refunding.settle(refund=Refund.objects.get(pk=refund.pk), outcome=news, now=timezone.now()))
    assert sorted(moved) == [False] * 7 + [True]
    assert (Entry.objects.filter(kind="refund").count(), owed(attempt)) == (1, (2_000, 0))


def told_by_twins(attempt, count: int = 8) -> None:
    """As many events for one fact, each with an id of its own."""
    intent = attempt.payment.processor_payment
    for serial in range(count):
        event = Event(
            id=f"evt_{serial}",
            type="payment_intent.succeeded",
            account="",
            object_id=intent,
            created=timezone.now(),
            livemode=False,
        )
        inbox.receive(event=event, now=timezone.now())


def test_f10_eight_workers_handle_eight_twins_one_after_the_other(centre, sandbox, monkeypatch):
    """Guard: `inbox.claim` gives news about one object to one worker at a time."""
    attempt = a_paid_invoice(centre, sandbox, BANK)
    ProcessorEvent.objects.all().delete()
    told_by_twins(attempt)
    at_once = side_by_side(monkeypatch, patience=0.05)
    race(handle_news)
    assert (max(at_once), Entry.objects.filter(kind="payment").count()) == (1, 1)
    assert not ProcessorEvent.objects.filter(handled_at=None).exists()


def test_f10_control_without_the_claim_twins_are_in_several_hands(centre, sandbox, monkeypatch):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    ProcessorEvent.objects.all().delete()
    told_by_twins(attempt)
    due = ProcessorEvent.objects.filter(handled_at=None).order_by("pk")
    monkeypatch.setattr(inbox, "claim", lambda *, now: list(due))
    at_once = side_by_side(monkeypatch, patience=PATIENCE)
    race(handle_news)
    assert max(at_once) > 1


def side_by_side(monkeypatch, patience: float) -> list[int]:
    """How many were at work on the object each time somebody began; each waits a while for company."""
    busy, seen, act, company = [], [], inbox.routing.act, Signal()

    def watched(*args, **kwargs):
        busy.append(1)
        seen.append(len(busy))
        if len(busy) > 1:
            company.set()
        company.wait(patience)
        try:
            return act(*args, **kwargs)
        finally:
            busy.pop()

    monkeypatch.setattr(inbox.routing, "act", watched)
    return seen


def test_news_that_waited_for_the_reply_finds_the_refund_the_reply_has_numbered(centre, sandbox, monkeypatch):
    refund = a_refund(a_paid_invoice(centre, sandbox))
    lock = refunding._locked

    def late(payment: Payment) -> Payment:
        Refund.objects.filter(pk=refund.pk).update(state="sent", sent_at=timezone.now(), processor_refund="re_1")
        return lock(payment)

    monkeypatch.setattr(refunding, "_locked", late)
    about = {"payment_intent": refund.payment.processor_payment, "amount": refund.amount}
    found = refunding.recognize(
        processor_refund="re_1",
        about=about,
        processor_account=refund.payment.processor_account,
        now=timezone.now(),
    )
    assert (found, Refund.objects.count()) == (refund, 1)


TOO_FAST = RefundOutcome(verdict=Verdict.NOT_SENT, retry=True, limited=True)
REFUSED = RefundOutcome(verdict=Verdict.NOT_SENT, reason="charge_already_refunded")


@pytest.mark.parametrize("said", [TOO_FAST, REFUSED], ids=["too fast", "refused"])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_of_a_refund_nothing_happened_is_heard_only_from_who_holds_the_lease(centre, sandbox, said, guarded):
    """Guard: the lease in `settle`. Without it a refund can be called off that the janitor is sending."""
    a_refund(a_paid_invoice(centre, sandbox))
    marked = timezone.now()
    [frozen] = giving_back.claim(now=marked)
    assert giving_back._mark_sent(frozen, marked)
    later = marked + giving_back.LEASE * 2
    Refund.objects.update(lease_until=later + giving_back.LEASE)
    lease = marked + giving_back.LEASE if guarded else None
    moved = refunding.settle(refund=frozen, outcome=said, now=later, lease=lease)
    assert (moved, Refund.objects.get().state == "sent") == (not guarded, guarded)


def test_a_refund_refused_after_the_janitor_has_sent_it_stays_given_back(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    marked = timezone.now()
    [frozen] = giving_back.claim(now=marked)
    assert giving_back._mark_sent(frozen, marked)
    ask_about_refunds(clock=lambda: marked + giving_back.LEASE * 2)
    assert not refunding.settle(refund=frozen, outcome=REFUSED, now=timezone.now(), lease=marked + giving_back.LEASE)
    assert (went_back(sandbox), owed(attempt), Refund.objects.get().state) == ([2_000], (2_000, 0), "succeeded")


def test_f7_a_refund_that_could_not_leave_at_once_leaves_no_more(centre, sandbox, monkeypatch):
    """Guard: `LEAVES_WITHIN`. A machine that slept since the marking would ask under a key that may be forgotten."""
    a_refund(a_paid_invoice(centre, sandbox))
    mark, slept = giving_back._mark_sent, []

    def mark_and_sleep(refund: Refund, now: dt.datetime) -> bool:
        slept.append(dt.timedelta(days=2))
        return mark(refund, now)

    def clock() -> dt.datetime:
        return timezone.now() + sum(slept, dt.timedelta())

    monkeypatch.setattr(giving_back, "_mark_sent", mark_and_sleep)
    send_refunds(clock=clock)
    assert (went_back(sandbox), Refund.objects.get().state) == ([], "sent")
    ask_about_refunds(clock=clock)
    assert (went_back(sandbox), Refund.objects.get().state) == ([], "failed")
