"""The same run, reviewed in two windows, is started once."""

import pytest

from billing.models import Payment
from billing.services import starting
from billing.services.starting import SameRun
from tests.billing.views.ways import a_draft, payers
from tests.billing.ways import confirmed
from tests.builders import an_organization, staff
from tests.races.racing import race, winners

pytestmark = pytest.mark.django_db(transaction=True)


def in_two_windows() -> list:
    """The same selection reviewed in two windows, confirmed in both at the same instant; what came of each."""
    centre = an_organization()
    by, owing = staff("finance", centre), payers(centre, 1)
    drafts = [a_draft(centre, by, owing) for _ in range(2)]
    return race(lambda: confirmed(drafts.pop(), by), contenders=2)


def test_f21_the_same_run_confirmed_in_two_windows_starts_once():
    """Guard: the run's fingerprint, asked for under the organization's lock and unique while a run is under way."""
    results = in_two_windows()
    assert len(winners(results)) == 1
    assert [type(result) for result in results if isinstance(result, Exception)] == [SameRun]
    assert Payment.objects.count() == 1


def test_f21_control_where_it_is_not_recognized_both_start(monkeypatch):
    monkeypatch.setattr(starting, "fingerprint_of", lambda run: f"{run.pk:064x}")
    assert len(winners(in_two_windows())) == 2
