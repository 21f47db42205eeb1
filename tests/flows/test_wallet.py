"""WA-1 to WA-7: what a household keeps in its wallet and whom it lets charge it, page by page, on the sandbox."""

import pytest
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from messaging.models import Message
from tests.builders import a_client, a_saved_method, staff
from tests.flows.wallet import ADDRESS, MASTERCARD, Holder, a_planned_charge, living
from tests.smartrec.pages import shows
from tests.wallet.steps import CARD, a_centre, a_holder, at_processor, begin, type_on_page
from wallet.listing import methods_by_account
from wallet.models import Authorization, PaymentMethod, ProcessorCustomer, SetupConsent, SetupSession
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


@pytest.mark.parametrize("kind", ["card", "bank"])
def test_wa_1_s7_the_tenth_is_saved_and_the_eleventh_refused_before_a_number_is_typed(holder, client, kind):
    for number in range(9):
        a_saved_method(client.account, kind, fingerprint=str(number))
    assert holder.add(kind).slot == 10
    assert "10 of 10" in holder.read("my-wallet", kind=kind)
    visits = SetupSession.objects.count()
    refused = holder.send(f"my-{kind}-new", **ADDRESS)
    assert (refused.status_code, "A wallet holds 10" in refused.content.decode()) == (422, True)
    assert (PaymentMethod.objects.filter(kind=kind).count(), SetupSession.objects.count()) == (10, visits)


def test_wa_1_one_method_is_added_at_a_time(holder):
    first = holder.add("card")
    assert [PaymentMethod.objects.count(), first.is_default] == [1, True]
    assert not holder.add("bank").is_default
    assert 'Cards <span class="count">1</span>' in holder.read("my-wallet")


def test_wa_2_the_address_is_confirmed_once_before_adding_editing_replacing_or_removing(holder, client):
    mine = a_saved_method(client.account)
    User.objects.update(email_confirmed_at=None)
    holder.browser.force_login(User.objects.get(pk=holder.user.pk))
    pages = [("my-card-new",), ("my-bank-new",)]
    pages += [(name, mine.pk) for name in ("my-method-edit", "my-method-replace", "my-method-remove")]
    for name, *args in pages:
        for answer in (holder.browser.get(reverse(name, args=args)), holder.send(name, *args, **ADDRESS)):
            assert (answer.status_code, answer.url.partition("?")[0]) == (303, reverse("my-confirm-email")), name
    mine.refresh_from_db()
    assert (mine.status, SetupSession.objects.count()) == ("active", 0)
    assert "Visa ending in 4242" in holder.read("my-wallet")
    User.objects.update(email_confirmed_at=timezone.now())
    assert [holder.browser.get(reverse(name, args=args)).status_code for name, *args in pages] == [200] * len(pages)


def test_wa_3_a_bank_account_has_a_name_and_each_method_its_own_billing_address(holder, client, sandbox):
    bank = holder.add("bank", client.organization, nickname="Compte conjoint")
    typed = {**ADDRESS, "address_line1": "9, rue du Chalet", "nickname": "Compte du chalet"}
    assert holder.send("my-method-edit", bank.pk, **typed).status_code == 303
    bank.refresh_from_db()
    assert (bank.nickname, bank.address_line1) == ("Compte du chalet", "9, rue du Chalet")
    assert client.account.address_line1 != bank.address_line1
    given = Authorization.objects.get(method=bank)
    for path, account in ((bank.processor_method, ""), (given.processor_method, given.processor_account)):
        there = at_processor(sandbox, f"payment_methods/{path}", account)
        assert there["billing_details"]["address"]["line1"] == "9, rue du Chalet"


@pytest.mark.parametrize("missing", ["address_line1", "address_postal_code"])
def test_wa_3_s19_no_method_is_added_replaced_or_edited_without_its_billing_address(holder, client, missing):
    card = a_saved_method(client.account)
    for name, *args in (("my-card-new",), ("my-method-replace", card.pk), ("my-method-edit", card.pk)):
        refused = holder.send(name, *args, **{**ADDRESS, missing: ""})
        assert (refused.status_code, "Enter the" in refused.content.decode()) == (422, True)
    card.refresh_from_db()
    assert (getattr(card, missing) != "", SetupSession.objects.count()) == (True, 0)


