"""News of what we never saw, and silence: after a day a person knows."""

import datetime as dt

import pytest
from django.utils import timezone

from billing import tasks
from billing.models import Attempt, Discrepancy, Payment, ProcessorEvent, Refund
from billing.services import inbox, orphans, routing, silence
from messaging.models import Message
from tests.billing.differing import charged, charged_there, kinds
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, handle_news, owed, send_refunds
from tests.builders import an_organization, staff
from wallet.processor import Event
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1, minutes=1)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def told(type: str, object_id: str, *, ago: dt.timedelta = A_DAY, **about: object) -> ProcessorEvent:
    """News that came so long ago, and was looked at now."""
    payload = {"data": {"object": {"id": object_id, **about}}}
    facts = {"account": "", "object_id": object_id, "created": timezone.now(), "livemode": False, "payload": payload}
    inbox.receive(event=Event(id=f"evt_{type}_{object_id}", type=type, **facts), now=timezone.now() - ago)
    handle_news()
    return ProcessorEvent.objects.get(object_id=object_id)


def test_news_of_a_charge_nobody_knows_is_shown_after_a_day(centre):
    charge = charged_there()
    early = told("payment_intent.succeeded", charge, ago=dt.timedelta(hours=2))
    assert (early.handled_at, kinds()) == (None, [])
    handle_news(clock=lambda: timezone.now() + A_DAY)
    assert kinds(object_id=charge) == ["unknown_charge"]
    handle_news(clock=lambda: timezone.now() + inbox.GIVE_UP_AFTER * 2)
    early.refresh_from_db()
    assert (early.error, kinds(object_id=charge)) == ("shown", ["unknown_charge"])


def test_news_of_a_charge_that_took_nothing_is_forgotten(centre):
    event = told("payment_intent.payment_failed", "pi_never", ago=inbox.GIVE_UP_AFTER + A_DAY)
    assert (event.handled_at is not None, event.error, kinds()) == (True, "nothing of ours", [])


def test_news_of_a_refund_shows_the_charge_it_is_of(centre):
    charge = charged_there()
    refund = get_processor().client.v1.refunds.create(params={"payment_intent": charge, "amount": 500}).id
    told("refund.created", refund, payment_intent=charge, amount=500, currency="cad")
    found = Discrepancy.objects.get()
    assert (found.kind, found.object_id, found.amount) == ("unknown_charge", charge, 4_000)


def test_news_of_a_refund_of_nothing_we_can_name_is_shown(centre):
    told("refund.created", "re_old", amount=500, currency="cad", status="succeeded")
    found = Discrepancy.objects.get()
    assert (found.kind, found.object_id, found.amount, found.currency) == ("unknown_news", "re_old", 500, "CAD")


def a_dispute_of(sandbox, charge: str) -> str:
    return sandbox.dispute(charge)["id"]


def test_a_dispute_of_a_charge_nobody_knows_is_shown_and_ends_when_it_is_followed(centre, sandbox):
    attempt = charged(centre)
    intent = attempt.payment.processor_payment
    dispute = a_dispute_of(sandbox, intent)
    Payment.objects.update(processor_payment="")
    told("charge.dispute.created", dispute, payment_intent=intent, amount=2_000, currency="cad")
    found = Discrepancy.objects.get()
    assert (found.kind, found.theirs["type"]) == ("unknown_news", "charge.dispute.created")
    Payment.objects.update(processor_payment=intent)
    handle_news(clock=lambda: timezone.now() + A_DAY)
    found.refresh_from_db()
    assert (found.how, owed(attempt)[0]) == ("gone", 2_000)


def test_news_about_no_money_is_not_shown(centre):
    told("payment_method.updated", "pm_never", ago=inbox.GIVE_UP_AFTER + A_DAY)
    told("checkout.session.expired", "cs_never", ago=inbox.GIVE_UP_AFTER + A_DAY)
    assert kinds() == []


def test_news_that_goes_wrong_for_a_day_is_shown_and_tried_all_the_same(centre, sandbox, monkeypatch):
    attempt = charged(centre, BANK)
    intent = attempt.payment.processor_payment
    sandbox.settle(intent)
    with monkeypatch.context() as trouble:
        trouble.setattr(routing, "look_at", lambda **_: 1 / 0)
        event = told("payment_intent.succeeded", intent)
    assert (event.handled_at, kinds(object_id=intent)) == (None, ["failing_news"])
    assert Discrepancy.objects.get().theirs["error"].startswith("ZeroDivisionError")
    handle_news(clock=lambda: timezone.now() + A_DAY)
    assert (owed(attempt), kinds(), Discrepancy.objects.get().how) == ((0, 2_000), [], "gone")


def test_when_nothing_can_be_followed_some_say_it_as_well_as_all(centre, monkeypatch):
    monkeypatch.setattr(orphans, "AT_MOST", 2)
    monkeypatch.setattr(routing, "act", lambda *args, **kwargs: 1 / 0)
    for n in range(4):
        told("payment_intent.succeeded", f"pi_{n}")
    assert kinds() == ["failing_news"] * 2


def test_f6_a_payment_unanswered_for_a_day_is_shown_until_it_is_answered(centre, sandbox):
    staff("owner", centre)
    attempt = charged(centre, BANK)
    sent = {"state": "sent", "sent_at": timezone.now() - A_DAY, "lease_until": timezone.now()}
    Attempt.objects.filter(pk=attempt.pk).update(**sent)
    silence.notice(now=timezone.now())
    tasks.notice_silence()
    assert kinds(payment=attempt.payment, refund=None) == ["unanswered"]
    assert Message.objects.filter(kind="charges_disagree").count() == 2
    tasks.ask_again()
    tasks.notice_silence()
    attempt.refresh_from_db()
    assert (attempt.state, kinds(), Discrepancy.objects.get().how) == ("pending", [], "gone")


def test_a_payment_sent_an_hour_ago_is_not_shown(centre, sandbox):
    attempt = charged(centre, BANK)
    Attempt.objects.filter(pk=attempt.pk).update(state="sent", sent_at=timezone.now() - dt.timedelta(hours=23))
    assert silence.notice(now=timezone.now()) == 0


def test_a_refund_unanswered_for_a_day_is_shown_until_it_is_answered(centre, sandbox):
    refund = a_refund(a_paid_invoice(centre, sandbox))
    sandbox.fault("reset_after", path="/refunds", count=1)
    send_refunds()
    Refund.objects.filter(pk=refund.pk).update(sent_at=timezone.now() - A_DAY)
    silence.notice(now=timezone.now())
    assert kinds(refund=refund) == ["unanswered"]
    Refund.objects.filter(pk=refund.pk).update(lease_until=timezone.now() - A_DAY)
    tasks.give_back()
    silence.notice(now=timezone.now())
    assert kinds() == []
