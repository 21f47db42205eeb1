"""W4 and MC-P3: whoever charges the failures of a run again does not ask a bank that has refused for good."""

import datetime as dt

import pytest
from django.utils import timezone

from billing import results
from billing.models import MassRun, Payment
from billing.results import Figure
from billing.services import cloning, refused_methods, retrying
from billing.services.retrying import CannotRetry
from tests.billing.money import another_card
from tests.billing.services.test_paid_first import a_payer, charged, wind_up
from tests.billing.undone import a_charged_run
from tests.billing.views.test_documents import text
from tests.billing.views.ways import run_at, signed_in
from tests.builders import an_organization
from wallet.models import PaymentMethod
from wallet.services import renewing

pytestmark = pytest.mark.django_db
FUNDS, EXPIRED = "pm_card_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedExpiredCard"
LOST = "pm_card_chargeDeclinedLostCard"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def again(run: MassRun, who: str = "failed") -> MassRun:
    return cloning.clone(run=run, who=who, by=run.created_by, now=timezone.now())


def reasons(run: MassRun) -> list[str]:
    return list(run.lines.order_by("client").values_list("reason", flat=True))


def renewed(payment: Payment) -> None:
    permission = payment.attempts.latest("number").authorization
    later = {"month": 3, "year": timezone.localdate().year + 3, "by": payment.created_by}
    renewing.renew_expiry(authorization=permission, now=timezone.now() + dt.timedelta(seconds=1), **later)


def test_mc_p3_w4_methods_refused_for_good_are_left_out_with_their_reason(centre):
    run = a_charged_run(centre, [FUNDS, EXPIRED, LOST, "pm_card_visa"])
    made = again(run)
    assert reasons(made) == ["", "card_expired", "lost_or_stolen"]
    assert (made.copy_of, made.options["again"]) == (run, "failed")


def test_mc_p3_w4_the_review_says_what_to_do_about_each(centre):
    made = again(a_charged_run(centre, [FUNDS, EXPIRED, LOST]))
    page = text(signed_in("finance", centre).get(run_at(made) + "?show=excluded"))
    for said in ("Card expired", "Ask the owner to update the card.", "Never retry. Ask for another method."):
        assert said in page


def test_mc_p3_w4_another_method_of_the_same_client_is_charged_instead(centre):
    run = a_charged_run(centre, [EXPIRED])
    card = another_card(run.payments.get())
    line = again(run).lines.get()
    assert (line.reason, line.method) == ("", card.method)


def test_mc_p3_w4_a_card_renewed_since_is_charged(centre):
    run = a_charged_run(centre, [EXPIRED, LOST])
    for payment in run.payments.all():
        renewed(payment)
    assert reasons(again(run)) == ["", "lost_or_stolen"]


def test_mc_p3_w4_so_is_one_tried_again_in_its_place(centre):
    payment = a_charged_run(centre, [EXPIRED]).payments.get()
    with pytest.raises(CannotRetry, match="card_expired"):
        retrying.retry(payment=payment, by=payment.created_by, now=timezone.now())
    renewed(payment)
    payment.refresh_from_db()
    assert retrying.retry(payment=payment, by=payment.created_by, now=timezone.now()).number == 2


def test_mc_p3_w4_what_can_be_retried_is_the_same_for_a_page_of_failures_and_for_their_sum(centre):
    run = a_charged_run(centre, [FUNDS, EXPIRED, EXPIRED, LOST])
    other, fresh, _old, lost = run.payments.order_by("client")
    for payment in (fresh, lost):
        renewed(payment)
    counted = results.retryable(run, timezone.now())
    assert set(counted.values_list("payment", flat=True)) == {other.pk, fresh.pk}
    assert results.progress_of(run, timezone.now()).retryable == Figure(2, other.amount + fresh.amount)
    shown = [one for one in results.in_group(run, "failed", timezone.now()) if refused_methods.may_retry(one)]
    assert sorted(shown, key=lambda one: one.pk) == list(counted.order_by("pk"))


def test_mc_p3_w4_they_stay_left_out_when_the_lines_are_planned_again(centre):
    made = again(a_charged_run(centre, [FUNDS, EXPIRED]))
    cloning.charge_runs.choose(run=made, now=timezone.now(), on=timezone.localdate(), at_most=1_000)
    assert (reasons(made), made.lines.get(reason="").amount) == (["", "card_expired"], 1_000)


def test_mc_p3_w4_what_a_bank_refused_for_good_without_a_reason_is_left_out_too(centre):
    run = a_charged_run(centre, [FUNDS])
    run.payments.get().attempts.update(reason="declined", advice="do_not_try_again")
    assert reasons(again(run)) == ["declined_for_good"]


def test_w10_nor_are_they_charged_before_their_invoice(centre, by):
    payers = [a_payer(centre, "Paul Côté", FUNDS), a_payer(centre, "Marie Roy", EXPIRED)]
    run = wind_up(charged(centre, by, payers))
    assert reasons(again(run)) == ["", "card_expired"]


def test_w4_for_everybody_else_the_selection_is_planned_as_ever(centre):
    """Doing it again for the same people is a new charge: the holder may have spoken to the bank."""
    assert reasons(again(a_charged_run(centre, [FUNDS, EXPIRED]), "same")) == ["", ""]
    assert not PaymentMethod.objects.exclude(renewed_at=None).exists()
