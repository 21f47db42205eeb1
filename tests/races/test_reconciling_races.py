"""One payment, one item, several hands that link them at the same time: each cent is linked once."""

import uuid

import pytest
from django.db.models import Sum

from billing.models import Allocation, MatchRun
from billing.services import linking, locking, matching
from billing.services.linking import Wanted
from smartrec.errors import Refused
from tests.billing.linked import an_excess
from tests.billing.ways import an_invoice
from tests.builders import NOW, an_account, an_organization, staff
from tests.races.racing import race, slow, winners

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer():
    return an_account(an_organization())


@pytest.fixture
def by(payer):
    return staff("finance", payer.organization)


def linked(**of) -> int:
    return Allocation.objects.filter(**of).aggregate(cents=Sum("amount", default=0))["cents"]


def link_each_its_own(payer, by) -> list:
    """Four clerks who each link 3.00 of the same 5.00 to another invoice."""
    payment = an_excess(payer, 500)
    items = [an_invoice(payer, 300).items.get().pk for _ in range(4)]

    def link() -> int:
        wanted = Wanted(parts=[(items.pop(), 300)], seen=500, key=uuid.uuid4())
        return linking.link(money=payment, wanted=wanted, by=by, now=NOW)

    return race(link, contenders=4)


def test_two_clerks_who_link_one_payment_link_it_once(payer, by):
    """Guard: the client and the money are held before what is left of it is read (`linking._held`)."""
    results = link_each_its_own(payer, by)
    assert len(winners(results)) == 1
    assert all(isinstance(result, Refused) for result in results if isinstance(result, Exception))
    assert linked(item__invoice__client=payer, amount=300) == 300


def test_control_without_the_locks_the_database_alone_stands_in_the_way(payer, by, monkeypatch):
    """Without them every clerk believes the money is left, and is refused by an error instead of in words."""
    monkeypatch.setattr(locking, "hold", lambda **_: None)
    monkeypatch.setattr(linking, "free_of", slow(linking.free_of, contenders=4))
    results = link_each_its_own(payer, by)
    assert not all(isinstance(result, Refused) for result in results if isinstance(result, Exception))


def test_a_double_click_links_once(payer, by):
    payment, item, key = an_excess(payer, 600), an_invoice(payer, 600).items.get(), uuid.uuid4()
    wanted = Wanted(parts=[(item.pk, 300)], seen=600, key=key)
    results = race(lambda: linking.link(money=payment, wanted=wanted, by=by, now=NOW), contenders=4)
    assert sorted(results) == [0, 0, 0, 300]
    assert linked(item=item) == 300


def test_control_a_form_without_its_key_would_link_twice(payer, by, monkeypatch):
    payment, item = an_excess(payer, 600), an_invoice(payer, 600).items.get()
    wanted = Wanted(parts=[(item.pk, 300)], seen=600, key=uuid.uuid4())
    monkeypatch.setattr(linking, "was_done", lambda *_: False)
    monkeypatch.setattr(linking, "_check_source", lambda *_: None)
    race(lambda: linking.link(money=payment, wanted=wanted, by=by, now=NOW), contenders=2)
    assert linked(item=item) == 600


def test_one_click_by_several_people_at_once_links_once(payer, by):
    an_excess(payer, 500)
    an_invoice(payer, 700)
    known = {"organization": payer.organization, "client_ids": [payer.pk], "by": by, "now": NOW}
    results = race(lambda: matching.match(**known), contenders=4)
    assert sorted(one.amount for one in results) == [0, 0, 0, 500]


def test_several_workers_on_one_run_go_through_each_account_once(payer, by, monkeypatch):
    monkeypatch.setattr(matching, "BATCH", 1)
    clients = [payer, *[an_account(payer.organization, f"Foyer {n}") for n in range(5)]]
    for client in clients:
        an_excess(client, 500)
        an_invoice(client, 700)
    ids = [client.pk for client in clients]
    run = matching.start(organization=payer.organization, client_ids=ids, key=uuid.uuid4(), by=by, now=NOW)

    def work() -> None:
        while MatchRun.objects.unfinished().filter(pk=run.pk).exists():
            matching.go_on(run=run, now=NOW)

    assert race(work, contenders=4) == [None] * 4
    run.refresh_from_db()
    assert (run.done, run.accounts, run.amount) == (6, 6, 3_000)
