"""WA-8 to WA-12: a method makes place for another, with what it was allowed and what is planned with it."""

import datetime as dt

import pytest
from django.utils import timezone

from action_center.worklists import Desk
from billing.models import Attempt, Payment
from billing.services import paying, runs, sending
from billing.services.parts import Order
from messaging.models import Message
from tests.billing.hosted import pay_here
from tests.billing.money import charge_everything, successes
from tests.billing.ways import an_invoice
from tests.builders import a_client, a_saved_method, staff
from tests.flows.wallet import ADDRESS, MASTERCARD, Holder, a_planned_charge, living
from tests.wallet.steps import CARD, a_centre, a_holder, at_processor, type_on_page
from wallet import events
from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.services import sweeping
from wallet.services.finishing import finish_setup

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return a_centre(sandbox, "erables", name="Les Érables")


@pytest.fixture
def club(sandbox):
    return a_centre(sandbox, "soccer", name="Club de soccer")


@pytest.fixture
def client(centre, club):
    household = a_holder(centre)
    a_client(club, household.account)
    return household


@pytest.fixture
def holder(client):
    return Holder(client.account.user)


@pytest.fixture
def card(holder, centre, club):
    return holder.add("card", centre, club)


def tries() -> list[tuple[str, str]]:
    return list(Attempt.objects.order_by("pk").values_list("method__last4", "state"))


def test_wa_8_the_new_card_takes_the_place_with_every_permission_and_the_default(holder, card, sandbox):
    old = {one.organization_id: one for one in Authorization.objects.filter(method=card)}
    new = holder.replace(card, **MASTERCARD)
    card.refresh_from_db()
    assert (card.status, new.last4, new.is_default, new.slot) == ("removed", "4444", True, card.slot)
    assert living(new) == {"erables": "granted", "soccer": "granted"}
    for given in Authorization.objects.filter(method=new):
        before = old[given.organization_id]
        before.refresh_from_db()
        assert (given.replaces, given.channel, before.state) == (before, "wallet", "revoked")
        assert given.consent_text.startswith(f"I authorize {given.organization.name} to save this card")
        there = at_processor(sandbox, f"payment_methods/{before.processor_method}", before.processor_account)
        assert there["customer"] is None
    assert at_processor(sandbox, f"payment_methods/{card.processor_method}")["customer"] is None


def test_wa_8_the_holder_is_told_once(holder, card):
    Message.objects.all().delete()
    holder.replace(card, **MASTERCARD)
    letter = Message.objects.get()
    assert (letter.kind, letter.facts["old"], letter.facts["method"]) == (
        "method_replaced", "visa •• 4242", "mastercard •• 4444",
    )  # fmt: skip
    assert letter.facts["authorized"] == "Club de soccer, Les Érables"


def test_wa_8_with_ten_saved_the_place_of_the_old_one_is_enough(holder, card, client):
    for number in range(9):
        a_saved_method(client.account, fingerprint=str(number))
    new = holder.replace(card, **MASTERCARD)
    assert (new.last4, PaymentMethod.objects.active().count()) == ("4444", 10)


def test_wa_8_a_planned_payment_is_charged_to_the_new_card_and_once(holder, card, client, sandbox):
    run = a_planned_charge(client)
    shown = holder.read("my-method-replace", card.pk)
    assert [word for word in ("Frais de retard", "$62.00", "Les Érables", "Club de soccer") if word not in shown] == []
    new = holder.replace(card, **MASTERCARD)
    assert tries() == [("4242", "cancelled"), ("4444", "created")]
    charge_everything()
    assert (tries()[1], Desk(client.organization, now=timezone.now()).retrying_ids) == (("4444", "created"), [])
    assert runs.resume(run=run, by=staff("finance", client.organization), now=timezone.now())
    charge_everything()
    assert tries() == [("4242", "cancelled"), ("4444", "succeeded")]
    assert (list(successes(sandbox).values()), Payment.objects.count()) == ([1], 1)
    assert Attempt.objects.latest("pk").authorization.method == new


