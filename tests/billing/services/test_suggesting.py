"""Which links are proposed, in which order and why; accepted, they are made, and only those."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Trail
from billing.services import crediting, sources, suggesting
from billing.services.sources import Source
from billing.services.suggesting import REASONS, Due, Money, suggest
from tests.billing.desk import received
from tests.billing.linked import a_credit, an_excess, links_of
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account, an_organization, staff

CENTS = st.integers(1, 3_000)


@st.composite
def tables(draw):
    """Money and items of one client; some of the money is known to be for some of the items."""
    dues = [
        Due(item_id=n, invoice_id=draw(st.integers(1, 4)), left=left)
        for n, left in enumerate(draw(st.lists(CENTS, max_size=10)), 1)
    ]
    dues.sort(key=lambda due: (due.invoice_id, due.item_id))
    items = st.lists(st.tuples(st.integers(1, 12), CENTS), max_size=3)
    money = [
        Money(
            source=Source(client_id=1, free=free, at=NOW + dt.timedelta(hours=n), payment_id=n),
            taken_for=draw(items),
            credit_of=draw(st.none() | st.integers(1, 5)),
        )
        for n, free in enumerate(draw(st.lists(CENTS, max_size=8)), 1)
    ]
    return money, dues


@given(tables())
def test_rc_5_suggestions_stay_within_both_sides_and_leave_nothing_on_both(table):
    money, dues = table
    found = suggest(money, dues)
    links = [link for one in found for link in one.links()]
    assert all(link.amount > 0 for link in links)
    free = [m.source.free - sum(x.amount for x in links if x.payment_id == m.source.payment_id) for m in money]
    left = [due.left - sum(x.amount for x in links if x.item_id == due.item_id) for due in dues]
    assert min([0, *free, *left]) == 0
    assert not (sum(free) and sum(left))
    assert len({one.key for one in found}) == len(found)


@given(tables())
def test_the_surest_reasons_come_first(table):
    whys = [REASONS.index(one.why) for one in suggest(*table)]
    assert whys == sorted(whys)


def money(free, number=1, **known) -> Money:
    return Money(source=Source(client_id=1, free=free, at=NOW, payment_id=number), **known)


def due(item, invoice, left) -> Due:
    return Due(item_id=item, invoice_id=invoice, left=left)


def told(found) -> list[tuple]:
    return [(one.source.payment_id, one.invoice_id, one.why, one.amount) for one in found]


def test_what_is_known_comes_before_the_same_amount_and_that_before_age():
    dues = [due(1, 10, 900), due(2, 20, 500), due(3, 30, 700), due(4, 40, 300)]
    every = [money(600, 1), money(500, 2), money(700, 3, taken_for=[(4, 300)]), money(100, 4, credit_of=30)]
    assert told(suggest(every, dues)) == [
        (3, 40, "taken_for", 300),
        (4, 30, "credit_of", 100),
        (1, 30, "same_amount", 600),
        (2, 20, "same_amount", 500),
        (3, 10, "oldest", 400),
    ]


@pytest.fixture
def payer(db):
    return an_account(an_organization())


def proposed(*clients):
    return suggesting.suggestions_of(organization=clients[0].organization, clients=clients, on=TODAY)


def accept(payer, *keys):
    by = staff("finance", payer.organization)
    return suggesting.accept(organization=payer.organization, client_ids=[payer.pk], keys=keys, by=by, now=NOW)


def test_a_receipt_left_unreconciled_is_proposed_for_what_it_was_taken_for(payer):
    old, invoice = an_invoice(payer, 2_000, days_ago=9), an_invoice(payer, 1_500)
    payment = received(payer, invoice, reconcile=False)
    [one] = proposed(payer)
    assert (one.why, one.invoice_id, one.amount) == ("taken_for", invoice.pk, 1_500)
    assert accept(payer, one.key) == [one]
    assert (links_of(old), links_of(invoice)) == ([], [(payment.pk, None, invoice.pk, 1_500)])
    assert Trail.objects.get(client=payer, verb="suggestions_accepted").facts["amount"] == 1_500


def test_a_credit_of_an_invoice_is_proposed_for_that_invoice(payer):
    an_invoice(payer, 3_000, days_ago=9)
    invoice = an_invoice(payer, 2_000)
    a_credit(payer, 800, invoice=invoice)
    assert [(one.why, one.invoice_id) for one in proposed(payer)] == [("credit_of", invoice.pk)]


def test_rc_4_items_are_paid_in_the_order_listed_on_the_invoice():
    found = suggest([money(500)], [due(7, 1, 300), due(3, 1, 300)])
    assert found[0].items == [(7, 300), (3, 200)]


def test_only_what_was_ticked_is_linked_and_only_once(payer):
    first, second = an_excess(payer, 500, days_ago=5), an_excess(payer, 900)
    invoice, _other = an_invoice(payer, 900, days_ago=5), an_invoice(payer, 700)
    keep, take = sorted(proposed(payer), key=lambda one: one.source.payment_id != first.pk)
    assert take.source.payment_id == second.pk
    assert (accept(payer, take.key), accept(payer, take.key)) == ([take], [])
    assert links_of(invoice) == [(second.pk, None, invoice.pk, 900)]
    assert [one.key for one in proposed(payer)] == [keep.key]


def test_what_changed_since_it_was_shown_is_not_linked(payer):
    an_excess(payer, 500)
    invoice = an_invoice(payer, 500)
    [one] = proposed(payer)
    received(payer, invoice)
    assert accept(payer, one.key) == []
    assert sources.available(payer) == 500


def test_the_questions_are_as_many_for_one_account_as_for_all(payer, django_assert_num_queries):
    others = [an_account(payer.organization, f"Foyer {n}") for n in range(6)]
    for client in [payer, *others]:
        an_excess(client, 500)
        an_invoice(client, 700)
    with django_assert_num_queries(5):
        assert len(proposed(payer, *others)) == 7


def test_a_thousand_of_each_are_shared_out_in_no_time():
    """Neither side is gone through again for each of the other: a list of a thousand is as easy as one of ten."""
    every = [money(700, n) for n in range(1, 2_001)]
    dues = [due(n, n, 500) for n in range(1, 3_001)]
    found = suggest(every, dues)
    assert sum(one.amount for one in found) == 1_400_000
    links, rest = crediting.spread([one.source for one in every], [(one.item_id, one.left) for one in dues])
    assert (len(links) < 5_001, sum(cents for _item, cents in rest)) == (True, 100_000)
