"""Two people give the same money away at the same instant: it goes once. Beside each, the control that loses."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import Client
from billing.models import DeskRefund, Entry
from billing.services import crediting, depositing, handing_back, locking, parts, reconciling, refundable, sources
from billing.services.parts import Order
from smartrec.errors import Refused
from tests.billing.desk import received, whole
from tests.billing.handed_back import a_card_payment, a_deposit, handed_back, released
from tests.billing.ways import an_invoice
from tests.builders import NOW, an_account, an_organization, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    return an_account(an_organization())


@pytest.fixture
def clerk(payer):
    return staff("finance", payer.organization)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Each of these acts at the same instant as the others."""
    waiting = list(acts)

    def act_once() -> Any:
        act = waiting.pop()
        return act()

    return race(act_once, contenders=len(acts))


def refused(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, Refused)]


def without_locks(monkeypatch, *looks: tuple[Any, str]) -> None:
    """Nobody holds anything, and nobody goes on before all have looked."""

    def unlocked(client: Client) -> Client:
        return Client.objects.select_related("organization", "account").get(pk=client.pk)

    monkeypatch.setattr(locking, "held_client", unlocked)
    monkeypatch.setattr(handing_back, "_lock", lambda *_: None)
    monkeypatch.setattr(depositing, "_hold", lambda *_: None)
    monkeypatch.setattr(parts, "hold", lambda *_: None)
    look = slow(lambda found, *args, **kwargs: found(*args, **kwargs), contenders=2)
    for where, name in looks:
        monkeypatch.setattr(where, name, partial(look, getattr(where, name)))


def both_hand_back(payer, clerk) -> list[Any]:
    payment = received(payer, an_invoice(payer, 1_000), amount=4_000, credit_name="Trop-perçu")
    act = partial(handed_back, payer, (payment, 3_000), by=clerk)
    return together(act, act)


def test_two_clerks_who_hand_the_same_money_back_hand_it_back_once(payer, clerk):
    """Guard: the client and the payment are locked before what is left of it is read (`_locked`, `_lock`)."""
    results = both_hand_back(payer, clerk)
    assert (len(winners(results)), len(refused(results))) == (1, 1)
    assert (DeskRefund.objects.count(), Entry.objects.filter(kind="desk_refund").count()) == (1, 1)


def test_control_without_the_locks_only_the_database_holds_the_second_clerk_back(payer, clerk, monkeypatch):
    without_locks(monkeypatch, (refundable, "of_payments"))
    results = both_hand_back(payer, clerk)
    assert (len(winners(results)), len(refused(results))) == (1, 0)
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


def one_links_and_one_hands_back(payer, clerk) -> tuple[Any, list[Any]]:
    payment, shown = a_card_payment(payer, 2_000), whole(an_invoice(payer, 2_000))
    order = Order(total=0, parts=shown, use_credit=True)
    link = partial(crediting.settle, client=payer, order=order, by=clerk, now=NOW)
    return payment, together(link, partial(handed_back, payer, (payment, 2_000), by=clerk))


def test_money_is_linked_or_handed_back_and_never_both(payer, clerk):
    payment, results = one_links_and_one_hands_back(payer, clerk)
    payment.refresh_from_db()
    assert (len(winners(results)), len(refused(results))) == (1, 1)
    assert sorted([payment.allocated, payment.refunded]) == [0, 2_000]


def test_control_without_the_locks_it_is_linked_and_handed_back(payer, clerk, monkeypatch):
    without_locks(monkeypatch, (refundable, "of_payments"), (crediting, "spread"))
    payment, results = one_links_and_one_hands_back(payer, clerk)
    assert len(winners(results)) == 2
    # Whoever wrote last decides whether the link is there: undone, so that the books hold again.
    reconciling.release(payment=payment, keep=reconciling.left_of(payment), now=NOW)


def one_releases_and_one_hands_back(payer, clerk) -> tuple[Any, list[Any]]:
    deposit = a_deposit(payer, 5_000)
    release = partial(released, deposit, 5_000, number=1, by=clerk)
    return deposit, together(release, partial(handed_back, payer, (deposit, 5_000, True), by=clerk))


def test_a_deposit_is_released_or_handed_back_and_never_both(payer, clerk):
    deposit, results = one_releases_and_one_hands_back(payer, clerk)
    deposit.refresh_from_db()
    assert (len(winners(results)), len(refused(results)), deposit.held) == (1, 1, 0)
    assert sources.available(payer) + deposit.refunded == 5_000


def test_control_without_the_locks_only_the_database_keeps_a_deposit_from_both(payer, clerk, monkeypatch):
    without_locks(monkeypatch, (refundable, "of_payments"), (depositing, "_released_before"))
    _deposit, results = one_releases_and_one_hands_back(payer, clerk)
    assert (len(winners(results)), len(refused(results))) == (1, 0)
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


def test_one_form_sent_at_the_same_instant_by_two_clicks_is_one_refund(payer, clerk):
    payment, key = a_deposit(payer, 5_000), uuid.uuid4()
    results = race(lambda: handed_back(payer, (payment, 2_000, True), by=clerk, key=key))
    assert (len(winners(results)), len({refund.pk for refund in results})) == (8, 1)


def test_a_refund_is_voided_by_one_of_many(payer, clerk):
    refund = handed_back(payer, (a_deposit(payer, 5_000), 2_000, True), by=clerk)
    results = race(lambda: handing_back.void(refund=DeskRefund.objects.get(pk=refund.pk), by=clerk, now=NOW))
    assert (len(winners(results)), len(refused(results))) == (1, 7)
    assert Entry.objects.filter(kind="desk_refund_void").count() == 1