def test_wa_3_an_address_the_processor_did_not_take_is_not_kept_here_either(holder, sandbox):
    card = holder.add("card")
    sandbox.fault("unavailable", path="/v1/payment_methods", count=5, should_retry="false")
    refused = holder.send("my-method-edit", card.pk, **{**ADDRESS, "address_line1": "9, rue du Chalet"})
    assert "Nothing was changed" in refused.content.decode()
    card.refresh_from_db()
    assert card.address_line1 == ADDRESS["address_line1"]


def test_wa_4_a_method_shows_its_authorizations_its_payments_to_come_and_its_address(holder, client, centre):
    card = holder.add("card", centre)
    a_planned_charge(client)
    text = holder.read("my-method", card.pk)
    for words in ("Les Érables", "Club de soccer", "Not authorized", "Frais de retard", "$62.00", "1245, rue des"):
        assert words in text, words
    other = holder.read("my-method", holder.add("card", **MASTERCARD).pk)
    assert "Frais de retard" not in other


def test_wa_5_each_organization_is_granted_and_revoked_by_itself(holder, centre, club, client):
    card = holder.add("card")
    assert living(card) == {}
    theirs = club.clients.get()
    holder.send("my-permission", card.pk, client.pk, agree="on")
    assert (living(card), methods_by_account(club, [card.account_id])) == ({"erables": "granted"}, {})
    holder.send("my-permission", card.pk, theirs.pk, agree="on")
    holder.send("my-permission-withdraw", card.pk, client.pk)
    assert (living(card), methods_by_account(centre, [card.account_id])) == ({"soccer": "granted"}, {})


def test_wa_5_one_visit_agrees_with_the_organizations_that_were_ticked_and_no_other(holder, centre, club):
    assert living(holder.add("card", centre, club)) == {"erables": "granted", "soccer": "granted"}
    assert living(holder.add("bank", club)) == {"soccer": "granted"}
    shown = dict(SetupConsent.objects.filter(setup__kind="card").values_list("organization__slug", "text"))
    kept = Authorization.objects.filter(method__kind="card").values_list("organization__slug", "consent_text")
    assert dict(kept) == shown
    assert shown["soccer"].startswith("I authorize Club de soccer to save this card")


def test_wa_6_saving_at_a_checkout_authorizes_that_organization_the_wallet_alone_nobody(holder, client, centre):
    assert living(holder.add("card")) == {}
    started = begin(client.account, consents=[centre], channel="checkout")
    type_on_page(started.url, **{**CARD, **MASTERCARD})
    card = finish_setup(session_pk=started.setup.pk, now=timezone.now()).method
    given = Authorization.objects.get(method=card)
    assert (living(card), given.channel) == ({"erables": "granted"}, "checkout")


def test_s6_the_database_holds_a_token_and_last_digits_and_never_a_number(holder, centre):
    holder.replace(holder.add("card", centre), **MASTERCARD)
    holder.add("bank", centre)
    kinds = (PaymentMethod, Authorization, SetupSession, SetupConsent, ProcessorCustomer, Message)
    dump = "".join(serializers.serialize("json", kind.objects.all()) for kind in kinds)
    assert "4444" in dump
    assert [number for number in (CARD["number"], MASTERCARD["number"], "000123456789") if number in dump] == []


def test_s8_s12_an_organization_that_was_not_authorized_sees_nothing_and_finds_nothing(holder, client, centre, club):
    holder.add("card", centre)
    browser = holder.browser.__class__()
    browser.force_login(staff("finance", club))
    theirs = club.clients.get()
    for name in ("people", "accounts"):
        listed = browser.get(reverse(name, args=["soccer"])).content.decode()
        assert ("Tremblay" in listed, "•• 4242" in listed) == (True, False)
        assert "Tremblay" not in browser.get(reverse(name, args=["soccer"]), {"card": "yes"}).content.decode()
    assert not shows(browser.get(reverse("client-wallet", args=["soccer", theirs.pk])).content.decode(), "4242")
    browser.force_login(staff("finance", centre))
    assert "•• 4242" in browser.get(reverse("accounts", args=["erables"]), {"card": "yes"}).content.decode()
