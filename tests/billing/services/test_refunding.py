"""Money given back: never more than was taken, never twice, and said to be done only when it is."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import Attempt, Dispute, Entry, Payment, Refund
from billing.services import giving_back, refunding
from billing.services.refunding import CannotRefund
from messaging.models import Message
from tests.billing.desk import received
from tests.billing.given_back import (
    BANK,
    CARD,
    a_paid_invoice,
    a_refund,
    ask_about_refunds,
    hear_everything,
    owed,
    send_refunds,
    tell,
    went_back,
)
from tests.billing.ways import an_invoice
from tests.builders import an_organization, staff
from wallet.models import Pace
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def states() -> list[str]:
    return list(Refund.objects.order_by("pk").values_list("state", flat=True))


def refused(attempt: Attempt, cents: int = 2_000, *, now: dt.datetime | None = None) -> str:
    """Why it is not refunded; nothing may have moved."""
    before = Refund.objects.count()
    with pytest.raises(CannotRefund) as told:
        refunding.request_refund(
            payment=attempt.payment, amount=cents, by=attempt.payment.created_by, now=now or timezone.now()
        )
    assert Refund.objects.count() == before
    return told.value.reason


def later(**ahead: int):
    return lambda: timezone.now() + dt.timedelta(**ahead)


def test_a_refund_gives_the_money_back_and_the_invoice_is_owed_again(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    refund = a_refund(attempt, note="Cours annulé")
    assert (states(), went_back(sandbox), owed(attempt)) == (["created"], [], (0, 2_000))
    send_refunds()
    assert (states(), went_back(sandbox), owed(attempt)) == (["succeeded"], [2_000], (2_000, 0))
    assert Entry.objects.get(kind="refund").reference == f"refund/{refund.pk}/succeeded"
    assert Message.objects.get(kind="refund_sent").facts["note"] == "Cours annulé"


def test_y43_parts_are_refunded_until_nothing_is_left(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    for cents in (500, 700, 800):
        a_refund(attempt, cents)
        send_refunds()
    assert (sorted(went_back(sandbox)), owed(attempt)) == ([500, 700, 800], (2_000, 0))
    assert refused(attempt, 1) == "all_refunded"


def test_a_part_leaves_the_rest_of_the_invoice_paid(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt, 500)
    send_refunds()
    assert owed(attempt) == (500, 1_500)


@pytest.mark.parametrize("cents", [0, -1, 2_001])
def test_more_than_what_is_left_is_refused(centre, sandbox, cents):
    assert refused(a_paid_invoice(centre, sandbox), cents) == "too_much"


def test_what_waits_to_be_refunded_is_not_refunded_a_second_time(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt, 1_500)
    assert refused(attempt, 501) == "too_much"


def test_the_database_itself_refuses_more_than_was_paid(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt, 1_500)
    with pytest.raises(IntegrityError, match="payment_never_refunded_beyond"), transaction.atomic():
        Refund.objects.create(
            organization=centre, payment=attempt.payment, number=2, amount=501, created_at=timezone.now()
        )


@pytest.mark.parametrize(("state", "reason"), [("sent", "under_way"), ("pending", "processing")])
def test_what_has_not_settled_is_not_refunded(centre, sandbox, state, reason):
    attempt = a_paid_invoice(centre, sandbox)
    Attempt.objects.update(state=state, settled_at=None)
    assert refused(attempt) == reason
    Attempt.objects.update(state="succeeded", settled_at=timezone.now())


def test_a_payment_taken_at_the_desk_is_not_refunded_by_the_processor(centre, sandbox):
    client = a_paid_invoice(centre, sandbox).payment.client
    cash = received(client, an_invoice(client, 500))
    with pytest.raises(CannotRefund, match="at_the_desk"):
        refunding.request_refund(payment=cash, amount=500, by=staff("finance", centre), now=timezone.now())


@pytest.mark.parametrize(("token", "reason"), [(BANK, "too_late"), (CARD, "")])
def test_a_bank_debit_is_refunded_for_180_days(centre, sandbox, token, reason):
    attempt = a_paid_invoice(centre, sandbox, token)
    at = Attempt.objects.get().sent_at + refunding.BANK_REFUNDS_WITHIN
    assert refunding.refusal(attempt.payment, now=at) == ""
    assert refunding.refusal(attempt.payment, now=at + dt.timedelta(seconds=1)) == reason


def test_the_same_page_sent_twice_refunds_once(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt, 500, seen=0)
    with pytest.raises(CannotRefund, match="meanwhile"):
        a_refund(attempt, 500, seen=0)
    assert Refund.objects.count() == 1


def test_f17_nothing_is_refunded_while_a_bank_takes_it_back(centre, sandbox):
    """Guard: `refunding.refusal` asks for disputes: the client would be paid twice."""
    attempt = a_paid_invoice(centre, sandbox)
    sandbox.dispute(attempt.payment.processor_payment)
    hear_everything()
    assert (refused(attempt), went_back(sandbox)) == ("disputed", [])
    sandbox.dispute(attempt.payment.processor_payment, status="lost")
    hear_everything()
    assert refused(attempt) == "disputed"


def test_f17_a_dispute_that_opens_before_the_refund_leaves_stops_it(centre, sandbox):
    """Guard: `giving_back._mark_sent` asks again, under the payment's lock."""
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    sandbox.dispute(attempt.payment.processor_payment)
    hear_everything()
    send_refunds()
    refund = Refund.objects.get()
    assert (refund.state, refund.reason, went_back(sandbox)) == ("cancelled", "disputed", [])
    assert Payment.objects.get().refunded == 0


