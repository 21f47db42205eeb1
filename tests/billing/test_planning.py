import datetime as dt
from dataclasses import replace

import pytest

from billing.planning import Around, Choices, Debt, Target, Usable, choose_method, plan, shared_accounts

ON = dt.date(2026, 11, 21)


def card(method_id=1, client_id=1, *, kind="card", default=False, expires=(2028, 8), charged=None):
    return Usable(
        method_id=method_id,
        authorization_id=100 + method_id,
        client_id=client_id,
        kind=kind,
        is_default=default,
        expires=expires if kind == "card" else None,
        last_charged_at=charged,
    )


def debt(item_id, amount, *, client_id=1, person_id=None, busy=False):
    return Debt(item_id=item_id, client_id=client_id, person_id=person_id, amount=amount, busy=busy)


def planned(targets, debts, methods, *, recent=(), coming=None, owing=None, **choices):
    return plan(
        targets,
        debts={1: debts},
        methods={1: methods},
        owing={1: sum(one.amount for one in debts if not one.busy) if owing is None else owing},
        around=Around(recent=frozenset(recent), coming=coming or {}),
        choices=Choices(**{"per": "person", **choices}),
        on=ON,
    )


LEA, NOE = Target(client_id=1, person_id=10), Target(client_id=1, person_id=11)


def test_mc_3_s34_two_children_of_one_parent_are_two_charges_from_people():
    lines = planned([LEA, NOE], [debt(1, 500, person_id=10), debt(2, 700, person_id=11)], [card()])
    assert [(line.person_id, line.amount, line.items) for line in lines] == [
        (10, 500, ((1, 500),)),
        (11, 700, ((2, 700),)),
    ]


def test_mc_3_s34_two_children_of_one_parent_are_one_charge_from_accounts():
    [line] = planned([LEA, NOE], [debt(1, 500, person_id=10), debt(2, 700, person_id=11)], [card()], per="account")
    assert (line.person_id, line.amount, line.items) == (None, 1200, ((1, 500), (2, 700)))


def test_a_debt_without_a_person_belongs_to_the_owner():
    owner = Target(client_id=1, person_id=10, is_owner=True)
    lines = planned([owner, NOE], [debt(1, 500)], [card()])
    assert [(line.amount, line.reason) for line in lines] == [(500, ""), (0, "nothing_due")]


@pytest.mark.parametrize(
    ("debts", "methods", "reason"),
    [
        ([], [card()], "nothing_due"),
        ([debt(1, 500, person_id=10, busy=True)], [card()], "processing"),
        ([debt(1, 500, person_id=10)], [], "no_authorization"),
        ([debt(1, 500, person_id=10)], [card(expires=(2026, 10))], "card_expired"),
    ],
)
def test_mc_1_mc_p3_who_is_left_out_and_why(debts, methods, reason):
    [line] = planned([LEA], debts, methods)
    assert (line.reason, line.method_id, line.items) == (reason, None, ())


def test_a_debt_on_its_way_is_never_asked_for_twice():
    [line] = planned([LEA], [debt(1, 500, person_id=10, busy=True), debt(2, 300, person_id=10)], [card()])
    assert (line.amount, line.items) == (300, ((2, 300),))


def test_mc_p1_a_maximum_takes_the_oldest_debts_and_cuts_the_last():
    [line] = planned([LEA], [debt(1, 500, person_id=10), debt(2, 700, person_id=10)], [card()], at_most=800)
    assert line.items == ((1, 500), (2, 300))


@pytest.mark.parametrize(
    ("order", "chosen"), [("card_first", 1), ("bank_first", 2), ("default", 2), ("card_only", 1), ("bank_only", 2)]
)
def test_mc_7_mc_p2_which_method_comes_first(order, chosen):
    method, _ = choose_method([card(1), card(2, kind="bank", default=True)], order=order, on=ON)
    assert method.method_id == chosen


def test_mc_p2_among_equals_the_one_that_worked_most_recently():
    older, newer = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (3, 9))
    method, _ = choose_method([card(1, charged=newer), card(2, charged=older), card(3)], order="card_first", on=ON)
    assert method.method_id == 1


