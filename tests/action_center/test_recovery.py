"""From a refused card to a recovered payment, with the processor's sandbox and the letters that were sent."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from action_center.worklists import Desk, standing_of
from billing.models import Attempt, Invoice
from billing.results import Figure
from messaging.services.sending import send_queued
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import a_saved_method, an_authorization, an_organization
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="", name="Les Érables")


def a_refused_charge(centre, by) -> Attempt:
    payer = a_real_payer(centre, "pm_card_chargeDeclinedInsufficientFunds", cents=6_200)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Attempt.objects.get(state="declined")


def another_card(failure: Attempt):
    old = failure.authorization
    attach = get_processor().client.v1.payment_methods.attach
    token = attach("pm_card_visa", params={"customer": old.processor_customer}).id
    method = a_saved_method(failure.payment.client.account, processor_method=token)
    return an_authorization(
        failure.organization,
        method=method,
        processor_account="",
        processor_customer=old.processor_customer,
        processor_method=token,
    )


def test_a_refused_payment_is_recovered_with_another_card_and_taken_once(client, centre, by, sandbox):
    failure = a_refused_charge(centre, by)
    chosen = another_card(failure)
    address = reverse("action-center-method", args=[centre.slug, failure.pk])
    client.post(address, {"authorization": chosen.pk})
    charge_everything()
    assert list(successes(sandbox).values()) == [1]
    assert Invoice.objects.get().balance == 0
    desk = Desk(centre, now=timezone.now())
    assert desk.listed().count() == 0
    assert standing_of(desk).recovered == Figure(1, 6_200)


def test_the_owner_hears_of_the_refusal_and_of_the_payment(client, centre, by):
    failure = a_refused_charge(centre, by)
    client.post(
        reverse("action-center-method", args=[centre.slug, failure.pk]), {"authorization": another_card(failure).pk}
    )
    charge_everything()
    assert send_queued(clock=timezone.now) == 2
    subjects = [sent.subject.replace("\N{NO-BREAK SPACE}", " ") for sent in mail.outbox]
    assert subjects == ["Votre paiement de 62,00 $ n’a pas pu être prélevé", "Reçu de Les Érables : 62,00 $"]
    assert "Les fonds étaient insuffisants." in mail.outbox[0].body
