"""Two people at two desks and one item, one credit, one debt: it is taken back once, and money goes back once."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from billing.models import Credit, DeskRefund, Entry, Refund
from billing.services import cancel_plans, cancelling, credit_memos, crediting, locking, sources
from billing.services.parts import Order
from billing.services.refunding import CannotRefund
from smartrec.errors import Refused
from tests.billing.credits import a_key, a_memo, an_invoice_of, balance, cancelled, given_up, items
from tests.billing.desk import received, whole
from tests.billing.given_back import a_paid_invoice, a_refund, hear_everything, send_refunds, went_back
from tests.builders import NOW, an_account, an_organization, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    return an_account(an_organization())


def losers(results) -> list:
    return [result for result in results if isinstance(result, Exception)]


def in_turn(acts):
    """Each contender does another of these acts."""

    def act():
        return acts.pop()()

    return act


def both_cancel(invoice, payment) -> list:
    by = staff("finance", invoice.organization)
    return race(lambda: cancelled(invoice, 3_000, by=by, refunds={payment.pk: 3_000}, given_as="cash"), contenders=4)


def test_two_clerks_who_cancel_one_item_take_it_back_once_and_hand_the_money_back_once(payer):
    """Guard: the client, what pays the invoice and its items are locked before they are read (`cancelling._held`)."""
    invoice = an_invoice_of(payer, 3_000)
    results = both_cancel(invoice, received(payer, invoice))
    assert len(winners(results)) == 1
    assert all(isinstance(result, Refused) for result in losers(results))
    assert (Credit.objects.count(), DeskRefund.objects.get().amount, balance(payer)) == (1, 3_000, 0)


def test_control_without_the_locks_only_the_database_stops_the_second(payer, monkeypatch):
    invoice = an_invoice_of(payer, 3_000)
    payment = received(payer, invoice)
    monkeypatch.setattr(locking, "held_client", lambda client: client)
    monkeypatch.setattr(cancelling, "_held", lambda _client, invoice: invoice)
    monkeypatch.setattr(cancel_plans, "draw_up", slow(cancel_plans.draw_up, contenders=4))
    results = both_cancel(invoice, payment)
    assert any(isinstance(result, IntegrityError) for result in losers(results))
    assert Credit.objects.count() <= 1


def test_one_form_sent_by_four_hands_grants_one_credit(payer):
    key, by = a_key(), staff("finance", payer.organization)
    results = race(lambda: a_memo(payer, 2_000, key=key, by=by), contenders=4)
    assert {credit.pk for credit in winners(results)} == {Credit.objects.get().pk}
    assert (len(winners(results)), balance(payer)) == (4, -2_000)


def test_a_credit_is_voided_once(payer):
    invoice = an_invoice_of(payer, 3_000)
    credit, by = cancelled(invoice), staff("finance", payer.organization)
    results = race(lambda: credit_memos.void(credit=credit, by=by, now=NOW), contenders=4)
    assert (len(winners(results)), Entry.objects.filter(kind="credit_void").count()) == (1, 1)
    assert all(isinstance(result, Refused) for result in losers(results))
    assert (items(invoice), balance(payer)) == ([(0, 0)], 3_000)


def test_a_debt_is_given_up_or_paid_and_never_both(payer):
    invoice = an_invoice_of(payer, 3_000)
    shown, by = whole(invoice), staff("finance", payer.organization)
    acts = [lambda: given_up(invoice, 3_000, by=by), lambda: received(payer, parts=shown, by=by)] * 2
    results = race(in_turn(acts), contenders=4)
    assert len(winners(results)) == 1
    assert all(isinstance(result, Refused) for result in losers(results))
    assert balance(payer) == 0


def test_a_credit_used_while_it_is_voided_is_used_or_void_and_never_both(payer):
    credit, by = a_memo(payer, 2_000), staff("finance", payer.organization)
    cancel_it = an_invoice_of(payer, 2_000)
    acts = [lambda: credit_memos.void(credit=credit, by=by, now=NOW), lambda: use(payer, whole(cancel_it), by)]
    results = race(in_turn(acts), contenders=2)
    credit.refresh_from_db()
    assert len(winners(results)) == 1
    assert (credit.state, credit.allocated) in {("void", 0), ("issued", 2_000)}


def use(payer, shown, by):
    return crediting.settle(client=payer, order=Order(total=0, parts=shown, use_credit=True), by=by, now=NOW)


def test_a_refund_asked_for_while_the_item_is_cancelled_never_gives_back_more_than_was_paid(sandbox):
    attempt = a_paid_invoice(an_organization(processor_account=""), sandbox)
    invoice, by = attempt.payment.client.invoices.get(), attempt.payment.created_by
    refunds = {attempt.payment_id: 2_000}
    acts = [
        lambda: cancelled(invoice, by=by, refunds=refunds, now=timezone.now()),
        lambda: a_refund(attempt, 2_000),
    ] * 2
    results = race(in_turn(acts), contenders=4)
    assert all(isinstance(result, Refused | CannotRefund) for result in losers(results))
    assert Refund.objects.living().count() == 1
    send_refunds()
    hear_everything()
    assert went_back(sandbox) == [2_000]


def test_a_refund_racing_a_dispute_goes_back_once(sandbox):
    """The items stay cancelled; the refund is given up, and the bank takes the money for the client."""
    attempt = a_paid_invoice(an_organization(processor_account=""), sandbox)
    client, by = attempt.payment.client, attempt.payment.created_by
    invoice = client.invoices.get()
    cancelled(invoice, by=by, refunds={attempt.payment_id: 2_000}, now=timezone.now())
    sandbox.dispute(attempt.payment.processor_payment)
    hear_everything()
    send_refunds()
    refund = Refund.objects.get()
    assert (refund.state, went_back(sandbox), sources.available(client)) == ("cancelled", [], 0)
    assert (items(invoice), balance(client)) == ([(2_000, 2_000)], 0)
