"""Disputes follow the money, whatever the news is called and in whichever order it comes."""

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Dispute, Entry, ProcessorEvent
from billing.services import disputing
from tests.billing.given_back import a_paid_invoice, handle_news, hear_everything, owed, tell
from tests.builders import NOW, an_organization
from wallet.processor import DisputeState

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def a_state(attempt, **fields: object) -> DisputeState:
    """A chargeback of all of it, as the processor describes it while it lasts."""
    return dataclasses.replace(
        DisputeState(
            dispute="du_1",
            payment=attempt.payment.processor_payment,
            amount=2_000,
            status="needs_response",
            reason="fraudulent",
            withdrawn=True,
            final=False,
            opened_at=NOW,
            answer_by=NOW + dt.timedelta(days=7),
        ),
        **fields,
    )


def recorded(attempt, state: DisputeState, *, asked_at: dt.datetime = NOW) -> Dispute:
    disputing.record(payment=attempt.payment, found=state, asked_at=asked_at)
    return Dispute.objects.get()


def turns() -> list[str]:
    kinds = ("dispute", "dispute_won")
    return list(Entry.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True))


def test_a_chargeback_takes_the_money_back_and_the_invoice_is_owed_again(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    sandbox.dispute(attempt.payment.processor_payment)
    hear_everything()
    dispute = Dispute.objects.get()
    assert (dispute.withdrawn, dispute.closed_at, turns(), owed(attempt)) == (True, None, ["dispute"], (2_000, 0))
    attempt.refresh_from_db()
    assert attempt.state == "succeeded"


@pytest.mark.parametrize(("status", "left"), [("won", (0, 2_000)), ("lost", (2_000, 0))])
def test_the_end_of_a_dispute_brings_the_money_back_only_when_it_is_won(centre, sandbox, status, left):
    attempt = a_paid_invoice(centre, sandbox)
    sandbox.dispute(attempt.payment.processor_payment)
    hear_everything()
    sandbox.dispute(attempt.payment.processor_payment, status=status)
    hear_everything()
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.closed_at is not None, owed(attempt)) == (status, True, left)
    assert turns() == ["dispute", "dispute_won"][: 2 if status == "won" else 1]


def test_f9_the_name_of_the_news_is_not_believed(centre, sandbox):
    """Guard: `disputing.hear` reads the dispute; *funds_reinstated* of a dispute that is lost gives nothing back."""
    attempt = a_paid_invoice(centre, sandbox)
    dispute = sandbox.dispute(attempt.payment.processor_payment)["id"]
    sandbox.dispute(attempt.payment.processor_payment, status="lost")
    tell("charge.dispute.funds_reinstated", dispute)
    tell("charge.dispute.closed", dispute, status="won")
    assert (Dispute.objects.get().status, turns(), owed(attempt)) == ("lost", ["dispute"], (2_000, 0))


def test_f9_an_older_answer_never_overwrites_a_newer_one(centre, sandbox):
    """Guard: `Dispute.asked_at`; what was asked before the last answer changes nothing."""
    attempt = a_paid_invoice(centre, sandbox)
    recorded(attempt, a_state(attempt))
    won = a_state(attempt, status="won", withdrawn=False, final=True)
    recorded(attempt, won, asked_at=NOW + dt.timedelta(minutes=2))
    late = recorded(attempt, a_state(attempt), asked_at=NOW + dt.timedelta(minutes=1))
    assert (late.status, late.withdrawn, late.turns, turns()) == ("won", False, 2, ["dispute", "dispute_won"])
    assert owed(attempt) == (0, 2_000)


def test_the_same_state_told_often_is_booked_once_a_turn(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    for minutes in range(3):
        recorded(attempt, a_state(attempt), asked_at=NOW + dt.timedelta(minutes=minutes))
    assert (turns(), Dispute.objects.get().turns) == (["dispute"], 1)


def test_news_of_a_dispute_before_its_payment_is_known_to_have_succeeded_waits(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    dispute = sandbox.dispute(attempt.payment.processor_payment)["id"]
    payment = attempt.payment.processor_payment
    type(attempt.payment).objects.filter(pk=attempt.payment_id).update(processor_payment="")
    tell("charge.dispute.created", dispute)
    assert (Dispute.objects.count(), ProcessorEvent.objects.get().handled_at) == (0, None)
    type(attempt.payment).objects.filter(pk=attempt.payment_id).update(processor_payment=payment)
    handle_news(clock=lambda: timezone.now() + dt.timedelta(hours=1))
    assert owed(attempt) == (2_000, 0)


def test_a_partial_dispute_unlinks_the_disputed_part(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox)
    recorded(attempt, a_state(attempt, amount=500))
    assert owed(attempt) == (500, 1_500)
    recorded(attempt, a_state(attempt, amount=500, status="won", withdrawn=False, final=True))
    assert owed(attempt) == (0, 2_000)
