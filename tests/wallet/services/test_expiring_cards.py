"""Holders are told a month and a week before a card expires: once each, and only when somebody may charge it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Message
from messaging.rendering import compose
from tests.builders import NOW, a_client, a_saved_method, an_account, an_authorization, an_organization
from wallet.services.expiring import last_day, warn_holders

pytestmark = pytest.mark.django_db
# November has 30 days.
A_MONTH_BEFORE, A_WEEK_BEFORE, THE_LAST_DAY = (dt.date(2026, 11, day) for day in (1, 23, 30))


@pytest.fixture
def centre():
    return an_organization("centre")


def a_card(centre, *, email: str = "marie@example.com", month: int = 11, **fields: object):
    account = an_account(centre, email=email).account
    card = a_saved_method(account, exp_month=month, exp_year=2026, **fields)
    an_authorization(centre, method=card)
    return card


def notices() -> list[str]:
    return sorted(key.split("/", 2)[2] for key in Message.objects.values_list("key", flat=True))


def test_a_month_before_and_a_week_before_each_once(centre):
    a_card(centre)
    for day in (A_MONTH_BEFORE, A_MONTH_BEFORE, dt.date(2026, 11, 22)):
        warn_holders(on=day)
    assert notices() == ["expires/2026-11/30"]
    for day in (A_WEEK_BEFORE, THE_LAST_DAY):
        warn_holders(on=day)
    assert notices() == ["expires/2026-11/30", "expires/2026-11/7"]


@pytest.mark.parametrize("day", [dt.date(2026, 10, 30), dt.date(2026, 12, 1)])
def test_neither_earlier_nor_when_it_is_too_late(centre, day):
    a_card(centre)
    assert (warn_holders(on=day), notices()) == (0, [])


def test_a_short_month_is_told_of_in_the_month_before(centre):
    card = a_card(centre, month=2)
    card.exp_year = 2027
    card.save()
    warn_holders(on=dt.date(2027, 1, 29))
    assert notices() == ["expires/2027-02/30"]
    assert last_day(2028, 2) == dt.date(2028, 2, 29)


def test_card_that_nobody_may_charge_or_that_is_gone_is_not_told_of(centre):
    for status in ("removed", "invalid"):
        type(a_card(centre)).objects.filter(status="active").update(status=status)
    a_saved_method(an_account(centre, email="paul@example.com").account, exp_month=11, exp_year=2026)
    withdrawn = a_card(centre).authorizations.get()
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(state="revoked", revoked_at=NOW)
    a_card(centre, email="")
    assert (warn_holders(on=A_WEEK_BEFORE), notices()) == (0, [])


def test_renewed_card_is_told_of_again_only_when_its_new_expiry_comes(centre):
    card = a_card(centre)
    warn_holders(on=A_MONTH_BEFORE)
    card.exp_month, card.exp_year = 11, 2029
    card.save()
    warn_holders(on=A_WEEK_BEFORE)
    assert notices() == ["expires/2026-11/30"]
    warn_holders(on=A_WEEK_BEFORE.replace(year=2029))
    assert notices() == ["expires/2026-11/30", "expires/2029-11/7"]


def test_letter_is_in_the_holder_s_language_and_leads_to_the_wallet(centre):
    card = a_card(centre)
    type(card.account).objects.update(language="en")
    warn_holders(on=A_WEEK_BEFORE)
    message = Message.objects.get()
    assert (message.organization, message.client) == (centre, card.authorizations.get().client)
    mail = compose(message)
    assert mail.subject == "Your Visa ending in 4242 expires soon"
    assert "November 30, 2026" in mail.body
    assert f"/my/wallet/{card.pk}/replace/" in mail.body


def test_two_organizations_send_one_letter_and_neither_learns_of_the_other(centre):
    card = a_card(centre)
    other = an_organization("soccer")
    a_client(other, card.account)
    an_authorization(other, method=card)
    warn_holders(on=A_WEEK_BEFORE)
    message = Message.objects.get()
    assert (message.organization, message.client) == (None, None)
    assert message.facts["authorized"] == "Centre, Soccer"


def test_many_cards_cost_as_many_questions_as_one(centre):
    costs = []
    for n in (1, 6):
        for i in range(n):
            a_card(centre, email=f"p{n}-{i}@example.com")
        with CaptureQueriesContext(connection) as asked:
            assert warn_holders(on=A_WEEK_BEFORE) == n
        costs.append(len(asked))
    assert costs[0] == costs[1]
