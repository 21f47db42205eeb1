import pytest

from accounts.models import Client, Trail
from action_center.models import Handling
from action_center.services.handling import NotToDismiss, dismiss, restore, retry_failed
from billing.models import Attempt, Invoice
from tests.action_center.failures import a_failure, an_attempt, answer
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, a_saved_method, an_authorization, an_organization, staff
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


def retry(attempt, by, **more):
    return retry_failed(organization=attempt.organization, attempt_ids=[attempt.pk], by=by, now=NOW, **more)


def test_dismissing_forgives_nothing_and_says_who_and_why(centre, by):
    failure = a_failure(centre, by)
    dismiss(attempt=failure, reason="Entente avec la famille", by=by, now=NOW)
    assert Client.objects.get().balance == 2_000
    assert Attempt.objects.get().state == "declined"
    noted = Trail.objects.get(verb="payment_dismissed")
    assert (noted.actor, noted.client, noted.at) == (by, failure.payment.client, NOW)
    assert noted.facts == {
        "payment": failure.payment.display_number, "amount": 2_000, "currency": "CAD",
        "reason": "Entente avec la famille",
    }  # fmt: skip


def test_dismissing_twice_is_refused_and_changes_nothing(centre, by):
    failure = a_failure(centre, by)
    dismiss(attempt=failure, reason="Payé", by=by, now=NOW)
    with pytest.raises(NotToDismiss):
        dismiss(attempt=failure, reason="Encore", by=by, now=NOW)
    assert Handling.objects.get().reason == "Payé"
    assert Trail.objects.filter(verb="payment_dismissed").count() == 1


@pytest.mark.parametrize("verdict", [Verdict.SUCCEEDED, Verdict.PENDING, Verdict.UNKNOWN])
def test_only_a_failure_can_be_dismissed(centre, by, verdict):
    with pytest.raises(NotToDismiss):
        dismiss(attempt=answer(an_attempt(centre, by), verdict), reason="?", by=by, now=NOW)
    assert not Handling.objects.exists()


def test_what_is_being_tried_again_cannot_be_dismissed(centre, by):
    failure = a_failure(centre, by)
    retry(failure, by)
    with pytest.raises(NotToDismiss):
        dismiss(attempt=failure, reason="Trop tard", by=by, now=NOW)


def test_restoring_keeps_the_decision_in_the_books_of_who_did_what(centre, by):
    handling = dismiss(attempt=a_failure(centre, by), reason="Erreur", by=by, now=NOW)
    assert restore(handling=handling, by=by, now=NOW) is True
    assert restore(handling=handling, by=by, now=NOW) is False
    kept = Handling.objects.get()
    assert (kept.reason, kept.undone_by, kept.undone_at) == ("Erreur", by, NOW)
    assert Trail.objects.filter(verb="payment_restored").count() == 1


def test_one_failure_is_answered_by_one_retry_however_often_it_is_asked(centre, by):
    failure = a_failure(centre, by)
    again = retry(failure, by).started[0]
    assert [refusal.reason for refusal in retry(failure, by).refused] == ["under_way"]
    answer(again, Verdict.DECLINED, code="insufficient_funds")
    assert [refusal.reason for refusal in retry(failure, by).refused] == ["under_way"]
    assert Attempt.objects.count() == 2


def test_another_organizations_failure_is_not_retried(centre, by):
    other = an_organization()
    failure = a_failure(other, staff("finance", other))
    result = retry_failed(organization=centre, attempt_ids=[failure.pk], by=by, now=NOW)
    assert (result.started, result.refused, Attempt.objects.count()) == ([], [], 1)


def test_one_that_cannot_be_retried_does_not_stop_the_others(centre, by):
    lost, poor = a_failure(centre, by, code="lost_card"), a_failure(centre, by, "Luc Gagné")
    result = retry_failed(organization=centre, attempt_ids=[lost.pk, poor.pk], by=by, now=NOW)
    assert [attempt.payment for attempt in result.started] == [poor.payment]
    assert [(refusal.payment, refusal.reason) for refusal in result.refused] == [(lost.payment, "lost_or_stolen")]


def test_a_lost_card_is_replaced_by_another_card(centre, by):
    lost = a_failure(centre, by, code="lost_card")
    other = an_authorization(centre, method=a_saved_method(lost.payment.client.account, last4="4444"))
    started = retry(lost, by, authorization=other).started[0]
    assert (started.method, started.number) == (other.method, 2)


def test_a_refused_payment_is_retried_at_the_processor_and_taken_once(sandbox):
    centre = an_organization(processor_account="")
    by = staff("finance", centre)
    payer = a_real_payer(centre, "pm_card_chargeDeclinedInsufficientFunds")
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    failure = Attempt.objects.get(state="declined")
    retry(failure, by)
    charge_everything()
    assert list(Attempt.objects.order_by("number").values_list("state", flat=True)) == ["declined", "declined"]
    assert (successes(sandbox), Invoice.objects.get().balance) == ({}, 2_000)
