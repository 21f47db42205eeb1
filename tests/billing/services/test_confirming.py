"""A payment whose bank wants to see its holder first."""

import pytest
import requests
from django.utils import timezone

from billing.models import Attempt, Payment
from billing.services import confirming, invoicing, sending
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, TODAY, a_user, an_organization, staff
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
        url, {"answer": "yes" if answer == "approve" else "no"}, allow_redirects=False, timeout=10
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


def test_a_holder_who_leaves_the_banks_page_can_begin_again(waiting, sandbox):
    confirm(waiting)
    Attempt.objects.filter(state="sent").update(lease_until=NOW)
    sending.resolve_unanswered(processor=get_processor(), clock=timezone.now)
    assert waiting.attempts.latest("number").state == "needs_client"
    at_the_bank(confirm(waiting), "approve")
    confirming.finish_at_the_bank(payment=waiting, now=timezone.now())
    assert list(successes(sandbox).values()) == [1]


def test_what_was_paid_another_way_is_not_confirmed(waiting, sandbox):
    owed = waiting.planned_allocations.get().item.invoice_id
    invoicing.void(organization=waiting.organization, invoice_ids=[owed], by=a_user(), on=TODAY, now=NOW)
    with pytest.raises(Refused):
        confirm(waiting)
    assert (waiting.attempts.count(), successes(sandbox)) == (1, {})


def test_the_holder_is_told_where_to_confirm(waiting):
    letter = Message.objects.get(kind="payment_to_confirm")
    assert letter.facts["path"] == f"/my/payments/{waiting.pk}/"
    assert not Message.objects.filter(kind__in=["receipt", "payment_failed"]).exists()
