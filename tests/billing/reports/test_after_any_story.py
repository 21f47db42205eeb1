"""After any story of a centre's money, its reports and its trial balance say the same, to the cent."""

import datetime as dt
import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import Client, Organization
from billing.reports import books, credits, deferred, fees, receipts, receivables, sales
from tests.billing.machine.ground import a_ground
from tests.billing.machine.lives import Billing
from wallet.processor import registry

pytestmark = pytest.mark.django_db
OF_EACH = int(os.environ.get("STORIES", "10"))
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


def differences(centre: Organization, today: dt.date) -> list[str]:
    """Where a report and the books differ: what, what the report says, what the books say."""
    of: Counter[str] = Counter()
    for row in books.trial_balance(organization=centre, on=LAST):
        of[row.account] += row.balance
    found = [f"{what}: {said} {booked}" for what, said, booked in told(centre, of) if said != booked]
    balances = dict(Client.objects.filter(organization=centre).values_list("pk", "balance"))
    aged = receivables.aged(organization=centre, on=today)
    if sum(row.balance for row in aged) != of["receivable"]:
        found.append(f"receivables: {aged} {of['receivable']}")
    found += [f"client {row.client_id}: {row.balance}" for row in aged if row.balance != balances[row.client_id]]
    listed = credits.credits(organization=centre, on=today)
    return [*found, *(f"a credit that nothing explains: {row}" for row in listed if row.other > 0)]


def told(centre: Organization, of: Counter[str]) -> list[tuple[str, int, int]]:
    """What each report adds up to, beside the accounts of the books it is about."""
    sold = sales.sales(organization=centre, since=FIRST, until=LAST)
    taxed = sales.taxes(organization=centre, since=FIRST, until=LAST)
    moved = receipts.receipts(organization=centre, since=FIRST, until=LAST)
    kept = fees.fees(organization=centre, since=FIRST, until=LAST)
    waiting = deferred.deferred(organization=centre, since=FIRST, until=LAST)
    return [
        ("sales", sum(row.net for row in sold), -of["revenue"] - of["deferred"]),
        ("taxes", sum(row.net for row in taxed), -of["tax"]),
        ("taxes no document explains", sum(row.net for row in taxed if row.rate is None), 0),
        ("receipts", sum(row.amount for row in moved), of["till"] + of["clearing"] + of["fees"]),
        ("fees", sum(row.net for row in kept), of["fees"]),
        ("not earned", sum(row.change for row in waiting), -of["deferred"]),
    ]


class Reported(Billing):
    def teardown(self) -> None:
        try:
            found = differences(self.centre, self.today)
            assert found == [], found
        finally:
            super().teardown()


def test_reports_agree_with_the_books(monkeypatch):
    monkeypatch.setattr(registry, "_adapter", registry._adapter)
    machine = seed(int(os.environ.get("STORY_SEED", "7")))(type("Reported", (Reported,), {"ground": a_ground()}))
    profile = settings(
        max_examples=OF_EACH,
        stateful_step_count=int(os.environ.get("STORY_STEPS", "10")),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=profile)
