"""An organization that is paid in another account takes its permissions along, and leaves no clone behind."""

import datetime as dt

import pytest

from accounts.models import Organization
from tests.builders import an_account_at_the_processor, an_organization
from tests.wallet.steps import CARD, a_centre, a_holder, at_processor, save, the_authorization
from wallet.models import Authorization, FormerClone
from wallet.services import accounts, authorizing, moving, sweeping

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime.now(dt.UTC)
AWAY = {"count": 9, "should_retry": "false"}


@pytest.fixture
def centre(sandbox) -> Organization:
    """Paid in an account, with a second one ready."""
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    return centre


@pytest.fixture
def charging(monkeypatch) -> set[int]:
    """The permissions that somebody is charging at this moment."""
    busy: set[int] = set()
    monkeypatch.setattr(moving, "_charging", [lambda ids: busy & set(ids)])
    return busy


def switch(centre: Organization, sandbox) -> str:
    """Open one more account and have the organization paid there."""
    newest = max(centre.processor_accounts.values_list("pk", flat=True), default=0)
    account = accounts.open_account(organization=centre, by=None, now=NOW, after=newest)
    assert accounts.make_primary(account=account, organization=centre, by=None, now=NOW)
    return account.processor_id


def clone_of(given: Authorization, sandbox) -> dict:
    return at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)


@pytest.mark.parametrize("kind", ["card", "bank"])
def test_a_permission_follows_and_its_old_clone_is_let_go(kind, centre, sandbox):
    save(a_holder(centre).account, kind, organization=centre)
    before, to = the_authorization(centre), switch(centre, sandbox)
    assert moving.move_clones(now=NOW) == 1
    after = the_authorization(centre)
    assert (after.pk, after.state, after.processor_account) == (before.pk, "granted", to)
    assert clone_of(after, sandbox)["customer"] == after.processor_customer
    assert clone_of(before, sandbox)["customer"] == before.processor_customer
    assert moving.let_go_former(now=NOW) == 1
    assert clone_of(before, sandbox)["customer"] is None
    assert moving.move_clones(now=NOW) + moving.let_go_former(now=NOW) == 0


def test_a_canadian_agreement_is_made_anew_in_the_new_account(centre, sandbox):
    save(a_holder(centre).account, "bank", organization=centre)
    before, to = the_authorization(centre), switch(centre, sandbox)
    moving.move_clones(now=NOW)
    after = the_authorization(centre)
    mandate = at_processor(sandbox, f"mandates/{after.processor_mandate}", to)
    assert (mandate["status"], mandate["payment_method"]) == ("active", after.processor_method)
    assert after.processor_mandate != before.processor_mandate
    proof = ("consent_text", "consent_version", "requested_at", "granted_at", "ip")
    assert all(getattr(after, name) == getattr(before, name) for name in proof)
    assert FormerClone.objects.get().processor_mandate == before.processor_mandate


def test_a_permission_that_is_being_charged_waits(centre, sandbox, charging):
    save(a_holder(centre).account, organization=centre)
    before = the_authorization(centre)
    charging.add(before.pk)
    to = switch(centre, sandbox)
    assert moving.move_clones(now=NOW) == 0
    assert the_authorization(centre).processor_account == before.processor_account
    charging.clear()
    assert moving.move_clones(now=NOW) == 1
    assert the_authorization(centre).processor_account == to


def test_a_charge_that_begins_while_the_clone_is_made_keeps_the_permission_where_it_is(centre, sandbox, charging):
    save(a_holder(centre).account, organization=centre)
    before = the_authorization(centre)
    to = switch(centre, sandbox)
    charging.add(before.pk)
    assert not moving.move(authorization=the_authorization(centre), now=NOW)
    assert the_authorization(centre).processor_account == before.processor_account
    assert FormerClone.objects.get().processor_account == to
    charging.clear()
    assert moving.move_clones(now=NOW) == 1
    after = the_authorization(centre)
    moving.let_go_former(now=NOW)
    assert clone_of(after, sandbox)["customer"] == after.processor_customer


def test_a_permission_taken_back_meanwhile_leaves_no_clone_anywhere(centre, sandbox):
    save(a_holder(centre).account, organization=centre)
    stale = the_authorization(centre)
    to = switch(centre, sandbox)
    stale.organization.refresh_from_db()
    authorizing.revoke(authorization=the_authorization(centre), by=None, now=NOW)
    assert not moving.move(authorization=stale, now=NOW)
    left = FormerClone.objects.get()
    moving.let_go_former(now=NOW)
    assert at_processor(sandbox, f"payment_methods/{left.processor_method}", to)["customer"] is None


def test_there_and_back_again_is_a_new_clone(centre, sandbox):
    save(a_holder(centre).account, organization=centre)
    first = centre.processor_accounts.get()
    before = the_authorization(centre)
    switch(centre, sandbox)
    moving.move_clones(now=NOW)
    moving.let_go_former(now=NOW)
    accounts.make_primary(account=first, organization=centre, by=None, now=NOW)
    moving.move_clones(now=NOW)
    moving.let_go_former(now=NOW)
    after = the_authorization(centre)
    assert (after.processor_account, after.processor_method == before.processor_method) == (first.processor_id, False)
    assert clone_of(after, sandbox)["customer"] == after.processor_customer


def test_leaving_the_platform_s_account_keeps_the_method_in_the_wallet(sandbox):
    centre = an_organization("seul", processor_account="")
    save(a_holder(centre).account, organization=centre)
    before, to = the_authorization(centre), switch(centre, sandbox)
    assert moving.move_clones(now=NOW) == 1
    after = the_authorization(centre)
    assert (after.processor_account, after.processor_method != before.processor_method) == (to, True)
    assert (FormerClone.objects.count(), moving.let_go_former(now=NOW)) == (0, 0)
    assert clone_of(before, sandbox)["customer"] == before.processor_customer


def test_a_processor_that_is_away_is_asked_again(centre, sandbox):
    save(a_holder(centre).account, organization=centre)
    to = switch(centre, sandbox)
    sandbox.fault("unavailable", path="/v1/payment_methods", **AWAY)
    assert moving.move_clones(now=NOW) == 0
    sandbox.clear_faults()
    assert moving.move_clones(now=NOW) == 1
    sandbox.fault("unavailable", path="/detach", **AWAY)
    assert moving.let_go_former(now=NOW) == 0
    sandbox.clear_faults()
    assert moving.let_go_former(now=NOW) == 1
    assert the_authorization(centre).processor_account == to


def test_one_that_cannot_follow_does_not_keep_the_others(centre, sandbox, monkeypatch):
    monkeypatch.setattr(moving, "AT_ONCE", 1)
    for owner in ("Anne Roy", "Luc Roy"):
        save(a_holder(centre, owner).account, organization=centre, **CARD)
    switch(centre, sandbox)
    first = Authorization.objects.earliest("pk")
    monkeypatch.setattr(moving, "move", lambda authorization, now: authorization.pk != first.pk)
    assert moving.move_clones(now=NOW) == 1


def test_a_permission_asked_for_before_the_switch_follows_once_it_is_granted(centre, sandbox):
    account = a_holder(centre).account
    sandbox.fault("unavailable", path="/v1/payment_methods$", **AWAY)
    save(account, organization=centre)
    assert the_authorization(centre).state == "requested"
    sandbox.clear_faults()
    to = switch(centre, sandbox)
    sweeping.grant_requested(now=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5))
    moving.move_clones(now=NOW)
    assert (the_authorization(centre).state, the_authorization(centre).processor_account) == ("granted", to)
