"""Saved methods stay usable as long as they can, wherever the news of a change arrives; the others say why not."""

import datetime as dt

import pytest
import requests

from accounts.models import Trail
from messaging.models import Message
from messaging.rendering import compose
from smartrec.errors import Refused
from tests.builders import a_user
from tests.wallet.steps import US_BANK, a_centre, a_holder, at_processor, save, the_authorization, the_method
from wallet import events
from wallet.models import Authorization, PaymentMethod
from wallet.services import disabling, renewing

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 15, 0, tzinfo=dt.UTC)


@pytest.fixture
def household(sandbox):
    return a_holder(a_centre(sandbox))


@pytest.fixture
def card(household):
    save(household.account, organization=household.organization)
    return the_method(household.account)


@pytest.fixture
def american(sandbox):
    """A household with a bank account in the United States."""
    household = a_holder(a_centre(sandbox, currency="USD"))
    save(household.account, "bank", organization=household.organization, **US_BANK)
    return household


def hear(object_id: str, account: str = "", type: str = "payment_method.automatically_updated") -> bool:
    return events.handle(type=type, object_id=object_id, account=account)


def years(sandbox, card: PaymentMethod) -> tuple[int, int, int]:
    """The expiry of the card in the wallet, on the platform and in the organization's account."""
    given = card.authorizations.get()
    card.refresh_from_db()
    kept = [(card.processor_method, ""), (given.processor_method, given.processor_account)]
    copies = [at_processor(sandbox, f"payment_methods/{copy}", account)["card"]["exp_year"] for copy, account in kept]
    return card.exp_year, *copies


def renewed_at_the_bank(sandbox, method: str, account: str = "") -> None:
    headers = {"Stripe-Account": account} if account else {}
    requests.post(
        f"{sandbox.base_url}/v1/payment_methods/{method}",
        {"card[exp_month]": 1, "card[exp_year]": 2035},
        auth=("sk_test_sandbox", ""),
        headers=headers,
        timeout=120,
    ).raise_for_status()


def renew(card: PaymentMethod, month: int = 9, year: int = 2031, now: dt.datetime = NOW) -> PaymentMethod:
    given = card.authorizations.get()
    return renewing.renew_expiry(authorization=given, month=month, year=year, by=a_user(), now=now)


def letters(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind))


def test_card_renewed_on_the_platform_is_renewed_in_each_organization_s_account(card, sandbox):
    renewed_at_the_bank(sandbox, card.processor_method)
    assert hear(card.processor_method)
    assert years(sandbox, card) == (2035, 2035, 2035)


def test_card_renewed_in_an_organization_s_account_is_renewed_in_the_wallet(card, sandbox):
    given = card.authorizations.get()
    renewed_at_the_bank(sandbox, given.processor_method, given.processor_account)
    assert hear(given.processor_method, given.processor_account)
    assert years(sandbox, card) == (2035, 2035, 2035)
    assert card.renewed_at is not None


def test_card_with_another_number_shows_its_new_digits_and_is_recognized_by_them(card, sandbox):
    before = card.fingerprint
    sandbox.renew_card(card.processor_method, exp_year=2038, last4="1881")
    hear(card.processor_method)
    assert years(sandbox, card) == (2038, 2038, 2038)
    assert card.last4 == "1881"
    assert card.fingerprint not in ("", before)


def test_news_that_comes_while_the_processor_is_away_is_told_again_and_then_kept(card, sandbox):
    renewed_at_the_bank(sandbox, card.processor_method)
    sandbox.fault("unavailable", method="POST", path="/v1/payment_methods", count=3, should_retry="false")
    assert not hear(card.processor_method)
    sandbox.clear_faults()
    assert hear(card.processor_method)
    assert years(sandbox, card) == (2035, 2035, 2035)


def test_blocked_bank_account_is_disabled_once_and_its_holder_told_why(american, sandbox):
    bank = the_method(american.account)
    sandbox.block_account(bank.processor_method, "R02")
    assert hear(bank.processor_method)
    assert hear(bank.processor_method)
    bank.refresh_from_db()
    american.refresh_from_db()
    assert (bank.status, bank.invalid_reason) == ("invalid", "bank_account_closed")
    assert not american.has_bank
    [letter] = letters("method_unusable")
    letter.language = "en"
    assert "The bank account is closed." in compose(letter).body
    assert Trail.objects.filter(verb="method_disabled", client=american).count() == 1


def test_account_blocked_in_one_organization_s_account_is_disabled_in_the_wallet(american, sandbox):
    given = the_authorization(american.organization)
    sandbox.block_account(given.method.processor_method, "R03")
    assert hear(given.processor_method, given.processor_account)
    assert PaymentMethod.objects.get().invalid_reason == "bank_account_invalid_details"


def test_debits_forbidden_to_one_organization_end_its_permission_alone(american, sandbox):
    given = the_authorization(american.organization)
    sandbox.block_account(given.method.processor_method, "R10")
    assert hear(given.processor_method, given.processor_account)
    assert the_authorization(american.organization).state == "revoked"
    assert PaymentMethod.objects.get().status == "active"


def test_method_disabled_twice_is_told_of_once(card):
    assert disabling.disable(method=card, reason="account_closed", now=NOW)
    assert not disabling.disable(method=card, reason="account_closed", now=NOW)
    assert len(letters("method_unusable")) == 1


def test_staff_renew_an_expiry_everywhere_and_correct_it_the_same_day(card, sandbox):
    for minute, (month, year) in enumerate([(9, 2031), (9, 2032), (9, 2031)]):
        renew(card, month, year, NOW + dt.timedelta(minutes=minute))
        assert years(sandbox, card) == (year, year, year)
    assert len(letters("method_renewed")) == 3


@pytest.mark.parametrize(
    ("month", "year", "said"),
    [
        (10, 2026, "This expiry is past"),
        (13, 2030, "as it is on the card"),
        (1, 2047, "as it is on the card"),
        (8, 2030, "has this expiry already"),
    ],
)
def test_expiry_that_makes_no_sense_is_refused_and_nothing_moves(card, sandbox, month, year, said):
    with pytest.raises(Refused, match=said):
        renew(card, month, year)
    assert years(sandbox, card) == (2030, 2030, 2030)
    assert letters("method_renewed") == []


def test_expiry_of_this_month_is_good_until_its_last_day(card):
    assert renew(card, 11, 2026).exp_month == 11


@pytest.mark.parametrize("change", [{"status": "invalid"}, {"status": "removed"}])
def test_card_that_is_gone_is_not_renewed(card, change):
    PaymentMethod.objects.update(**change)
    with pytest.raises(Refused, match="no longer authorized"):
        renew(card)


def test_withdrawn_permission_renews_nothing(card, sandbox):
    Authorization.objects.update(state="revoked", revoked_at=NOW)
    with pytest.raises(Refused, match="no longer authorized"):
        renew(card)
    assert years(sandbox, card) == (2030, 2030, 2030)


def test_while_the_processor_is_away_the_expiry_stays_what_it_was(card, sandbox):
    sandbox.fault("unavailable", method="POST", path="/v1/payment_methods", count=9, should_retry="false")
    with pytest.raises(Refused, match="does not answer"):
        renew(card)
    card.refresh_from_db()
    assert (card.exp_month, card.exp_year) == (8, 2030)
    assert letters("method_renewed") == []
