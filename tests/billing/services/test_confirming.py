"""A payment whose bank wants to see its holder first."""

import pytest
import requests
from django.utils import timezone

from action_center.retry_rules import may_change
from billing.models import Attempt, Payment
from billing.services import confirming, paying, retrying, unanswered, voiding
from billing.services.parts import Order
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.money import ADDRESS, a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, TODAY, a_saved_method, a_user, an_authorization, an_organization, staff
from wallet.models import Authorization
from wallet.processor import Agreement
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def waiting(centre):
    """A payment of a mass charge that waits for its holder."""
    payer = a_real_payer(centre, "pm_card_authenticationRequired")
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    payment = Payment.objects.get()
    assert payment.attempts.get().state == "needs_client"
    return payment


def confirm(payment):
    return confirming.confirm_with_holder(payment=payment, by=a_user(), now=timezone.now())


def at_the_bank(url, answer):
    requests.post(
        url, {"answer": "yes" if answer == "approve" else "no"}, allow_redirects=False, timeout=120
    ).raise_for_status()


def test_the_holder_confirms_and_the_same_payment_succeeds(waiting, sandbox):
    at_the_bank(confirm(waiting), "approve")
    confirming.finish_at_the_bank(payment=waiting, now=timezone.now())
    waiting.client.refresh_from_db()
    assert list(waiting.attempts.order_by("number").values_list("state", flat=True)) == ["needs_client", "succeeded"]
    assert (list(successes(sandbox).values()), waiting.client.balance) == ([1], 0)


def test_the_holder_refuses_and_nothing_is_charged(waiting, sandbox):
    at_the_bank(confirm(waiting), "refuse")
    confirming.finish_at_the_bank(payment=waiting, now=timezone.now())
    assert waiting.attempts.latest("number").state in ("declined", "needs_client")
    assert successes(sandbox) == {}


def test_while_the_holder_is_at_the_bank_nobody_else_charges_this(waiting, centre, sandbox):
    url = confirm(waiting)
    with pytest.raises(Refused):
        confirm(waiting)
    by = staff("finance", centre)
    draft = a_charge_draft(centre, [waiting.client.account.owner], by)
    assert draft.lines.get().reason == "processing"
    at_the_bank(url, "approve")
    assert list(successes(sandbox).values()) == [1]


def half_an_hour_later() -> None:
    Attempt.objects.filter(state="sent").update(lease_until=NOW)
    unanswered.resolve(processor=get_processor(), clock=timezone.now)


def test_a_holder_who_confirms_and_never_comes_back_has_paid(waiting, sandbox):
    """Guard: `_closed` reads; the same request again would say that the bank still waits."""
    at_the_bank(confirm(waiting), "approve")
    half_an_hour_later()
    assert waiting.attempts.latest("number").state == "succeeded"
    assert list(successes(sandbox).values()) == [1]


def test_a_page_of_the_bank_that_was_left_takes_no_money_after_the_debt_was_paid_another_way(waiting, sandbox):
    """Guard: `cancel_payment` in `_closed`, before the debt is free for another payment."""
    url = confirm(waiting)
    half_an_hour_later()
    last = waiting.attempts.latest("number")
    assert (last.state, last.reason) == ("not_sent", "cancelled")
    paid = another_card_pays(waiting)
    charge_everything()
    at_the_bank(url, "approve")
    paid.refresh_from_db()
    assert successes(sandbox) == {paid.processor_payment: 1}


def another_card_pays(waiting: Payment) -> Payment:
    given, processor = Authorization.objects.get(), get_processor()
    terms = Agreement(rail="card", currency="CAD", schedule="", at=timezone.now())
    saved = processor.save_token(
        key="another", token="pm_card_visa", customer=given.processor_customer, agreement=terms, address=ADDRESS
    )
    card = a_saved_method(waiting.client.account, fingerprint="another", processor_method=saved.method)
    other = an_authorization(
        waiting.organization,
        method=card,
        processor_account="",
        processor_customer=given.processor_customer,
        processor_method=saved.method,
    )
    return paying.charge(
        client=waiting.client, authorization=other, order=Order(total=2_000), by=a_user(), now=timezone.now()
    )


def test_a_page_that_could_not_be_closed_keeps_the_debt_from_others(waiting, sandbox):
    confirm(waiting)
    sandbox.fault("unavailable", path="/cancel", count=5, should_retry="false")
    half_an_hour_later()
    assert waiting.attempts.latest("number").state == "sent"
    sandbox.clear_faults()
    half_an_hour_later()
    assert waiting.attempts.latest("number").reason == "cancelled"


def test_back_before_the_bank_has_its_answer_the_payment_is_still_on_its_way(waiting, sandbox):
    confirm(waiting)
    confirming.finish_at_the_bank(payment=waiting, now=timezone.now())
    assert waiting.attempts.latest("number").state == "sent"


def test_a_cancelled_payment_is_tried_again_by_no_method(waiting, sandbox):
    confirm(waiting)
    half_an_hour_later()
    for chosen in (None, Authorization.objects.get()):
        with pytest.raises(retrying.CannotRetry) as refused:
            retrying.retry(payment=waiting, by=a_user(), now=timezone.now(), authorization=chosen)
        assert refused.value.reason == "cancelled"
    assert not may_change(waiting.attempts.latest("number"))


def test_f22_the_holder_confirms_nothing_while_another_payment_is_on_its_way(waiting, sandbox):
    """F22: guarded by `BUSY` in `leaving.standing`: the debt stands, and something else is about to pay it."""
    another_card_pays(waiting)
    sandbox.fault("error_after", path="/confirm")
    charge_everything()
    with pytest.raises(Refused, match="already being paid"):
        confirm(waiting)
    assert sum(successes(sandbox).values()) == 1


def test_what_was_paid_another_way_is_not_confirmed(waiting, sandbox):
    owed = waiting.planned_allocations.get().item.invoice_id
    voiding.void(organization=waiting.organization, invoice_ids=[owed], by=a_user(), on=TODAY, now=NOW)
    with pytest.raises(Refused):
        confirm(waiting)
    assert (waiting.attempts.count(), successes(sandbox)) == (1, {})


def test_the_holder_is_told_where_to_confirm(waiting):
    letter = Message.objects.get(kind="payment_to_confirm")
    assert letter.facts["path"] == f"/my/payments/{waiting.pk}/"
    assert not Message.objects.filter(kind__in=["receipt", "payment_failed"]).exists()
