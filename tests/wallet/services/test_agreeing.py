"""The terms an organization debits bank accounts on, and the proof each agreement keeps of how it was given."""

import datetime as dt

import pytest
from django.db import IntegrityError

from accounts.models import Organization, Trail
from smartrec.errors import Refused
from tests.builders import an_organization, staff
from tests.wallet.steps import BANK, a_centre, a_holder, at_processor, save, the_authorization, the_method
from wallet.models import Authorization
from wallet.services.agreeing import set_debit_terms
from wallet.services.authorizing import authorize

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def centre(sandbox):
    return a_centre(sandbox)


def terms(centre, schedule: str, days: int, **more) -> bool:
    by = more.pop("by", None) or staff("owner", centre)
    return set_debit_terms(organization=centre, schedule=schedule, notice_days=days, by=by, now=NOW)


def a_bank_account(centre):
    account = a_holder(centre).account
    save(account, "bank", **BANK)
    return the_method(account)


@pytest.mark.parametrize(("schedule", "days"), [("interval", 0), ("interval", 10), ("combined", 15), ("sporadic", 10)])
def test_new_agreements_and_the_processors_mandate_follow_the_terms(centre, sandbox, schedule, days):
    terms(centre, schedule, days)
    method = a_bank_account(centre)
    given = authorize(
        method=method, organization=centre, channel="wallet", by=method.account.user, now=NOW, language="fr"
    )
    assert (given.debit_schedule, given.notice_days, given.state) == (schedule, days, "granted")
    assert given.consent_version == f"pad2-{schedule}{'' if days else '-waived'}"
    mandate = at_processor(sandbox, f"mandates/{given.processor_mandate}", given.processor_account)
    assert mandate["payment_method_details"]["acss_debit"]["payment_schedule"] == schedule


def test_a_centre_on_the_platforms_own_account_has_the_mandate_it_agreed_on(sandbox):
    centre = an_organization(processor_account="", debit_schedule="interval", debit_notice_days=10)
    save(a_holder(centre).account, "bank", organization=centre, **BANK)
    given = the_authorization(centre)
    mandate = at_processor(sandbox, f"mandates/{given.processor_mandate}")
    assert mandate["payment_method_details"]["acss_debit"]["payment_schedule"] == "interval"
    assert (given.debit_schedule, given.notice_days) == ("interval", 10)


def test_agreements_given_before_keep_their_terms(centre):
    save(a_holder(centre).account, "bank", organization=centre, **BANK)
    before = the_authorization(centre)
    terms(centre, "sporadic", 10)
    before.refresh_from_db()
    assert (before.debit_schedule, before.notice_days) == ("combined", 0)


@pytest.mark.parametrize(
    ("schedule", "days"), [("sporadic", 0), ("sporadic", 9), ("combined", 5), ("combined", 31), ("x", 0)]
)
def test_terms_the_rule_does_not_allow_are_refused(centre, schedule, days):
    with pytest.raises(Refused):
        terms(centre, schedule, days)
    centre.refresh_from_db()
    assert (centre.debit_schedule, centre.debit_notice_days) == ("combined", 0)
    assert not Trail.objects.filter(verb="debit_terms_changed").exists()


def test_the_database_itself_refuses_a_waived_occasional_debit(centre):
    with pytest.raises(IntegrityError, match="organization_sporadic_debits_are_announced"):
        Organization.objects.filter(pk=centre.pk).update(debit_schedule="sporadic", debit_notice_days=0)


def test_changing_the_terms_is_in_the_trail_once(centre):
    by = staff("owner", centre)
    assert terms(centre, "interval", 10, by=by)
    assert not terms(centre, "interval", 10, by=by)
    entry = Trail.objects.get(verb="debit_terms_changed")
    assert (entry.actor, entry.facts) == (by, {"schedule": "interval", "days": 10})


@pytest.mark.parametrize("channel", ["wallet", "checkout", "in_person", "phone", "paper"])
def test_the_proof_keeps_words_language_time_place_actor_and_channel(centre, channel):
    method = a_bank_account(centre)
    by = method.account.user if channel in ("wallet", "checkout") else staff("front_desk", centre)
    proof = {"ip": "203.0.113.7", "user_agent": "Firefox"}
    authorize(method=method, organization=centre, channel=channel, by=by, now=NOW, language="en", **proof)
    kept = Authorization.objects.get()
    assert (kept.channel, kept.granted_by, kept.requested_at) == (channel, by, NOW)
    assert (kept.consent_version, kept.consent_language) == ("pad2-combined-waived", "en")
    assert kept.consent_text.startswith("Pre-authorized debit (PAD) agreement.")
    assert (kept.ip, kept.user_agent) == ("203.0.113.7", "Firefox")
