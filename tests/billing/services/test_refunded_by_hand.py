"""MC-P11: that a charge is undone follows from its payments, whichever way each of them went back."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Trail
from billing.models import Attempt, MassRun, Payment, Refund
from billing.services import handing_back, reconciling, refund_runs, returning
from tests.billing.given_back import BANK, CARD, a_refund, hear_everything, send_refunds
from tests.billing.handed_back import handed_back
from tests.billing.undone import a_charged_run, a_refund_run, carried_out, settled
from tests.billing.views.test_documents import text
from tests.billing.views.ways import at, signed_in
from tests.builders import an_organization

pytestmark = pytest.mark.django_db
DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def tries(source: MassRun) -> list[Attempt]:
    taken = Attempt.objects.filter(payment__run=source, state="succeeded")
    return list(taken.select_related("payment__client__account", "method").order_by("payment__number"))


def by_hand(*attempts: Attempt) -> None:
    for attempt in attempts:
        a_refund(attempt)
    send_refunds()


def state_of(source: MassRun) -> str:
    """After the sweep."""
    refund_runs.finish(now=timezone.now())
    source.refresh_from_db()
    return source.state


def test_mc_p11_a_charge_refunded_payment_by_payment_is_reversed_with_the_last_one(centre):
    source = a_charged_run(centre)
    first, *others = tries(source)
    by_hand(first)
    assert state_of(source) == "finished"
    by_hand(*others)
    assert [state_of(source), state_of(source)] == ["reversed"] * 2
    assert Trail.objects.get(verb="charge_gone_back").facts == {"run": source.display_number}


def test_mc_p11_in_part_by_a_run_and_the_rest_by_hand_is_all(centre):
    source = a_charged_run(centre)
    first, *others = tries(source)
    carried_out(a_refund_run(source, [first.payment]))
    assert state_of(source) == "finished"
    by_hand(*others)
    assert state_of(source) == "reversed"


def test_mc_p11_a_part_of_each_is_not_all(centre):
    source = a_charged_run(centre, payers=2)
    one, other = tries(source)
    a_refund(one, 2_000)
    a_refund(other, 1_999)
    send_refunds()
    assert state_of(source) == "finished"
    by_hand_rest = a_refund(other, 1)
    send_refunds()
    by_hand_rest.refresh_from_db()
    assert (by_hand_rest.state, state_of(source)) == ("succeeded", "reversed")


def test_mc_p11_asked_for_is_not_gone(centre):
    source = a_charged_run(centre, payers=1)
    a_refund(tries(source)[0])
    assert state_of(source) == "finished"
    send_refunds()
    assert state_of(source) == "reversed"


def test_mc_p11_what_is_still_at_a_bank_is_waited_for(centre, sandbox):
    source = a_charged_run(centre, [CARD, BANK])
    by_hand(*tries(source))
    assert state_of(source) == "finished"
    settled(sandbox, source)
    [debit] = [one for one in tries(source) if one.method.kind == "bank"]
    returning.take_back(attempt=debit, code="account_closed", now=timezone.now())
    assert state_of(source) == "reversed"


def test_mc_p11_a_refund_by_hand_that_comes_back_undoes_the_reversal(centre, sandbox):
    source = a_charged_run(centre, payers=1)
    by_hand(*tries(source))
    assert state_of(source) == "reversed"
    sandbox.fail_refund(Refund.objects.get().processor_refund)
    hear_everything()
    assert state_of(source) == "finished"


def test_mc_p11_money_handed_back_at_the_desk_counts_until_that_is_voided(centre):
    source = a_charged_run(centre, payers=1)
    payment = tries(source)[0].payment
    reconciling.release(payment=payment, keep=0, now=timezone.now())
    today = {"on": timezone.localdate(), "now": timezone.now(), "by": source.created_by}
    given = handed_back(payment.client, (payment, 2_000), **today)
    assert state_of(source) == "reversed"
    handing_back.void(refund=given, by=source.created_by, now=timezone.now())
    assert state_of(source) == "finished"


def test_mc_p11_a_charge_that_took_nothing_is_not_reversed(centre):
    assert state_of(a_charged_run(centre, [DECLINED])) == "finished"


def test_mc_p11_a_charge_that_still_runs_ends_first(centre):
    source = a_charged_run(centre, payers=1)
    MassRun.objects.filter(pk=source.pk).update(state="paused", ended_at=None)
    by_hand(*tries(source))
    assert state_of(source) == "paused"
    MassRun.objects.filter(pk=source.pk).update(state="stopped", ended_at=timezone.now() + dt.timedelta(seconds=1))
    assert state_of(source) == "reversed"


def test_mc_p11_the_page_says_that_everything_was_refunded(centre):
    source = a_charged_run(centre, payers=1)
    by_hand(*tries(source))
    desk = signed_in("finance", centre)
    said = "Everything this charge took was refunded."
    assert said not in text(desk.get(at(centre, "mass-charge", source.pk)))
    assert state_of(source) == "reversed"
    assert said in text(desk.get(at(centre, "mass-charge", source.pk)))
    assert Payment.objects.get(run=source).refunded == 2_000


def test_mc_p11_who_refunds_the_last_payment_is_told_that_it_undoes_the_charge(centre):
    source = a_charged_run(centre, [CARD, CARD, DECLINED])
    first, last = tries(source)
    desk, said = signed_in("finance", centre), f"Nothing else of mass charge {source.display_number} is kept"
    asked = {"amount": "20.00", "seen": 0, "note": ""}
    assert said not in text(desk.post(at(centre, "payment-refund", first.payment_id), asked))
    by_hand(first)
    address = at(centre, "payment-refund", last.payment_id)
    assert said in text(desk.post(address, asked))
    assert said not in text(desk.post(address, asked | {"amount": "19.99"}))
