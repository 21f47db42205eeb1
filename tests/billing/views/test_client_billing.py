"""A client's billing: what is owed now, what will be once the banks have answered, and every transaction."""

import pytest
from django.utils import timezone

from billing import movements
from billing.models import Invoice
from tests.billing.views.ways import a_payer, a_running_charge, at, cost, settled, signed_in
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, an_account, an_opening_balance, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(centre):
    return signed_in("front_desk", centre)


def charged(centre, client, verdict, code="insufficient_funds"):
    """A payment of everything due, ended like that."""
    run = a_running_charge(centre, signed_in("finance", centre).user, [client])
    payment = run.payments.get()
    if verdict is not None:
        settled(payment, verdict, code)
    client.refresh_from_db()
    return payment


def billing(desk, client, query="") -> str:
    response = desk.get(at(client.organization, "client-billing", client.pk, query=query))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.usefixtures("on_the_day")
def test_what_is_owed_and_what_is_overdue(centre, desk):
    client = an_account(centre)
    an_invoice(client, 6_200, days_ago=38)
    an_invoice(client, 1_000)
    page = billing(desk, client)
    assert "$72.00<small>2 open invoices" in page
    late = 28 + (centre.local_day(timezone.now()) - TODAY).days
    assert f'class="bad">$62.00<small>for {late} days' in page


def test_s36_an_e_check_in_progress_is_labelled_and_only_in_the_expected_balance(centre, desk):
    client = a_payer(centre, cents=5_000, kind="bank")
    payment = charged(centre, client, Verdict.PENDING)
    standing = movements.standing_of(client, on=TODAY)
    assert (standing.current, standing.expected) == (5_000, 0)
    page = billing(desk, client)
    assert payment.display_number in page
    assert "E-check payment via SmartRec · Desjardins ••6789" in page
    assert "Processing" in page
    assert "after $50.00 being processed" in page


def test_s37_cleared_it_pays_its_invoice(centre, desk):
    client = a_payer(centre, cents=5_000, kind="bank")
    charged(centre, client, Verdict.PENDING)
    payment = client.payments.get()
    settled(payment, Verdict.SUCCEEDED)
    assert (Invoice.objects.get().balance, movements.standing_of(client, on=TODAY).on_its_way) == (0, 0)
    assert "Paid" in billing(desk, client)


def test_s38_a_failed_payment_is_not_among_the_transactions_unless_asked_for(centre, desk):
    client = a_payer(centre, cents=5_000, kind="bank")
    payment = charged(centre, client, Verdict.DECLINED)
    assert payment.display_number not in billing(desk, client)
    page = billing(desk, client, "failed=1")
    assert payment.display_number in page
    assert "insufficient funds" in page.lower()
    assert '<span class="money void">' in page


def test_the_balance_runs_with_the_books(centre):
    client = a_payer(centre, cents=5_000)
    an_opening_balance(client, 1_500)
    charged(centre, client, Verdict.SUCCEEDED)
    an_invoice(client, 2_000)
    client.refresh_from_db()
    rows = movements.movements_of(client)
    assert sorted(row.kind for row in rows) == ["invoice", "invoice", "opening", "payment"]
    assert rows[0].balance == client.balance == 3_500
    assert sum(row.charged - row.paid for row in rows) == client.balance


def test_another_clients_part_of_an_entry_is_not_counted(centre):
    mine, other = an_account(centre, "Moi Même"), an_account(centre, "Autre Client")
    an_invoice(mine, 1_000)
    an_invoice(other, 9_000)
    assert [row.balance for row in movements.movements_of(mine)] == [1_000]


def test_money_on_its_way_never_enters_the_balance(centre):
    client = a_payer(centre, cents=5_000)
    charged(centre, client, None)
    waiting = next(row for row in movements.movements_of(client) if row.kind == "payment")
    assert (waiting.paid, waiting.balance, client.balance) == (5_000, None, 5_000)


def test_a_voided_invoice_and_its_reversal_are_both_told(centre, desk):
    client = an_account(centre)
    invoice = an_invoice(client, 2_000)
    signed_in("finance", centre).post(at(centre, "invoice-void", invoice.pk))
    page = billing(desk, client)
    assert "Invoice voided" in page
    assert "Void" in page
    client.refresh_from_db()
    assert client.balance == 0


@pytest.mark.parametrize("side", ["invoices", "payments"])
def test_invoices_and_payments_have_their_own_views(centre, desk, side):
    client = a_payer(centre, cents=5_000)
    payment = charged(centre, client, Verdict.SUCCEEDED)
    number = {"invoices": client.invoices.get().display_number, "payments": payment.display_number}[side]
    assert number in desk.get(at(centre, f"client-{side}", client.pk)).content.decode()


def test_nothing_yet(centre, desk):
    assert "Nothing has been invoiced or paid yet." in billing(desk, an_account(centre))


def test_a_long_history_costs_no_more(centre, desk):
    short, long = an_account(centre, "Peu Actif"), an_account(centre, "Très Actif")
    for client, count in ((short, 1), (long, 60)):
        for _ in range(count):
            an_invoice(client, 100)
    address = {client: at(centre, "client-billing", client.pk) for client in (short, long)}
    assert cost(desk, address[long]) == cost(desk, address[short]) <= 30


def test_the_tab_stands_in_the_file_and_only_for_those_who_may_see_balances(centre, desk):
    client = an_account(centre)
    link = at(centre, "client-billing", client.pk)
    assert link in desk.get(at(centre, "client", client.pk)).content.decode()
    coordinator = signed_in("coordinator", centre)
    assert link not in coordinator.get(at(centre, "client", client.pk)).content.decode()
    assert coordinator.get(link).status_code == 403


def test_another_organizations_client_is_not_there(centre, desk):
    theirs = an_account(an_organization())
    assert desk.get(at(centre, "client-billing", theirs.pk)).status_code == 404


def test_it_reads_in_french(centre):
    client = a_payer(centre, cents=5_000, kind="bank")
    charged(centre, client, Verdict.PENDING)
    page = billing(signed_in("owner", centre, language="fr"), client)
    for words in ("Solde actuel", "En souffrance", "Solde prévu", "En traitement", "Facturation"):
        assert words in page


def test_the_clock_of_the_centre_decides_the_day(centre):
    client = a_payer(centre)
    payment = charged(centre, client, None)
    payment.attempts.update(created_at=NOW.replace(hour=2))
    waiting = next(row for row in movements.movements_of(client) if row.payment_id == payment.pk)
    assert waiting.on == NOW.replace(day=NOW.day - 1).date()
