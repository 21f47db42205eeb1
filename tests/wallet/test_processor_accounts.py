"""The accounts an organization is paid in: opened once, told about by the processor, chosen, closed."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Organization, Trail
from smartrec.devstack.sandbox import testing as sandbox_testing
from smartrec.errors import Refused
from tests.builders import an_account_at_the_processor, an_authorization, an_organization, staff
from tests.wallet.steps import a_centre, at_processor
from wallet import events
from wallet.models import ProcessorAccount
from wallet.processor import AccountState, ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import accounts

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(hours=2)
AWAY = {"count": 3, "should_retry": "false"}


@pytest.fixture
def centre(sandbox) -> Organization:
    return an_organization("erables", processor_account="", email="info@erables.example")


@pytest.fixture
def asking(sandbox, settings):
    """A processor that wants to know who an organization is before it lets it take money."""
    with sandbox_testing.running(extra=("--onboarding",)) as server:
        settings.STRIPE_API_BASE = server.base_url
        yield server


def opened(organization: Organization, **more: object) -> ProcessorAccount:
    account = accounts.open_account(organization=organization, by=None, now=NOW, **more)
    organization.refresh_from_db()
    return account


def choose(account: ProcessorAccount, organization: Organization) -> bool:
    return accounts.make_primary(account=account, organization=organization, by=None, now=NOW)


def connected(sandbox) -> int:
    return len(at_processor(sandbox, "accounts")["data"])


def test_the_first_account_is_opened_at_the_processor_and_is_the_one_that_is_paid(centre, sandbox):
    account = opened(centre)
    there = at_processor(sandbox, f"accounts/{account.processor_id}")
    assert (there["country"], there["email"]) == ("CA", "info@erables.example")
    assert there["metadata"] == {"organization": str(centre.pk), "account": str(account.pk)}
    assert (account.status, account.currency, account.checked_at) == ("ready", "CAD", NOW)
    assert centre.processor_account == account.processor_id
    assert Trail.objects.get(organization=centre).verb == "processor_account_opened"


def test_two_clicks_open_one_account(centre, sandbox):
    before = connected(sandbox)
    assert opened(centre) == opened(centre)
    assert connected(sandbox) == before + 1


def test_another_account_is_opened_for_whoever_has_seen_the_first(centre):
    first = opened(centre)
    second = opened(centre, after=first.pk)
    assert second != first
    assert centre.processor_account == first.processor_id


def test_while_an_account_is_not_set_up_no_other_is_begun(asking):
    centre = an_organization(processor_account="")
    first = opened(centre)
    assert first.status == "unfinished"
    assert opened(centre, after=first.pk) == first
    assert ProcessorAccount.objects.count() == 1


def test_a_lost_answer_is_found_again_by_the_same_key(centre, sandbox):
    before = connected(sandbox)
    sandbox.fault("reset_after", path="/v1/accounts")
    sandbox.fault("unavailable", path="/v1/accounts", **AWAY)
    account = opened(centre)
    assert (account.processor_id, account.status) == ("", "opening")
    assert account.problem
    sandbox.clear_faults()
    assert accounts.refresh_unready(now=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)) == 1
    account.refresh_from_db()
    centre.refresh_from_db()
    assert (account.status, account.problem, connected(sandbox)) == ("ready", "", before + 1)
    assert centre.processor_account == account.processor_id


def test_an_answer_lost_for_a_day_is_not_asked_for_under_a_key_that_may_be_forgotten(centre, sandbox):
    sandbox.fault("unavailable", path="/v1/accounts", **AWAY)
    account = opened(centre)
    sandbox.clear_faults()
    before = connected(sandbox)
    accounts.refresh_unready(now=NOW + dt.timedelta(hours=21))
    account.refresh_from_db()
    assert (account.status, account.processor_id, connected(sandbox)) == ("closed", "", before)


def test_an_organization_that_is_charged_for_on_the_platform_chooses_when_to_leave_it(centre):
    an_authorization(centre)
    account = opened(centre)
    assert (account.status, centre.processor_account) == ("ready", "")
    assert choose(account, centre)
    assert not choose(account, centre)
    assert Organization.objects.get(pk=centre.pk).processor_account == centre.processor_account == account.processor_id
    assert Trail.objects.filter(verb="processor_account_chosen").count() == 1


def test_where_the_processor_still_asks_the_account_takes_no_charge_and_the_organization_hears_it(asking):
    centre = an_organization(processor_account="")
    account = opened(centre)
    assert account.due
    assert "not active yet" in accounts.why_not_charging(centre)
    page = accounts.onboarding_page(
        account=account, return_url="http://testserver/r", refresh_url="http://testserver/x"
    )
    assert page.startswith(asking.base_url)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"charges_enabled": False}, "does not let this account"),
        ({"currency": "USD"}, "currency"),
        ({"closed_at": NOW}, "not open"),
        ({"processor_id": "", "charges_enabled": False}, "not open"),
    ],
)
def test_only_an_open_account_that_takes_charges_in_the_currency_is_made_primary(facts, words):
    centre = an_organization(processor_account="acct_before")
    account = an_account_at_the_processor(centre, **{"processor_id": "acct_new", **facts})
    with pytest.raises(Refused, match=words):
        choose(account, centre)
    assert Organization.objects.get(pk=centre.pk).processor_account == "acct_before"


def test_another_organization_s_account_is_never_one_s_own():
    theirs = an_account_at_the_processor(an_organization())
    centre = an_organization()
    with pytest.raises(Refused, match="another organization"):
        choose(theirs, centre)
    assert Trail.objects.count() == 0


def test_the_primary_is_not_closed_and_one_without_clones_is():
    centre = an_organization()
    primary = an_account_at_the_processor(centre)
    other = an_account_at_the_processor(centre, processor_id="acct_other")
    with pytest.raises(Refused, match="primary"):
        accounts.close(account=primary, by=None, now=NOW)
    assert accounts.close(account=other, by=staff("owner", centre), now=NOW)
    assert not accounts.close(account=other, by=None, now=NOW)
    other.refresh_from_db()
    assert (other.closed_at, Trail.objects.get().verb) == (NOW, "processor_account_closed")


def test_an_account_that_still_holds_a_clone_is_not_closed():
    centre = an_organization()
    other = an_account_at_the_processor(centre, processor_id="acct_other")
    given = an_authorization(centre, processor_account="acct_other")
    with pytest.raises(Refused, match="moved out"):
        accounts.close(account=other, by=None, now=NOW)
    given.former_clones.create(processor_account="acct_other", processor_method=given.processor_method, left_at=NOW)
    type(given).objects.update(processor_account=centre.processor_account, processor_method="pm_new")
    with pytest.raises(Refused, match="moved out"):
        accounts.close(account=other, by=None, now=NOW)


def test_news_of_an_account_is_a_reason_to_look(sandbox):
    centre = a_centre(sandbox)
    account = an_account_at_the_processor(centre, charges_enabled=False, due=["company.name"])
    assert events.handle(type="account.updated", object_id=centre.processor_account, account=centre.processor_account)
    account.refresh_from_db()
    assert (account.status, account.due) == ("ready", [])
    assert events.handle(type="account.updated", object_id="acct_stranger", account="acct_stranger")


def test_an_account_cut_off_from_us_takes_no_charge(sandbox):
    centre = an_organization(processor_account="acct_unknown_to_them")
    account = an_account_at_the_processor(centre)
    events.handle(type="account.application.deauthorized", object_id="ca_1", account=account.processor_id)
    account.refresh_from_db()
    assert (account.charges_enabled, account.disabled_reason) == (False, "account_invalid")
    assert accounts.why_not_charging(centre)


def test_a_processor_that_is_away_changes_nothing(sandbox):
    account = an_account_at_the_processor(a_centre(sandbox))
    sandbox.fault("unavailable", method="GET", path="/v1/account", **AWAY)
    accounts.refresh(account=account, now=LATER)
    account.refresh_from_db()
    assert (account.status, account.checked_at) == ("ready", account.created_at)


def test_an_account_in_a_currency_nobody_serves_takes_no_charge(monkeypatch):
    account = an_account_at_the_processor(an_organization())
    facts = {"country": "FR", "currency": "EUR", "charges_enabled": True, "payouts_enabled": True}
    state = AccountState(account=account.processor_id, details_submitted=True, **facts)
    monkeypatch.setattr(type(get_processor()), "read_account", lambda self, **_: state)
    accounts.refresh(account=account, now=LATER)
    assert (account.currency, account.charges_enabled, account.disabled_reason) == ("CAD", False, "currency")


def test_accounts_in_order_are_left_alone_and_the_others_asked_about_once_an_hour(monkeypatch):
    asked = []
    monkeypatch.setattr(accounts, "refresh", lambda account, now: asked.append(account.processor_id))
    for slug, facts in {"ready": {}, "due": {"due": ["x"]}, "fresh": {"due": ["x"], "checked_at": LATER}}.items():
        an_account_at_the_processor(an_organization(slug), **facts)
    accounts.refresh_unready(now=LATER)
    assert asked == ["acct_due"]


@pytest.mark.parametrize("processor_id", ["", "acct_same"])
def test_the_database_refuses_a_second_opening_and_an_account_of_two_organizations(processor_id):
    centre = an_organization()
    other = centre if not processor_id else an_organization()
    facts = {"processor_id": processor_id, "charges_enabled": False}
    an_account_at_the_processor(centre, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        an_account_at_the_processor(other, **facts)


def test_an_organization_without_a_row_takes_charges(sandbox):
    assert accounts.why_not_charging(an_organization(processor_account="")) == ""
    assert accounts.why_not_charging(an_organization()) == ""


def test_the_door_is_asked_outside_a_transaction(centre):
    with pytest.raises((RuntimeError, ProcessorUnavailable)), transaction.atomic():
        accounts.open_account(organization=centre, by=None, now=NOW)