def test_wa_8_a_planned_payment_waits_until_the_new_card_may_be_charged(holder, card, client, sandbox):
    a_planned_charge(client, paused=False)
    sandbox.fault("unavailable", path="/attach", count=2, should_retry="false")
    new = holder.replace(card, **MASTERCARD)
    assert living(new) == {"erables": "requested", "soccer": "requested"}
    charge_everything()
    assert (tries()[1], successes(sandbox)) == (("4444", "created"), {})
    sandbox.clear_faults()
    assert sweeping.grant_requested(now=timezone.now() + dt.timedelta(minutes=2)) == 2
    charge_everything()
    assert (tries()[1], list(successes(sandbox).values())) == (("4444", "succeeded"), [1])


def test_wa_8_a_permission_that_never_came_charges_nothing_and_stops_nobody(holder, card, client, sandbox):
    run = a_planned_charge(client, paused=False)
    sandbox.fault("unavailable", path="/attach", count=9, should_retry="false")
    new = holder.replace(card, **MASTERCARD)
    sweeping.grant_requested(now=timezone.now() + dt.timedelta(days=2))
    assert living(new) == {}
    charge_everything()
    run.refresh_from_db()
    assert (tries()[1], successes(sandbox), run.state) == (("4444", "not_sent"), {}, "running")
    assert Attempt.objects.latest("pk").reason == "authorization_withdrawn"
    assert Payment.objects.get().processor_payment == ""


def test_wa_8_a_visit_that_is_left_and_a_processor_that_fails_change_nothing(holder, card, client, sandbox):
    a_planned_charge(client)
    leave = holder.leave_to_replace(card)
    visit = SetupSession.objects.latest("pk")
    assert finish_setup(session_pk=visit.pk, now=timezone.now()).state == "open"
    type_on_page(leave.url, **{**CARD, **MASTERCARD})
    sandbox.fault("unavailable", path="/v1/payment_methods", count=5, should_retry="false")
    holder.read("my-wallet-return", visit.pk)
    card.refresh_from_db()
    assert (card.status, living(card), tries()) == (
        "active", {"erables": "granted", "soccer": "granted"}, [("4242", "created")],
    )  # fmt: skip
    sandbox.clear_faults()
    assert finish_setup(session_pk=visit.pk, now=timezone.now()).method.last4 == "4444"


def test_wa_8_the_same_card_again_is_an_update(holder, card):
    same = holder.replace(card, expiry="11/36")
    assert (same, same.status, same.exp_month, same.exp_year) == (card, "active", 11, 2036)
    assert (living(card), PaymentMethod.objects.count()) == ({"erables": "granted", "soccer": "granted"}, 1)
    assert not Message.objects.filter(kind="method_replaced").exists()
    back = holder.read("my-wallet-return", SetupSession.objects.get(replaces=card).pk)
    assert "This card was already in your wallet: it is now up to date." in back
    assert "Visa ending in 4242</h2>" in back


def test_wa_8_another_card_of_the_wallet_takes_over_when_it_is_typed(holder, card, client):
    other = holder.add("card", **MASTERCARD)
    a_planned_charge(client)
    holder.replace(card, **MASTERCARD)
    card.refresh_from_db()
    other.refresh_from_db()
    assert (card.status, other.is_default, PaymentMethod.objects.active().count()) == ("removed", True, 1)
    assert (living(other), tries()[1]) == ({"erables": "granted", "soccer": "granted"}, ("4444", "created"))


def test_wa_8_nothing_moves_without_the_tick(holder, card):
    refused = holder.send("my-method-replace", card.pk, **ADDRESS)
    assert (refused.status_code, SetupSession.objects.count()) == (422, 1)
    assert "checked" not in holder.read("my-method-replace", card.pk)


def test_wa_8_a_replaced_bank_account_has_its_agreement_read_again(holder, centre):
    bank = holder.add("bank", centre)
    assert "payments.ca" in holder.read("my-method-replace", bank.pk)
    new = holder.replace(bank, account="000222222227")
    assert (living(new), new.processor_mandate != bank.processor_mandate) == ({"erables": "granted"}, True)
    assert living(bank) == {}