def test_a_card_is_good_through_its_month_and_flagged():
    [line] = planned([LEA], [debt(1, 500, person_id=10)], [card(expires=(2026, 11))])
    assert (line.reason, line.flags) == ("", ("expires_soon",))


def test_mc_p9_what_asks_for_a_second_look():
    lines = planned([LEA, NOE], [debt(1, 60_000, person_id=10), debt(2, 700, person_id=11)], [card()], recent=[1])
    assert lines[0].flags == ("charged_recently", "unusual_amount", "same_method")
    assert lines[1].flags == ("charged_recently", "same_method")


def test_a_client_is_never_asked_for_more_than_they_owe_in_all():
    debts = [debt(1, 500, person_id=10), debt(2, 700, person_id=11)]
    assert [(line.amount, line.reason) for line in planned([LEA, NOE], debts, [card()], owing=800)] == [
        (500, ""),
        (300, ""),
    ]
    assert [(line.amount, line.reason) for line in planned([LEA, NOE], debts, [card()], owing=0)] == [
        (0, "nothing_due"),
        (0, "nothing_due"),
    ]


def test_mc_p1_the_same_amount_for_each_pays_the_oldest_and_leaves_out_who_owes_less():
    debts = [debt(1, 500, person_id=10), debt(2, 700, person_id=10), debt(3, 900, person_id=11)]
    lines = planned([LEA, NOE], debts, [card()], exactly=1_000)
    assert [(line.amount, line.items, line.reason) for line in lines] == [
        (1_000, ((1, 500), (2, 500)), ""),
        (900, (), "owes_less"),
    ]


def test_mc_p1_the_same_amount_is_never_taken_in_part():
    assert [line.reason for line in planned([LEA], [debt(1, 1_000, person_id=10)], [card()], exactly=1_000)] == [""]
    [short] = planned([LEA], [debt(1, 1_000, person_id=10)], [card()], exactly=1_000, owing=999)
    assert (short.reason, short.items) == ("owes_less", ())


def test_mc_p1_the_maximum_is_of_the_account_whoever_of_its_people_are_charged():
    debts = [debt(1, 500, person_id=10), debt(2, 700, person_id=11)]
    lines = planned([LEA, NOE], debts, [card()], at_most=800)
    assert [(line.amount, line.reason) for line in lines] == [(500, ""), (300, "")]
    lines = planned([LEA, NOE], debts, [card()], at_most=500)
    assert [(line.amount, line.reason) for line in lines] == [(500, ""), (700, "over_cap")]


def test_mc_p1_a_fixed_amount_above_the_maximum_is_left_out():
    debts = [debt(1, 500, person_id=10), debt(2, 700, person_id=11)]
    lines = planned([LEA, NOE], debts, [card()], exactly=400, at_most=600)
    assert [line.reason for line in lines] == ["", "over_cap"]


def test_mc_p9_a_planned_payment_is_pointed_out_with_its_day():
    [line] = planned([LEA], [debt(1, 500, person_id=10)], [card()], coming={1: dt.date(2026, 11, 30)})
    assert line.flags == ("planned:2026-11-30",)


def test_a_card_that_expires_before_the_announced_day_is_left_out():
    expiring = card(expires=(2026, 11))
    assert planned([LEA], [debt(1, 500, person_id=10)], [expiring], notice_days=7)[0].flags == ("expires_soon",)
    assert planned([LEA], [debt(1, 500, person_id=10)], [expiring], notice_days=10)[0].reason == "card_expired"


def test_where_each_debit_is_asked_for_the_line_keeps_what_to_ask_for():
    each = replace(card(7, kind="bank"), refusal="asks_each_time")
    [line] = planned([LEA], [debt(1, 500, person_id=10)], [each])
    assert (line.reason, line.amount, line.authorization_id, line.items) == ("asks_each_time", 500, 107, ((1, 500),))
    [line] = planned([LEA], [debt(1, 500, person_id=10)], [each, card()])
    assert (line.reason, line.method_id) == ("", 1)


def test_mc_3_accounts_with_several_people_are_counted():
    assert shared_accounts([LEA, NOE, Target(client_id=2, person_id=12)]) == 1
