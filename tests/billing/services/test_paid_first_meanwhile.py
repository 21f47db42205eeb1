"""Charged first, invoice after: what else happens between the money and its invoice."""

import pytest

from billing.models import Attempt
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.services.test_paid_first import drafted, wind_up
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


@pytest.fixture
def by(centre):
    return staff("finance", centre)


def test_w10_money_that_waits_for_its_invoice_has_paid_nothing_else(centre, by):
    """Until the sweep has written it, the client's balance is lower than what they owe."""
    client = a_real_payer(centre, cents=5_000)
    of_balance = a_charge_draft(centre, [client.account.owner], by)
    first = confirmed(drafted(centre, by, [client]), by)
    charge_everything()
    confirmed(of_balance, by)
    charge_everything()
    assert sorted(Attempt.objects.values_list("payment__amount", "state")) == [
        (2_000, "succeeded"),
        (5_000, "succeeded"),
    ]
    wind_up(first)
    client.refresh_from_db()
    assert client.balance == 0
