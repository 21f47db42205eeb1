"""Refunds asked for, sent and answered at the same instant; beside each the control: without its guard it is lost."""

from threading import Event as Signal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.models import Entry, Payment, ProcessorEvent, Refund
from billing.services import inbox, refunding
from billing.services.refunding import CannotRefund
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, handle_news, owed, send_refunds, went_back
from tests.builders import an_organization
from tests.races.racing import race, slow, winners
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
    at_once = side_by_side(monkeypatch, patience=10)
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