def test_f17_the_client_is_told_only_when_the_money_is_back(centre, sandbox):
    """Guard: the letter is written by `refunding._given_back`, on *succeeded*; a bank's refund takes days."""
    attempt = a_paid_invoice(centre, sandbox, BANK)
    a_refund(attempt)
    send_refunds()
    assert (states(), owed(attempt), Message.objects.filter(kind="refund_sent").count()) == (["pending"], (0, 2_000), 0)
    sandbox.settle_refund(Refund.objects.get().processor_refund)
    hear_everything()
    assert (states(), owed(attempt), Message.objects.filter(kind="refund_sent").count()) == (
        ["succeeded"],
        (2_000, 0),
        1,
    )


def test_f17_a_refund_the_processor_refuses_because_of_a_dispute_tells_nobody(centre, sandbox):
    """Guard: a refusal ends as *failed*; the dispute we have not heard of stops it at the processor."""
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    sandbox.dispute(attempt.payment.processor_payment)
    send_refunds()
    assert (states(), went_back(sandbox), Message.objects.filter(kind="refund_sent").count()) == (["failed"], [], 0)
    assert Dispute.objects.count() == 0


def test_f18_a_bank_refund_waits_for_the_money_to_be_there(centre, sandbox):
    """Guard: `giving_back._is_funded`; without it the processor refuses the refund for good."""
    attempt = a_paid_invoice(centre, sandbox, BANK)
    a_refund(attempt)
    sandbox.balance(available=1_999)
    send_refunds()
    refund = Refund.objects.get()
    assert (refund.state, refund.reason, went_back(sandbox)) == ("created", "balance_short", [])
    sandbox.balance(available=2_000)
    send_refunds()
    assert states() == ["created"]
    send_refunds(clock=later(hours=1, minutes=1))
    assert states() == ["pending"]


def test_a_card_refund_does_not_ask_for_the_balance(centre, sandbox):
    a_refund(a_paid_invoice(centre, sandbox))
    sandbox.balance(available=0)
    send_refunds()
    assert states() in (["succeeded"], ["pending"])


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "error_after", "html_after"])
def test_a_lost_answer_is_asked_for_and_pays_once(centre, sandbox, kind):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    sandbox.fault(kind, path="/refunds", method="POST", count=1)
    send_refunds()
    assert (states(), refused(attempt, 1)) == (["sent"], "unanswered")
    ask_about_refunds(clock=later(minutes=1))
    ask_about_refunds(clock=later(minutes=10))
    assert (states(), went_back(sandbox), owed(attempt)) == (["succeeded"], [2_000], (2_000, 0))


def test_an_error_remembered_under_the_key_ends_after_a_day_without_a_second_refund(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    sandbox.fault("error_before", path="/refunds", method="POST", count=1)
    send_refunds()
    ask_about_refunds(clock=later(minutes=10))
    assert states() == ["sent"]
    ask_about_refunds(clock=later(hours=21))
    assert (states(), went_back(sandbox), owed(attempt)) == (["failed"], [], (0, 2_000))


def test_a_refund_unanswered_for_a_day_is_looked_for_and_never_sent_again(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt)
    sandbox.fault("reset_before", path="/refunds", method="POST", count=1)
    send_refunds()
    ask_about_refunds(clock=later(hours=21))
    assert (states(), went_back(sandbox), owed(attempt)) == (["failed"], [], (0, 2_000))


def test_too_many_requests_go_back_to_the_queue(centre, sandbox):
    a_refund(a_paid_invoice(centre, sandbox))
    sandbox.fault("rate_limit", path="/refunds", method="POST", count=1)
    send_refunds()
    assert states() == ["created"]
    send_refunds(clock=later(minutes=1))
    assert (states(), went_back(sandbox)) == (["succeeded"], [2_000])


def test_a_worker_that_died_before_sending_is_followed_by_another(centre, sandbox):
    a_refund(a_paid_invoice(centre, sandbox))
    assert len(giving_back.claim(now=timezone.now())) == 1
    send_refunds()
    assert states() == ["created"]
    send_refunds(clock=later(minutes=6))
    assert (states(), went_back(sandbox)) == (["succeeded"], [2_000])


def test_a_refund_that_comes_back_is_taken_back_in_the_books(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    a_refund(attempt, 500)
    send_refunds()
    sandbox.fail_refund(Refund.objects.get().processor_refund)
    hear_everything()
    hear_everything()
    assert (states(), owed(attempt), Payment.objects.get().refunded) == (["failed"], (0, 2_000), 0)
    assert Entry.objects.filter(kind="refund_failed").count() == 1


def test_a_refund_made_at_the_processor_is_in_our_books(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    stray = get_processor().request_refund(
        giving_back.order_of(Refund(payment=attempt.payment, amount=700, organization=centre, pk=7))
    )
    tell("refund.created", stray.refund, payment_intent=attempt.payment.processor_payment, amount=700)
    assert (states(), owed(attempt), went_back(sandbox)) == (["succeeded"], (700, 1_300), [700])


def test_a_refund_given_up_on_that_was_made_after_all_is_booked(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    refund = a_refund(attempt)
    sandbox.fault("reset_after", path="/refunds", method="POST", count=1)
    send_refunds()
    Refund.objects.filter(pk=refund.pk).update(state="failed", reason="not_sent", settled_at=timezone.now())
    hear_everything()
    assert (states(), owed(attempt)) == (["succeeded"], (2_000, 0))


def test_refunds_keep_to_the_account_s_pace_and_slow_down_when_told(centre, sandbox, settings):
    settings.PROCESSOR_PER_SECOND = 20
    attempt = a_paid_invoice(centre, sandbox)
    sandbox.fault("rate_limit", path="/v1/refunds")
    a_refund(attempt, 100)
    send_refunds()
    assert Pace.objects.get(endpoint="refund").per_second <= 10
