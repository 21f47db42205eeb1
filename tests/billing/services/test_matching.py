"""Reconciling oldest to newest: one account, many at once, done again, interrupted."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Trail
from billing.models import Allocation, Dispute, Entry, MatchRun
from billing.planning import Debt
from billing.services import matching, sources
from billing.services.matching import Matched
from billing.services.sources import Source
from smartrec.errors import Refused
from tests.billing.linked import a_credit, an_excess, links_of
from tests.billing.money import a_real_payer
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, an_account, an_organization, staff

CENTS = st.integers(1, 5_000)


@st.composite
def sides(draw):
    """Money and debts of a few clients; some debts are being paid."""
    clients = st.integers(1, 3)
    money = draw(st.lists(st.tuples(clients, CENTS), max_size=12))
    owed = draw(st.lists(st.tuples(clients, CENTS, st.booleans()), max_size=12))
    found = [Source(client_id=c, free=n, at=NOW, payment_id=i) for i, (c, n) in enumerate(money, 1)]
    debts = [Debt(item_id=i, client_id=c, person_id=None, amount=n, busy=b) for i, (c, n, b) in enumerate(owed, 1)]
    return found, debts


@given(sides())
def test_rc_5_links_stay_within_both_sides_and_leave_nothing_on_both(both):
    found, owed = both
    links = matching.plan(found, owed)
    money = {one.payment_id: one for one in found}
    debts = {debt.item_id: debt for debt in owed}
    for link in links:
        assert link.amount > 0
        assert money[link.payment_id].client_id == debts[link.item_id].client_id
        assert not debts[link.item_id].busy
    free = {pk: one.free - sum(x.amount for x in links if x.payment_id == pk) for pk, one in money.items()}
    left = {pk: one.amount - sum(x.amount for x in links if x.item_id == pk) for pk, one in debts.items()}
    assert min([0, *free.values(), *left.values()]) == 0
    for client in (1, 2, 3):
        unused = sum(free[pk] for pk, one in money.items() if one.client_id == client)
        unpaid = sum(left[pk] for pk, one in debts.items() if one.client_id == client and not one.busy)
        assert not (unused and unpaid)


@given(sides())
def test_rc_5_no_newer_money_or_item_is_used_before_an_older_one(both):
    found, owed = both
    links = matching.plan(found, owed)
    for client in (1, 2, 3):
        mine = [x for x in links if x.item_id in {d.item_id for d in owed if d.client_id == client}]
        assert [x.payment_id for x in mine] == sorted(x.payment_id for x in mine)
        assert [x.item_id for x in mine] == sorted(x.item_id for x in mine)


@pytest.fixture
def payer(centre):
    return an_account(centre)


def match(*clients, by, **more) -> Matched:
    [centre] = {client.organization for client in clients}
    return matching.match(organization=centre, client_ids=[c.pk for c in clients], by=by, now=NOW, **more)


@pytest.mark.django_db
def test_rc_1_links_are_between_money_and_invoice_items(payer, by):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 2_000)
    match(payer, by=by)
    link = Allocation.objects.get(item__invoice=invoice)
    assert (link.payment, link.item, link.amount) == (payment, invoice.items.get(), 500)


@pytest.mark.django_db
def test_rc_5_the_oldest_money_pays_the_oldest_items_whatever_the_day(payer, by):
    new, old = an_excess(payer, 1_500), an_excess(payer, 1_000, days_ago=30)
    credit = a_credit(payer, 700, days_ago=15)
    late, early = an_invoice(payer, 2_500), an_invoice(payer, 600, days_ago=20)
    entries = Entry.objects.count()
    assert match(payer, by=by) == Matched(accounts=1, links=4, amount=3_100)
    assert links_of(early) == [(old.pk, None, early.pk, 600)]
    assert links_of(late) == [
        (old.pk, None, late.pk, 400), (None, credit.pk, late.pk, 700), (new.pk, None, late.pk, 1_400)
    ]  # fmt: skip
    assert (sources.available(payer), Entry.objects.count()) == (100, entries)


@pytest.mark.django_db
def test_rc_5_done_again_it_finds_nothing_left_to_do(payer, by):
    an_excess(payer, 500)
    an_invoice(payer, 2_000)
    assert match(payer, by=by).links == 1
    assert match(payer, by=by) == Matched()
    assert Trail.objects.filter(client=payer, verb="account_reconciled").count() == 1


@pytest.mark.django_db
def test_rc_5_each_account_keeps_its_own_money(centre, payer, by):
    other = an_account(centre, "Luc Côté")
    an_excess(payer, 5_000)
    mine, theirs = an_invoice(payer, 1_000), an_invoice(other, 1_000)
    assert match(payer, other, by=by) == Matched(accounts=1, links=1, amount=1_000)
    assert (len(links_of(mine)), len(links_of(theirs))) == (1, 0)


@pytest.mark.django_db
def test_another_organizations_account_is_left_alone(centre, by):
    stranger = an_account(an_organization())
    an_excess(stranger, 500)
    an_invoice(stranger, 2_000)
    made = matching.match(organization=centre, client_ids=[stranger.pk], by=by, now=NOW)
    assert made == Matched()


@pytest.mark.django_db
def test_what_was_shown_is_what_is_linked(payer, by):
    an_excess(payer, 500)
    an_invoice(payer, 2_000)
    with pytest.raises(Refused):
        match(payer, by=by, seen=400)
    assert sources.available(payer) == 500
    assert match(payer, by=by, seen=500).amount == 500


@pytest.mark.django_db(transaction=True)
def test_an_item_that_a_payment_on_its_way_will_pay_is_left_alone(sandbox):
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre), staff("finance", centre)
    invoice = payer.invoices.get()
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    other, credit = an_invoice(payer, 400), a_credit(payer, 500)
    assert match(payer, by=by).amount == 400
    assert (links_of(invoice), links_of(other)) == ([], [(None, credit.pk, other.pk, 400)])


@pytest.mark.django_db
def test_disputed_and_held_money_pays_nothing(payer, by):
    payment = an_excess(payer, 500)
    an_invoice(payer, 2_000)
    Dispute.objects.create(
        organization=payer.organization, payment=payment, processor_dispute="du_1", status="needs_response",
        amount=500, opened_at=NOW, asked_at=NOW,
    )  # fmt: skip
    assert match(payer, by=by) == Matched()


def a_run(centre, clients, by, key=None) -> MatchRun:
    ids = [client.pk for client in clients]
    return matching.start(organization=centre, client_ids=ids, key=key or uuid.uuid4(), by=by, now=NOW)


@pytest.mark.django_db
def test_rc_5_many_accounts_some_at_a_time(centre, by, monkeypatch):
    monkeypatch.setattr(matching, "BATCH", 2)
    clients = [an_account(centre, f"Foyer {n}") for n in range(5)]
    for client in clients:
        an_excess(client, 500)
        an_invoice(client, 2_000)
    run = a_run(centre, clients, by)
    seen = []
    while matching.go_on(run=run, now=NOW + dt.timedelta(minutes=1)):
        run.refresh_from_db()
        seen.append(run.done)
    run.refresh_from_db()
    assert seen == [2, 4]
    assert (run.done, run.accounts, run.links, run.amount) == (5, 5, 5, 2_500)
    assert run.ended_at == NOW + dt.timedelta(minutes=1)
    assert not matching.go_on(run=run, now=NOW)


@pytest.mark.django_db
def test_a_run_asked_twice_is_one_run(centre, payer, by):
    key = uuid.uuid4()
    assert a_run(centre, [payer], by, key) == a_run(centre, [payer], by, key)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_interrupted_goes_on_where_it_stopped(centre, payer, by, monkeypatch):
    an_excess(payer, 500)
    an_invoice(payer, 2_000)
    run = a_run(centre, [payer], by)
    with monkeypatch.context() as patch:
        patch.setattr(MatchRun, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            matching.go_on(run=run, now=NOW)
    run.refresh_from_db()
    assert (run.done, sources.available(payer)) == (0, 500)
    matching.go_on(run=run, now=NOW)
    run.refresh_from_db()
    assert (run.done, run.amount, sources.available(payer)) == (1, 500, 0)


@pytest.mark.django_db
def test_a_batch_takes_as_many_questions_however_many_accounts(centre, by, django_assert_max_num_queries):
    clients = [an_account(centre, f"Foyer {n}") for n in range(8)]
    for client in clients:
        an_excess(client, 500)
        an_invoice(client, 2_000)
    with django_assert_max_num_queries(19):
        match(*clients, by=by)
