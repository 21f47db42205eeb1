"""Charged first, invoice after: what else happens between the money and its invoice."""

import pytest
from django.utils import timezone

from billing.models import Attempt, Invoice
from billing.services import invoicing, paid_first
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.services.test_paid_first import charged, drafted, wind_up
from tests.billing.views.test_documents import text
from tests.billing.views.ways import at, signed_in
from tests.billing.waiting import letters
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


def shown(run) -> str:
    return text(signed_in("finance", run.organization).get(at(run.organization, "mass-charge", run.pk)))


def test_w10_who_started_it_is_told_that_the_invoices_wait_for_a_closed_period(centre, by):
    run = charged(centre, by, [a_real_payer(centre, cents=0)])
    centre.books_closed_on = centre.local_day(timezone.now())
    centre.save()
    for _sweep in range(2):
        assert wind_up(run).state == "running"
    assert letters("invoices_wait") == [by.email]
    assert "the books are closed on this day" in shown(run)
    centre.books_closed_on = None
    centre.save()
    assert (wind_up(run).state, Invoice.objects.filter(run=run).count()) == ("finished", 1)
    assert "not written yet" not in shown(run)


def test_w10_and_that_they_wait_for_us(centre, by, monkeypatch):
    run = charged(centre, by, [a_real_payer(centre, cents=0)])
    with monkeypatch.context() as broken:
        broken.setattr(invoicing, "issue", lambda **_: (_ for _ in ()).throw(RuntimeError("broken")))
        for _sweep in range(2):
            paid_first.write_due(now=timezone.now())
    run.refresh_from_db()
    assert letters("invoices_wait") == [by.email]
    assert "something went wrong on our side" in shown(run)
    wind_up(run)
    assert "invoices_wait" not in run.options


def test_w10_nor_is_a_balance_said_to_be_paid_by_it(centre, by):
    """While it is on its way, and while its invoice waits, everything due is still proposed, and no more."""
    client = a_real_payer(centre, cents=5_000)
    first = confirmed(drafted(centre, by, [client]), by)
    amounts = [a_charge_draft(centre, [client.account.owner], by).lines.get().amount]
    charge_everything()
    amounts.append(a_charge_draft(centre, [client.account.owner], by).lines.get().amount)
    wind_up(first)
    amounts.append(a_charge_draft(centre, [client.account.owner], by).lines.get().amount)
    assert amounts == [5_000] * 3
