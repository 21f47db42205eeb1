"""Permission to charge: given, taken back, and never wider than one organization."""

import datetime as dt

import pytest

from accounts.models import Trail
from messaging.models import Message
from smartrec.errors import Refused
from tests.builders import a_client, a_saved_method, an_organization
from tests.wallet.steps import Plans, a_centre, a_holder, at_processor, save, the_authorization, the_method
from wallet.models import Authorization, PaymentMethod
from wallet.services import planned, sweeping
from wallet.services.authorizing import authorize, revoke
from wallet.services.methods import remove_method, set_default

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def centre(sandbox):
    return a_centre(sandbox)


@pytest.fixture
def card(centre) -> PaymentMethod:
    account = a_holder(centre).account
    save(account)
    return the_method(account)


def allow(card, organization, **more) -> Authorization:
    return authorize(
        method=card,
        organization=organization,
        channel="wallet",
        by=card.account.user,
        now=NOW,
        language="en",
        ip="203.0.113.7",
        user_agent="Firefox",
        **more,
    )


def test_s8_one_organization_may_charge_and_the_other_does_not_even_see(card, centre, sandbox):
    other = a_centre(sandbox, "soccer")
    a_client(other, card.account)
    allow(card, centre)
    assert list(PaymentMethod.objects.chargeable_by(centre)) == [card]
    assert list(PaymentMethod.objects.chargeable_by(other)) == []
    flags = dict(card.account.clients.values_list("organization", "has_card"))
    assert flags == {centre.pk: True, other.pk: False}


def test_permission_is_in_the_trail_and_told_to_the_holder(card, centre):
    given = allow(card, centre)
    entry = Trail.objects.get(organization=centre, verb="authorization_granted")
    assert (entry.actor, entry.client, entry.facts["method"]) == (card.account.user, given.client, "visa •• 4242")
    assert Message.objects.get(kind="authorization_granted").facts["method"] == "visa •• 4242"


def test_asking_twice_gives_one_permission(card, centre):
    assert allow(card, centre) == allow(card, centre)
    assert Authorization.objects.count() == 1


def test_single_centre_charges_the_method_itself(sandbox):
    centre = an_organization(processor_account="")
    account = a_holder(centre).account
    save(account, organization=centre)
    given = the_authorization(centre)
    assert (given.state, given.processor_account) == ("granted", "")
    assert given.processor_method == given.method.processor_method
    there = at_processor(sandbox, f"payment_methods/{given.processor_method}")
    assert there["customer"] == given.processor_customer


def test_taking_permission_back_from_a_single_centre_leaves_the_method_in_the_wallet(sandbox):
    centre = an_organization(processor_account="")
    save(a_holder(centre).account, organization=centre)
    given = the_authorization(centre)
    assert revoke(authorization=given, by=None, now=NOW)
    there = at_processor(sandbox, f"payment_methods/{given.processor_method}")
    assert there["customer"] == given.processor_customer
    assert Authorization.objects.get().detached_at == NOW


def test_permission_taken_back_counts_at_once_and_the_clone_is_gone(card, centre, sandbox):
    given = allow(card, centre)
    assert revoke(authorization=given, by=card.account.user, now=NOW)
    given.refresh_from_db()
    assert (given.state, given.revoked_by, given.detached_at) == ("revoked", card.account.user, NOW)
    assert list(PaymentMethod.objects.chargeable_by(centre)) == []
    clone = at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)
    assert clone["customer"] is None
    assert not revoke(authorization=given, by=card.account.user, now=NOW)
    assert Trail.objects.filter(verb="authorization_revoked").count() == 1


def test_permission_is_gone_here_even_when_the_processor_is_away(card, centre, sandbox):
    given = allow(card, centre)
    sandbox.fault("unavailable", path="/detach", count=3, should_retry="false")
    revoke(authorization=given, by=None, now=NOW)
    given.refresh_from_db()
    assert (given.state, given.detached_at) == ("revoked", None)
    sandbox.clear_faults()
    assert sweeping.let_go(now=LATER) == 1
    clone = at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)
    given.refresh_from_db()
    assert (clone["customer"], given.detached_at) == (None, LATER)


