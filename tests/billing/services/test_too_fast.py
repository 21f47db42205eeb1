"""Each kind of "too fast": what waits, what goes slower, and that it is charged once in the end."""

import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Attempt
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff
from wallet.models import Pace

pytestmark = pytest.mark.django_db
FULL, HALF = 400, 200
LIMITS = [
    ("endpoint-rate", FULL, HALF),
    ("endpoint-concurrency", FULL, HALF),
    ("global-rate", HALF, HALF),
    ("global-concurrency", HALF, HALF),
    ("resource-specific", FULL, FULL),
]


@pytest.fixture
def charge(sandbox, settings):
    settings.PROCESSOR_PER_SECOND = FULL
    centre = an_organization(processor_account="")
    by = staff("finance", centre)
    return confirmed(a_charge_draft(centre, [a_real_payer(centre).account.owner], by), by)


def paces() -> tuple[float, float]:
    return tuple(Pace.objects.get(endpoint=endpoint).per_second for endpoint in ("create", "confirm"))


def charged_once_a_little_later(sandbox) -> None:
    assert (Attempt.objects.get().state, successes(sandbox)) == ("created", {})
    charge_everything(now=timezone.now() + dt.timedelta(seconds=5))
    assert list(successes(sandbox).values()) == [1]


@pytest.mark.parametrize(("reason", "creating", "confirming"), LIMITS)
def test_a_limiter_slows_what_it_is_for(charge, sandbox, reason, creating, confirming):
    sandbox.fault("rate_limit", path="/confirm", reason=reason)
    charge_everything()
    assert paces() == (creating, confirming)
    charged_once_a_little_later(sandbox)


def test_an_object_that_is_busy_elsewhere_slows_nothing(charge, sandbox):
    sandbox.fault("lock_timeout", path="/confirm")
    charge_everything()
    assert paces() == (FULL, FULL)
    charged_once_a_little_later(sandbox)


def test_each_time_it_waits_longer(charge, sandbox):
    sandbox.fault("rate_limit", path="/confirm", count=3)
    now, waits = timezone.now(), []
    for _ in range(3):
        charge_everything(now=now)
        waits.append((Attempt.objects.get().not_before - now).total_seconds())
        now = Attempt.objects.get().not_before
    assert waits == pytest.approx([2, 4, 8])
