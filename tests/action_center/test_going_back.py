"""Disputes to answer and refunds that need somebody, above the failed payments and on the home page."""

import datetime as dt

import pytest
from django.utils import timezone

from action_center.worklists import open_disputes, stuck_refunds
from billing.models import Dispute, Payment, Refund
from billing.services import returning
from tests.billing.views.ways import a_finished_charge, a_payer, a_running_charge, at, settled, signed_in
from tests.builders import NOW, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(centre, desk) -> Payment:
    return a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)]).payments.get()


def a_dispute(payment, **fields: object) -> Dispute:
    facts = {"status": "needs_response", "reason": "fraudulent", "amount": 2_000, "opened_at": NOW, "asked_at": NOW}
    common = {"organization": payment.organization, "payment": payment, "processor_dispute": "du_1"}
    return Dispute.objects.create(**{**common, **facts, **fields})


def a_refund(payment, state: str, *, days_ago: int = 0, **fields: object) -> Refund:
    then = timezone.now() - dt.timedelta(days=days_ago)
    ended = {"settled_at": then} if state in ("failed", "cancelled") else {}
    common = {"organization": payment.organization, "payment": payment, "number": payment.refunds.count() + 1}
    return Refund.objects.create(**common, state=state, amount=500, created_at=then, **ended, **fields)


def shown(desk, centre, page: str = "action-center") -> str:
    return desk.get(at(centre, page)).content.decode()


def test_a_dispute_is_shown_until_it_is_over(centre, desk, payment):
    dispute = a_dispute(payment, answer_by=NOW)
    page = shown(desk, centre)
    for words in ("Disputes and refunds", payment.display_number, "To answer", "answer at the processor by"):
        assert words in page
    assert "Dispute to answer" in shown(desk, centre, "dashboard")
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=NOW)
    assert "Disputes and refunds" not in shown(desk, centre)


def test_a_failed_refund_is_shown_until_it_is_asked_for_again(centre, desk, payment):
    a_refund(payment, "failed", reason="lost_or_stolen_card")
    assert "The card was lost or stolen." in shown(desk, centre)
    a_refund(payment, "created")
    assert not stuck_refunds(centre, now=timezone.now()).exists()


@pytest.mark.parametrize(
    ("state", "days", "fields", "there"),
    [
        ("failed", 31, {}, False),
        ("cancelled", 0, {}, True),
        ("cancelled", 0, {"reason": "stopped"}, False),
        ("created", 0, {}, False),
        ("created", 0, {"reason": "balance_short"}, True),
        ("sent", 1, {"sent_at": NOW - dt.timedelta(days=9)}, True),
        ("sent", 0, {"sent_at": NOW + dt.timedelta(days=9_000)}, False),
        ("pending", 0, {}, False),
    ],
)
def test_what_needs_nobody_is_left_out(centre, payment, state, days, fields, there):
    a_refund(payment, state, days_ago=days, **fields)
    assert stuck_refunds(centre, now=timezone.now()).exists() is there


def test_a_debit_the_bank_returned_waits_for_somebody_and_is_charged_as_a_balance(centre, desk):
    run = a_running_charge(centre, desk.user, [a_payer(centre, kind="bank")])
    payment = run.payments.get()
    settled(payment, Verdict.SUCCEEDED)
    assert payment.display_number not in shown(desk, centre)
    assert returning.take_back(attempt=payment.attempts.get(), code="insufficient_funds", now=timezone.now())
    page = shown(desk, centre)
    for words in (payment.display_number, "Returned by the bank", "Charge the balance again"):
        assert words in page


def test_a_failed_payment_typed_once_has_nothing_to_be_tried_with(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "expired_card")]).payments.get()
    payment.attempts.update(method=None, authorization=None, processor_page="cs_1", instrument="visa •• 4242")
    assert payment.display_number in shown(desk, centre)


def test_another_centre_sees_none_of_it(centre, payment):
    a_dispute(payment)
    a_refund(payment, "failed")
    other = an_organization()
    assert not open_disputes(other).exists()
    assert not stuck_refunds(other, now=timezone.now()).exists()
    assert "Disputes and refunds" not in shown(signed_in("owner", other), other)
