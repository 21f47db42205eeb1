"""Saving a card or a bank account, from the visit to what is kept: over HTTP, against the sandbox."""

import datetime as dt
import json

import pytest
from django.core import serializers

from messaging.models import Message
from smartrec.errors import Refused
from tests.builders import a_client, a_saved_method, a_user, an_account, staff
from tests.wallet.steps import (
    US_BANK,
    a_centre,
    a_holder,
    at_processor,
    begin,
    save,
    the_authorization,
    the_method,
    type_on_page,
)
from wallet.models import Authorization, PaymentMethod, ProcessorCustomer, SetupSession
from wallet.processor import ProcessorUnavailable
from wallet.services.finishing import finish_setup
from wallet.services.methods import LimitReached
from wallet.services.sweeping import finish_old_setups, finish_recent_setups

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def client(sandbox):
    return a_holder(a_centre(sandbox))


def test_card_is_kept_as_a_token_with_its_address_and_becomes_the_default(client, sandbox):
    setup = save(client.account)
    method = the_method(client.account)
    assert (setup.state, setup.method) == ("done", method)
    shown = (method.kind, method.brand, method.last4, method.exp_month, method.exp_year, method.slot, method.is_default)
    assert shown == ("card", "visa", "4242", 8, 2030, 1, True)
    assert (method.holder, method.address_line1) == ("Marie-Ève Tremblay", "1245, rue des Érables")
    there = at_processor(sandbox, f"payment_methods/{method.processor_method}")
    assert there["billing_details"]["address"]["postal_code"] == "J4K 2B1"


def test_s6_no_number_is_anywhere_in_our_database(client, sandbox):
    save(client.account, organization=client.organization)
    save(client.account, "bank", organization=client.organization)
    rows = [*PaymentMethod.objects.all(), *Authorization.objects.all(), *SetupSession.objects.all()]
    rows += [*ProcessorCustomer.objects.all(), *Message.objects.all()]
    dump = serializers.serialize("json", rows)
    assert "4242" in dump
    assert "4242424242424242" not in dump
    assert "000123456789" not in dump


def test_saving_without_ticking_authorizes_nobody(client):
    save(client.account)
    assert Authorization.objects.count() == 0
    client.refresh_from_db()
    assert not client.has_card


def test_saving_with_the_box_ticked_authorizes_with_the_words_shown(client, sandbox):
    save(client.account, organization=client.organization)
    given = the_authorization(client.organization)
    assert (given.state, given.channel, given.ip, given.user_agent) == ("granted", "wallet", "203.0.113.7", "Firefox")
    assert (given.consent_version, given.consent_language) == ("card2", "fr")
    assert given.consent_text.startswith(f"J’autorise {client.organization.name} à sauvegarder cette carte")
    clone = at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)
    assert (clone["customer"], clone["card"]["last4"]) == (given.processor_customer, "4242")
    client.refresh_from_db()
    assert (client.has_card, client.has_bank) == (True, False)


def test_canadian_bank_account_comes_with_an_agreement_for_each_payee(client, sandbox):
    save(client.account, "bank", organization=client.organization)
    given = the_authorization(client.organization)
    method = given.method
    assert (method.kind, method.rail, method.last4) == ("bank", "acss_debit", "6789")
    assert method.processor_mandate
    mandate = at_processor(sandbox, f"mandates/{given.processor_mandate}", given.processor_account)
    assert mandate["payment_method_details"]["acss_debit"]["payment_schedule"] == "combined"
    assert mandate["customer_acceptance"]["online"]["ip_address"] == "203.0.113.7"
    assert "paiements.ca" in given.consent_text


def test_american_bank_account_uses_ach(sandbox):
    client = a_holder(a_centre(sandbox, currency="USD"))
    save(client.account, "bank", organization=client.organization, **US_BANK)
    given = the_authorization(client.organization)
    assert (given.method.rail, given.state, given.consent_version) == ("us_bank_account", "granted", "ach2")


def test_way_back_news_and_sweep_keep_it_once(client):
    started = begin(client.account, organization=client.organization)
    type_on_page(started.url, number="4242424242424242", expiry="08/30", cvc="123")
    for _again in range(3):
        assert finish_setup(session_pk=started.setup.pk, now=NOW).state == "done"
    assert (PaymentMethod.objects.count(), Authorization.objects.count()) == (1, 1)
    assert list(Message.objects.order_by("kind").values_list("kind", flat=True)) == [
        "authorization_granted",
        "method_saved",
    ]


def test_coming_back_without_typing_keeps_nothing_and_may_be_finished_later(client):
    started = begin(client.account)
    assert finish_setup(session_pk=started.setup.pk, now=NOW).state == "open"
    type_on_page(started.url, number="4242424242424242", expiry="08/30", cvc="123")
    assert finish_recent_setups(now=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)) == 1
    assert the_method(client.account).last4 == "4242"