def test_wa_8_a_debit_that_was_announced_is_announced_again_from_the_new_account(holder, client, centre):
    type(centre).objects.filter(pk=centre.pk).update(debit_schedule="interval", debit_notice_days=10)
    bank = holder.add("bank", centre)
    a_planned_charge(client)
    assert "Upcoming payments" in holder.read("my-method", bank.pk)
    new = holder.replace(bank, account="000222222227")
    tried = Attempt.objects.latest("pk")
    assert (tried.method, tried.authorization.notice_days) == (new, 10)
    assert tried.not_before > timezone.now() + dt.timedelta(days=8)
    told = Message.objects.filter(kind="debit_notice").order_by("pk")
    assert [letter.facts["method"][-4:] for letter in told] == [bank.last4, new.last4]


def test_wa_9_what_is_planned_keeps_a_card_until_another_takes_it(holder, card, client, centre):
    a_planned_charge(client)
    assert "Replace this one, or add another" in holder.read("my-method-remove", card.pk)
    holder.send("my-method-remove", card.pk)
    other = holder.add("card", centre, **MASTERCARD)
    unable = holder.add("card", centre, number="378282246310005", cvc="1234")
    holder.send("my-permission-withdraw", unable.pk, client.pk)
    shown = holder.read("my-method-remove", card.pk)
    assert [f'value="{one.pk}"' in shown for one in (other, unable, card)] == [True, False, False]
    assert ("Mastercard ending in 4444" in shown, "checked" in shown) == (True, False)
    for instead in ("", unable.pk, card.pk):
        assert holder.send("my-method-remove", card.pk, instead=instead).status_code == 422
    card.refresh_from_db()
    assert (card.status, tries()) == ("active", [("4242", "created")])
    assert holder.send("my-method-remove", card.pk, instead=other.pk).status_code == 303
    card.refresh_from_db()
    assert (card.status, living(card), tries()) == ("removed", {}, [("4242", "cancelled"), ("4444", "created")])


def test_wa_9_a_card_nothing_is_planned_with_goes_at_once(holder, card):
    assert holder.send("my-method-remove", card.pk).status_code == 303
    card.refresh_from_db()
    assert (card.status, living(card)) == ("removed", {})


def test_wa_9_a_payment_already_being_sent_is_left_to_its_worker(holder, card, client, centre):
    a_planned_charge(client, paused=False)
    other = holder.add("card", centre, **MASTERCARD)
    sending.claim(limit=5, now=timezone.now())
    holder.send("my-method-remove", card.pk, instead=other.pk)
    assert tries() == [("4242", "created")]


def test_wa_10_payments_to_come_are_listed_and_all_of_them_change_method(holder, card, client, centre, club):
    a_planned_charge(client, 6_200)
    theirs = club.clients.get()
    a_planned_charge(theirs, 10_233)
    shown = holder.read("my-method", card.pk)
    assert [amount for amount in ("$62.00", "$102.33") if amount not in shown] == []
    new = holder.replace(card, **MASTERCARD)
    moved = Attempt.objects.filter(method=new, state="created")
    assert sorted(moved.values_list("payment__amount", flat=True)) == [6_200, 10_233]
    assert "Upcoming payments" in holder.read("my-method", new.pk)


def test_wa_11_a_saved_card_does_not_have_to_be_used(holder, card, client, sandbox):
    an_invoice(client, 2_000)
    opened = paying.open_page(
        client=client,
        order=Order(total=2_000),
        by=client.account.user,
        now=timezone.now(),
        language="en",
        return_url=lambda payment: f"http://testserver/my/payments/{payment}/return/",
        cancel_url="http://testserver/my/",
    )
    pay_here(opened.url)
    assert opened.attempt.method is None
    assert (PaymentMethod.objects.count(), living(card)) == (1, {"erables": "granted", "soccer": "granted"})
    assert list(successes(sandbox).values()) == [1]


def test_wa_12_a_card_its_bank_renewed_is_renewed_everywhere_by_itself(holder, card, sandbox):
    sandbox.renew_card(card.processor_method, exp_month=9, exp_year=2037)
    events.handle(type="payment_method.automatically_updated", object_id=card.processor_method, account="")
    card.refresh_from_db()
    assert (card.exp_month, card.exp_year) == (9, 2037)
    for given in Authorization.objects.filter(method=card):
        clone = at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)
        assert (given.state, clone["card"]["exp_year"]) == ("granted", 2037)
    assert "09/37" in holder.read("my-wallet")
