"""Refunding a payment from its page: the amount, one question, and what everybody sees afterwards."""

import pytest
from django.utils import timezone

from billing.models import Attempt, Dispute, Refund
from billing.services import refunding
from tests.billing.views.ways import a_finished_charge, at, settled, signed_in
from tests.builders import NOW, an_organization
from wallet.processor import RefundOutcome, Verdict

pytestmark = pytest.mark.django_db
SUCCEEDED = RefundOutcome(verdict=Verdict.SUCCEEDED, refund="re_1")


@pytest.fixture
def payment(centre, desk):
    return a_finished_charge(centre, desk.user, [(Verdict.SUCCEEDED,)]).payments.get()


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def ask(desk, payment, amount="20.00", **more: object):
    sent = {"amount": amount, "note": "", "seen": 0, **more}
    return desk.post(at(payment.organization, "payment-refund", payment.pk), sent)


def a_refund(payment, cents: int = 2_000, outcome: RefundOutcome | None = None) -> Refund:
    now = timezone.now()
    refund = refunding.request_refund(payment=payment, amount=cents, by=payment.created_by, now=now)
    if outcome:
        Refund.objects.filter(pk=refund.pk).update(state="sent", sent_at=now)
        refunding.settle(refund=refund, outcome=outcome, now=now)
    return refund


def test_the_amount_is_asked_then_one_question_then_it_is_on_its_way(centre, desk, payment):
    assert "Refund…" in text(desk.get(at(centre, "payment", payment.pk)))
    form = text(desk.get(at(centre, "payment-refund", payment.pk)))
    assert "$20.00 was paid with Visa ending in 4242." in form
    question = text(ask(desk, payment, "5.00", note="Cours annulé"))
    assert "$5.00 will go back to Visa ending in 4242." in question
    assert "will owe $5.00 again" in question
    assert Refund.objects.count() == 0
    done = ask(desk, payment, "5.00", note="Cours annulé", confirmed=500)
    assert (done.status_code, done.url) == (303, at(centre, "payment", payment.pk))
    refund = Refund.objects.get()
    assert (refund.amount, refund.note, refund.created_by, refund.state) == (500, "Cours annulé", desk.user, "created")
    page = text(desk.get(done.url))
    assert "The refund of $5.00 is on its way." in page
    assert "Cours annulé" in page


def test_an_amount_changed_after_the_question_is_asked_about_again(desk, payment):
    assert "$7.00 will go back" in text(ask(desk, payment, "7.00", confirmed=500))
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("amount", ["20.01", "0", "-5", "", "cinq"])
def test_an_amount_that_cannot_be_refunded_is_refused(desk, payment, amount):
    assert ask(desk, payment, amount, confirmed=2_001).status_code == 422
    assert Refund.objects.count() == 0


def test_the_confirmation_sent_twice_refunds_once(desk, payment):
    ask(desk, payment, "5.00", confirmed=500)
    again = ask(desk, payment, "5.00", confirmed=500)
    assert "started meanwhile" in text(desk.get(again.url))
    assert Refund.objects.count() == 1


def test_a_large_refund_asks_who_is_there(centre, desk, payment):
    type(centre).objects.update(confirm_above=100)
    desk.session.flush()
    desk.force_login(desk.user)
    answer = ask(desk, payment, confirmed=2_000)
    assert (answer.status_code, "reauthenticate" in answer.url, Refund.objects.count()) == (302, True, 0)


def test_the_page_tells_what_was_refunded_and_what_waits(centre, desk, payment):
    a_refund(payment, 500, SUCCEEDED)
    waiting = a_refund(payment, 300)
    Refund.objects.filter(pk=waiting.pk).update(reason="balance_short")
    page = text(desk.get(at(centre, "payment", payment.pk)))
    for words in (
        "Partly refunded",
        "$5.00",
        "$3.00",
        "balance at the processor is too low",
        "</svg>Reconciled</span>",
    ):
        assert words in page
    a_refund(payment, 1_200, RefundOutcome(verdict=Verdict.DECLINED, refund="re_2", reason="lost_or_stolen_card"))
    assert "The card was lost or stolen." in text(desk.get(at(centre, "payment", payment.pk)))


def test_all_refunded_there_is_nothing_more_to_offer(centre, desk, payment):
    a_refund(payment, 2_000, SUCCEEDED)
    page = text(desk.get(at(centre, "payment", payment.pk)))
    assert "Refund…" not in page
    assert "Once the money has moved" not in page
    assert "Unreconciled" not in page
    sent_back = desk.get(at(centre, "payment-refund", payment.pk), follow=True)
    assert "All of this payment has been refunded" in text(sent_back)


def test_a_disputed_payment_says_until_when_to_answer_and_is_not_refunded(centre, desk, payment):
    a_dispute(payment)
    page = text(desk.get(at(centre, "payment", payment.pk)))
    for words in (
        "Disputed",
        "To answer",
        "answer at the processor by",
        "The holder says they did not make this payment.",
    ):
        assert words in page
    assert "Refund…" not in page
    ask(desk, payment, confirmed=2_000)
    assert Refund.objects.count() == 0


def a_dispute(payment, **fields: object) -> Dispute:
    """Open, the money not withdrawn."""
    facts = {"status": "needs_response", "reason": "fraudulent", "amount": 2_000, "opened_at": NOW, "answer_by": NOW}
    common = {"organization": payment.organization, "payment": payment, "asked_at": NOW}
    return Dispute.objects.create(processor_dispute="du_1", **{**common, **facts, **fields})


def test_the_clients_billing_adds_up(centre, desk, payment):
    a_refund(payment, 500, SUCCEEDED)
    a_refund(payment, 300)
    page = text(desk.get(at(centre, "client-billing", payment.client_id)))
    assert page.count(">Refund</a>") == 2
    for words in ("Partly refunded", "Refunded", "Waiting", "$5.00", "after $3.00 being processed"):
        assert words in page
    payments = text(desk.get(at(centre, "client-payments", payment.client_id)))
    assert "Partly refunded" in payments


def test_what_did_not_succeed_is_not_refunded(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "expired_card")]).payments.get()
    assert "Refund…" not in text(desk.get(at(centre, "payment", payment.pk)))
    ask(desk, payment, confirmed=2_000)
    assert Refund.objects.count() == 0


def test_a_failed_payment_that_was_retried_can_be_refunded(centre, desk):
    payment = a_finished_charge(centre, desk.user, [(Verdict.DECLINED, "insufficient_funds")]).payments.get()
    first = payment.attempts.get()
    kept = {"method": first.method, "authorization": first.authorization, "processor_account": first.processor_account}
    Attempt.objects.create(organization=centre, payment=payment, number=2, created_at=NOW, **kept)
    settled(payment, Verdict.SUCCEEDED)
    assert "Refund…" in text(desk.get(at(centre, "payment", payment.pk)))


def test_roles(centre, payment):
    front = signed_in("front_desk", centre)
    assert "Refund…" not in text(front.get(at(centre, "payment", payment.pk)))
    assert front.get(at(centre, "payment-refund", payment.pk)).status_code == 403
    assert ask(front, payment, confirmed=2_000).status_code == 403
    assert Refund.objects.count() == 0


def test_another_organizations_payment_is_not_there(payment):
    other = an_organization()
    outsider = signed_in("owner", other)
    assert outsider.get(at(other, "payment-refund", payment.pk)).status_code == 404
    assert outsider.post(at(other, "payment-refund", payment.pk), {"amount": "5"}).status_code == 404