def test_page_that_expired_closes_the_visit(client, sandbox):
    started = begin(client.account)
    sandbox.advance(25 * 3600)
    assert finish_old_setups(now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=25)) == 1
    assert SetupSession.objects.get(pk=started.setup.pk).state == "closed"


def test_processor_away_at_the_start_leaves_an_open_visit_and_nothing_else(client, sandbox):
    sandbox.fault("unauthorized", path="/v1/checkout/sessions", count=1)
    with pytest.raises(ProcessorUnavailable):
        begin(client.account)
    left = SetupSession.objects.get()
    assert (left.state, left.processor_session) == ("open", "")
    assert finish_setup(session_pk=left.pk, now=NOW + dt.timedelta(days=3)).state == "closed"


def test_same_card_again_renews_the_one_we_have_and_its_clone(client, sandbox):
    save(client.account, organization=client.organization)
    first = the_method(client.account)
    save(client.account, expiry="12/33")
    method = the_method(client.account)
    assert (method.pk, method.exp_month, method.exp_year) == (first.pk, 12, 2033)
    given = the_authorization(client.organization)
    clone = at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)
    assert (clone["card"]["exp_month"], clone["card"]["exp_year"]) == (12, 2033)


def test_same_card_again_leaves_one_card_at_the_processor(client, sandbox):
    save(client.account)
    save(client.account)
    customer = ProcessorCustomer.objects.get(account=client.account, processor_account="").processor_id
    kept = at_processor(sandbox, f"customers/{customer}/payment_methods")["data"]
    assert [one["id"] for one in kept] == [the_method(client.account).processor_method]


def test_card_that_stopped_working_makes_place_for_the_same_card_typed_again(client):
    save(client.account, organization=client.organization)
    PaymentMethod.objects.update(status="invalid")
    save(client.account)
    assert list(PaymentMethod.objects.order_by("pk").values_list("status", flat=True)) == ["removed", "active"]
    assert the_authorization(client.organization).state == "revoked"


@pytest.mark.parametrize(("kind", "word"), [("card", "cards"), ("bank", "bank accounts")])
def test_s7_the_tenth_is_saved_and_the_eleventh_refused_in_words(client, kind, word):
    for number in range(9):
        a_saved_method(client.account, kind, fingerprint=str(number))
    save(client.account, kind)
    with pytest.raises(LimitReached, match=f"holds 10 {word}"):
        begin(client.account, kind)
    assert PaymentMethod.objects.filter(kind=kind, status="active").count() == 10
    assert SetupSession.objects.count() == 1


def test_s7_the_eleventh_that_was_already_being_typed_is_turned_away_everywhere(client, sandbox):
    started = begin(client.account, organization=client.organization)
    for number in range(10):
        a_saved_method(client.account, fingerprint=str(number))
    type_on_page(started.url, number="4242424242424242", expiry="08/30", cvc="123")
    assert finish_setup(session_pk=started.setup.pk, now=NOW).state == "closed"
    assert (PaymentMethod.objects.count(), Authorization.objects.count()) == (10, 0)
    customer = ProcessorCustomer.objects.get().processor_id
    assert at_processor(sandbox, f"customers/{customer}/payment_methods")["data"] == []


def test_ten_cards_leave_room_for_a_bank_account(client):
    for number in range(10):
        a_saved_method(client.account, fingerprint=str(number))
    save(client.account, "bank")
    assert PaymentMethod.objects.filter(kind="bank").count() == 1


def test_s18_staff_cannot_save_for_a_client_who_never_signed_in(sandbox):
    organization = a_centre(sandbox)
    clerk = staff("front_desk", organization)
    never = an_account(organization, "Jean Roy").account
    invited = an_account(organization, "Ana Lima", user=a_user("ana@example.com")).account
    for account in (never, invited):
        with pytest.raises(Refused, match="never signed in"):
            begin(account, by=clerk)
    assert SetupSession.objects.count() == 0


def test_s15_a_method_saved_by_staff_is_told_to_the_client(client):
    client.account.user.last_login = NOW
    client.account.user.save()
    clerk = staff("front_desk", client.organization)
    started = begin(client.account, organization=client.organization, by=clerk, channel="phone")
    type_on_page(started.url, number="4242424242424242", expiry="08/30", cvc="123")
    finish_setup(session_pk=started.setup.pk, now=NOW)
    letter = Message.objects.get(kind="method_saved")
    assert (letter.to, letter.facts["by"]) == (client.account.email, "staff")
    given = the_authorization(client.organization)
    assert (given.channel, given.granted_by) == ("phone", clerk)


def test_consent_for_an_organization_that_does_not_serve_the_account_is_refused(client, sandbox):
    other = a_centre(sandbox, "ailleurs")
    with pytest.raises(Refused):
        begin(client.account, organization=other)
    a_client(other, client.account, archived=True)
    with pytest.raises(Refused):
        begin(client.account, organization=other)
    assert json.loads(serializers.serialize("json", SetupSession.objects.all())) == []
