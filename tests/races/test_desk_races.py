"""Two people at two desks, one invoice: it is paid once, and the second is told in words."""

import pytest
from django.db import IntegrityError

from billing.models import Allocation, Entry, Payment
from billing.services import crediting, locking, parts, sources
from billing.services.parts import Order, Part
from smartrec.errors import Refused
from tests.billing.desk import received, whole
from tests.billing.ways import an_invoice
from tests.builders import NOW, an_account, an_organization, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    return an_account(an_organization())


def both_take_cash(payer) -> list:
    shown, by = whole(an_invoice(payer)), staff("front_desk", payer.organization)
    return race(lambda: received(payer, parts=shown, by=by), contenders=4)


def test_two_clerks_who_take_cash_for_one_invoice_are_paid_once(payer):
    """Guard: the client's balance and what is paid are locked before they are read (`receive`, `parts.hold`)."""
    results = both_take_cash(payer)
    assert len(winners(results)) == 1
    assert all(isinstance(result, Refused) for result in results if isinstance(result, Exception))
    assert (Payment.objects.count(), Allocation.objects.count()) == (1, 1)
    assert Entry.objects.filter(kind="payment").count() == 1


def test_control_without_the_locks_only_the_database_stops_the_second_in_no_words_a_clerk_knows(payer, monkeypatch):
    monkeypatch.setattr(parts, "hold", lambda *_: None)
    monkeypatch.setattr(locking, "held_client", lambda client: client)
    monkeypatch.setattr(parts, "items_of", slow(parts.items_of, contenders=4))
    results = both_take_cash(payer)
    assert any(isinstance(result, IntegrityError) for result in results)


def use(payer, shown: list[Part], by) -> int:
    return crediting.settle(client=payer, order=Order(total=0, parts=shown, use_credit=True), by=by, now=NOW)


def test_two_clerks_who_use_one_credit_use_it_once(payer):
    received(payer, an_invoice(payer, 1_000), amount=3_000, credit_name="Trop-perçu")
    shown = [whole(an_invoice(payer, 2_000)), whole(an_invoice(payer, 2_000))] * 2
    by = staff("front_desk", payer.organization)
    results = race(lambda: use(payer, shown.pop(), by), contenders=4)
    assert len(winners(results)) == 1
    assert all(isinstance(result, Refused) for result in results if isinstance(result, Exception))
    assert sources.available(payer) == 0