def test_permission_waits_for_a_processor_that_is_away(card, centre, sandbox):
    sandbox.fault("unavailable", path="/v1/payment_methods", count=3, should_retry="false")
    waiting = allow(card, centre)
    assert (waiting.state, waiting.processor_method) == ("requested", "")
    assert list(PaymentMethod.objects.chargeable_by(centre)) == []
    sandbox.clear_faults()
    assert sweeping.grant_requested(now=LATER) == 1
    assert the_authorization(centre).state == "granted"


def test_permission_that_could_not_be_served_in_a_day_ends(card, centre, sandbox):
    sandbox.fault("unavailable", path="/v1/payment_methods", count=9, should_retry="false")
    allow(card, centre)
    assert sweeping.grant_requested(now=NOW + dt.timedelta(days=2)) == 1
    assert the_authorization(centre).state == "revoked"


def test_permission_given_again_after_being_taken_back_is_a_new_one(card, centre):
    first = allow(card, centre)
    revoke(authorization=first, by=None, now=NOW)
    second = allow(card, centre)
    assert (second.state, second.pk != first.pk) == ("granted", True)
    assert second.processor_method != first.processor_method


def test_only_a_client_of_the_organization_can_authorize_it(card, sandbox):
    with pytest.raises(Refused, match="not a client"):
        allow(card, a_centre(sandbox, "ailleurs"))
    assert Authorization.objects.count() == 0


@pytest.mark.parametrize("account", ["its own", ""])
def test_a_method_that_left_the_wallet_meanwhile_is_authorized_for_nobody(card, sandbox, account):
    """Guard: `_hold` in `authorizing`: the row that was read a moment ago is not believed."""
    served = a_centre(sandbox, "patro") if account else an_organization("patro", processor_account="")
    a_client(served, card.account)
    remove_method(method=PaymentMethod.objects.get(pk=card.pk), by=None, now=NOW)
    with pytest.raises(Refused, match="no longer in the wallet"):
        allow(card, served)
    assert not Authorization.objects.exists()


def test_canadian_account_cannot_serve_an_american_organization(centre, sandbox):
    account = a_holder(centre).account
    american = a_centre(sandbox, "boston", currency="USD")
    a_client(american, account)
    save(account, "bank")
    with pytest.raises(Refused, match="currency"):
        allow(the_method(account), american)
    assert Authorization.objects.count() == 0


def test_removed_method_can_be_charged_by_nobody(card, centre, sandbox):
    given = allow(card, centre)
    remove_method(method=card, by=card.account.user, now=NOW)
    card.refresh_from_db()
    given.refresh_from_db()
    assert (card.status, card.is_default, card.detached_at, given.state) == ("removed", False, NOW, "revoked")
    assert at_processor(sandbox, f"payment_methods/{card.processor_method}")["customer"] is None
    assert (
        at_processor(sandbox, f"payment_methods/{given.processor_method}", centre.processor_account)["customer"] is None
    )
    assert not given.client.__class__.objects.get(pk=given.client_id).has_card


def test_removed_default_hands_the_place_to_another_method(card):
    other = a_saved_method(card.account, fingerprint="x")
    remove_method(method=card, by=None, now=NOW)
    other.refresh_from_db()
    assert other.is_default


def test_removal_is_swept_when_the_processor_was_away(card, sandbox):
    sandbox.fault("unavailable", path="/detach", count=3, should_retry="false")
    remove_method(method=card, by=None, now=NOW)
    sandbox.clear_faults()
    assert sweeping.let_go(now=LATER) == 1
    assert at_processor(sandbox, f"payment_methods/{card.processor_method}")["customer"] is None


def test_method_with_planned_payments_is_not_removed(card, centre, monkeypatch):
    monkeypatch.setattr(planned, "_planners", [Plans(centre)])
    with pytest.raises(Refused, match="planned"):
        remove_method(method=card, by=None, now=NOW)
    card.refresh_from_db()
    assert card.status == "active"


def test_one_method_is_the_default(card):
    other = a_saved_method(card.account, fingerprint="x")
    set_default(method=other)
    assert list(PaymentMethod.objects.filter(is_default=True)) == [other]
    PaymentMethod.objects.filter(pk=other.pk).update(status="removed")
    with pytest.raises(Refused):
        set_default(method=other)
    card.refresh_from_db()
