"""Twenty hands at one wallet: ten methods get in, one is the default, one visit saves once."""

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import connection

from accounts.models import Account
from billing.models import Attempt
from tests.billing.money import a_real_payer, another_card, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import a_saved_method, an_account, an_organization, staff
from tests.races.racing import race, slow, winners
from tests.wallet.steps import CARD, a_centre, a_holder, begin, save, the_method, type_on_page
from wallet.models import Authorization, PaymentMethod
from wallet.services import finishing, methods
from wallet.services.finishing import finish_setup
from wallet.services.methods import LimitReached, add_method, remove_method

pytestmark = pytest.mark.django_db(transaction=True)

HANDS = 20
RULES = ("method_slot_is_free", "method_one_default_per_account")


OF_KIND = {
    "card": {"rail": "card", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030},
    "bank": {"rail": "acss_debit", "brand": "Desjardins", "last4": "6789"},
}


def put_in(account: Account, kind: str = "card") -> Callable[[], PaymentMethod]:
    numbers = count(1)

    def put() -> PaymentMethod:
        number = next(numbers)
        return add_method(
            account=account,
            kind=kind,
            **OF_KIND[kind],
            address_line1="12, rue des Érables",
            address_postal_code="J4B 5K2",
            fingerprint=str(number),
            processor_method=f"pm_{number}",
        )

    return put


@contextmanager
def without_rules():
    rules = [rule for rule in PaymentMethod._meta.constraints if rule.name in RULES]
    with connection.schema_editor() as editor:
        for rule in rules:
            editor.remove_constraint(PaymentMethod, rule)
    try:
        yield
    finally:
        PaymentMethod.objects.all().delete()
        with connection.schema_editor() as editor:
            for rule in rules:
                editor.add_constraint(PaymentMethod, rule)


@pytest.mark.parametrize("kind", ["card", "bank"])
def test_control_without_the_databases_rules_more_than_ten_get_in(kind, monkeypatch):
    monkeypatch.setattr(methods, "_free_slots", slow(methods._free_slots, contenders=HANDS))
    account = an_account(an_organization()).account
    with without_rules():
        race(put_in(account, kind), contenders=HANDS)
        assert PaymentMethod.objects.count() > 10


@pytest.mark.parametrize("kind", ["card", "bank"])
def test_s7_of_twenty_at_once_ten_get_in_and_ten_are_refused_in_words(kind):
    account = an_account(an_organization()).account
    answers = race(put_in(account, kind), contenders=HANDS)
    assert sorted(PaymentMethod.objects.values_list("slot", flat=True)) == list(range(1, 11))
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [LimitReached] * 10
    assert PaymentMethod.objects.filter(is_default=True).count() == 1


def test_with_ten_saved_one_is_replaced_while_others_try_to_take_its_place(sandbox):
    household = a_holder(a_centre(sandbox))
    old, *_others = (a_saved_method(household.account, fingerprint=str(number)) for number in range(10))
    started = begin(household.account, organization=household.organization, replaces=old)
    type_on_page(started.url, **CARD)
    put, first = put_in(household.account), count()

    def hand() -> object:
        return put() if next(first) else finish_setup(session_pk=started.setup.pk, now=dt.datetime.now(dt.UTC))

    answers = race(hand, contenders=HANDS)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [LimitReached] * (HANDS - 1)
    old.refresh_from_db()
    new = PaymentMethod.objects.get(setup_session=started.setup)
    assert (old.status, new.slot, PaymentMethod.objects.active().count()) == ("removed", old.slot, 10)


def test_replaced_twice_at_once_one_takes_the_place_and_nothing_is_lost(sandbox):
    household = a_holder(a_centre(sandbox))
    old = a_saved_method(household.account, is_default=True)
    visits = [begin(household.account, organization=household.organization, replaces=old) for _ in range(2)]
    for visit, number in zip(visits, ("4242424242424242", "5555555555554444"), strict=True):
        type_on_page(visit.url, **{**CARD, "number": number})
    turn = count()
    race(lambda: finish_setup(session_pk=visits[next(turn) % 2].setup.pk, now=dt.datetime.now(dt.UTC)), contenders=4)
    old.refresh_from_db()
    kept = PaymentMethod.objects.active()
    assert (old.status, kept.count(), kept.filter(is_default=True).count()) == ("removed", 2, 1)
    assert Authorization.objects.filter(state="granted").count() == 2


def test_the_same_card_typed_in_two_windows_at_once_is_one_card(sandbox):
    """Guard: `_hold_wallet` in `finishing`."""
    household = a_holder(a_centre(sandbox))
    visits = [begin(household.account, organization=household.organization) for _ in range(2)]
    for visit in visits:
        type_on_page(visit.url, **CARD)
    turn = count()
    answers = race(
        lambda: finish_setup(session_pk=visits[next(turn) % 2].setup.pk, now=dt.datetime.now(dt.UTC)), contenders=4
    )
    assert [answer.state for answer in winners(answers)] == ["done"] * 4
    assert (PaymentMethod.objects.count(), Authorization.objects.filter(state="granted").count()) == (1, 1)


def test_a_card_typed_again_while_it_leaves_the_wallet_is_saved(sandbox, monkeypatch):
    household = a_holder(a_centre(sandbox))
    save(household.account, organization=household.organization)
    first = the_method(household.account)
    again = begin(household.account, organization=household.organization)
    type_on_page(again.url, **CARD)
    tell, now = finishing._renew_expiry, dt.datetime.now(dt.UTC)

    def removed_meanwhile(known, *rest):
        tell(known, *rest)
        remove_method(method=first, by=None, now=now)

    monkeypatch.setattr(finishing, "_renew_expiry", removed_meanwhile)
    finish_setup(session_pk=again.setup.pk, now=now)
    saved = the_method(household.account)
    first.refresh_from_db()
    assert (first.status, saved == first) == ("removed", False)
    assert list(Authorization.objects.filter(state="granted").values_list("method", flat=True)) == [saved.pk]


def test_way_back_news_and_sweep_at_the_same_moment_save_one_method(sandbox):
    household = a_holder(a_centre(sandbox))
    started = begin(household.account, organization=household.organization)
    type_on_page(started.url, **CARD)
    answers = race(lambda: finish_setup(session_pk=started.setup.pk, now=dt.datetime.now(dt.UTC)))
    assert len(winners(answers)) == len(answers)
    assert PaymentMethod.objects.count() == 1
    assert Authorization.objects.filter(state="granted").count() == 1


def test_a_card_replaced_while_it_is_being_charged_takes_the_money_once(sandbox):
    centre = an_organization(processor_account="")
    payer = a_real_payer(centre)
    old, by = payer.account.payment_methods.get(), staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    new = another_card(payer.payments.get()).method
    turn, now = count(), dt.datetime.now(dt.UTC)

    def hand() -> None:
        if next(turn) % 2:
            charge_everything()
        else:
            remove_method(method=old, by=None, now=now, instead=new)

    race(hand, contenders=6)
    charge_everything()
    attempts = list(Attempt.objects.order_by("number").values_list("method", "state"))
    assert attempts in (
        [(old.pk, "succeeded")],
        [(old.pk, "not_sent")],
        [(old.pk, "cancelled"), (new.pk, "succeeded")],
    )
    assert sum(successes(sandbox).values()) == (attempts[-1][1] == "succeeded")
