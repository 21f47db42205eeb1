"""News that never reached us is asked for: whatever was lost on the way, the books catch up."""

import datetime as dt
import urllib.parse
import urllib.request

import pytest
from django.utils import timezone

from billing.models import Attempt, ProcessorEvent
from billing.services import catching_up
from smartrec.devstack.sandbox.testing import PLATFORM_KEY
from tests.billing.given_back import BANK, handle_news, owed
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from wallet.processor import ProcessorUnavailable
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def subscribe(sandbox) -> None:
    """Somebody who wants to be told everything, at an address where nobody answers."""
    wanted = {"url": "http://127.0.0.1:9/webhooks/", "enabled_events[0]": "*"}
    request = urllib.request.Request(
        f"{sandbox.base_url}/v1/webhook_endpoints",
        urllib.parse.urlencode(wanted).encode(),
        {"Authorization": f"Bearer {PLATFORM_KEY}"},
    )
    urllib.request.urlopen(request, timeout=120).close()
    sandbox.webhooks(drop=1_000)


def an_e_check_under_way(centre) -> Attempt:
    payer = a_real_payer(centre, BANK)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Attempt.objects.select_related("payment__client").get()


def test_f12_news_that_was_never_delivered_is_asked_for(centre, sandbox):
    """Guard: the hourly look at what was not delivered (`catching_up.catch_up_lately`)."""
    subscribe(sandbox)
    attempt = an_e_check_under_way(centre)
    sandbox.settle(attempt.payment.processor_payment)
    handle_news()
    assert owed(attempt) == (2_000, 0)
    assert catching_up.catch_up_lately(processor=get_processor(), now=timezone.now()) > 0
    handle_news()
    assert owed(attempt) == (0, 2_000)


def test_f12_looking_again_stores_nothing_twice(centre, sandbox):
    """Guard: an event is stored once, under its own id."""
    attempt = an_e_check_under_way(centre)
    sandbox.settle(attempt.payment.processor_payment)
    found = catching_up.catch_up_fully(processor=get_processor(), now=timezone.now())
    assert catching_up.catch_up_fully(processor=get_processor(), now=timezone.now()) == 0
    assert ProcessorEvent.objects.count() == found


def test_the_news_of_every_account_is_asked_for_once(centre):
    an_organization(processor_account="acct_b")
    an_organization(processor_account="acct_a")
    assert catching_up.accounts() == ["", "acct_a", "acct_b"]


def test_an_account_out_of_reach_does_not_hide_the_others(centre):
    an_organization(processor_account="acct_a")
    asked = []

    class Deaf:
        def list_events(self, *, processor_account: str, since: dt.datetime, undelivered: bool):
            asked.append((processor_account, undelivered))
            raise ProcessorUnavailable("no answer")

    assert catching_up.catch_up_lately(processor=Deaf(), now=timezone.now()) == 0
    assert asked == [("", True), ("acct_a", True)]


def test_a_look_reaches_back_two_days_or_thirty(centre):
    asked = []

    class Silent:
        def list_events(self, *, processor_account: str, since: dt.datetime, undelivered: bool):
            asked.append(since)
            return iter(())

    now = timezone.now()
    catching_up.catch_up_lately(processor=Silent(), now=now)
    catching_up.catch_up_fully(processor=Silent(), now=now)
    assert [now - since for since in asked] == [dt.timedelta(days=2), dt.timedelta(days=30)]
