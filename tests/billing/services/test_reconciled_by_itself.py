"""Payments that link themselves to what they were taken for, and what the list of unreconciled money makes of them."""

import pytest
from django.utils import timezone

from billing.models import Allocation, Attempt, Dispute, Payment, Unreconciled
from billing.services import invoicing, paying, sources
from billing.services.invoicing import Draft, Line, Terms
from billing.services.parts import Order
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, send_refunds
from tests.billing.linked import a_credit, links_of
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, TODAY, a_ledger_code, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def charged(payer, amount: int) -> Payment:
    """The household pays that much of its balance by its saved card, as on the portal."""
    authorization = payer.authorizations.get()
    by, now = staff("front_desk", payer.organization), timezone.now()
    payment = paying.charge(client=payer, authorization=authorization, order=Order(total=amount), by=by, now=now)
    charge_everything()
    return payment


def two_items(client, *cents: int):
    code = a_ledger_code(client.organization).pk
    lines = [Line(description=f"Cours {n}", unit_price=each, ledger_code_id=code) for n, each in enumerate(cents, 1)]
    drafts = [Draft(client_id=client.pk, lines=lines)]
    terms = Terms(issued_on=TODAY, due_on=TODAY)
    [pk] = invoicing.issue(organization=client.organization, drafts=drafts, terms=terms, by=None, now=NOW)
    return client.invoices.get(pk=pk)


def test_rc_2_what_a_household_pays_on_the_portal_is_linked_to_the_oldest_items(centre):
    payer = a_real_payer(centre)
    first, old = payer.invoices.get(), an_invoice(payer, 1_500, days_ago=30)
    payment = charged(payer, 2_500)
    assert links_of(old, first) == [(payment.pk, None, first.pk, 1_000), (payment.pk, None, old.pk, 1_500)]


def test_rc_2_a_mass_charge_is_linked_to_the_invoices_it_showed(centre):
    payer, by = a_real_payer(centre), staff("finance", centre)
    invoices = [payer.invoices.get(), an_invoice(payer, 1_000)]
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    assert sorted(links_of(*invoices)) == [(run.payments.get().pk, None, i.pk, i.total) for i in invoices]
    assert not Unreconciled.objects.for_organization(centre).exists()


def test_rc_2_an_e_check_is_linked_to_its_item_when_it_clears(centre, sandbox):
    attempt = a_paid_invoice(centre, sandbox, BANK)
    [link] = Allocation.objects.filter(payment=attempt.payment)
    assert (link.amount, link.item.balance) == (2_000, 0)


def test_rc_3_a_mass_charge_that_leaves_them_unreconciled_lists_its_receipts(centre):
    payer, by = a_real_payer(centre), staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by, reconcile=False), by)
    charge_everything()
    assert links_of(payer.invoices.get()) == []
    assert Unreconciled.objects.money().get().payment == run.payments.get()
    assert Unreconciled.objects.items().get().invoice == payer.invoices.get()


def test_rc_4_what_is_paid_in_part_pays_the_first_items_first(centre):
    payer = a_real_payer(centre, cents=100)
    invoice = two_items(payer, 1_000, 700)
    charged(payer, 1_400)
    found = Allocation.objects.filter(item__invoice=invoice).order_by("item__position")
    assert list(found.values_list("item__position", "amount")) == [(1, 1_000), (2, 300)]


def usable(centre) -> dict[tuple, int]:
    """What the services count as money that can be used."""
    found = sources.sources_of(list(centre.clients.all()))
    return {(one.payment_id, one.credit_id): one.free for one in found}


def listed(centre) -> dict[tuple, int]:
    rows = Unreconciled.objects.for_organization(centre).money()
    return {(row.payment_id, row.credit_id): row.rest for row in rows}


def test_the_list_is_exactly_the_money_that_can_be_used(centre, sandbox):
    """However a payment stands: under way, failed, taken, refunded, about to be, disputed, returned, held."""
    assert listed(centre) == usable(centre) == {}
    attempt = a_paid_invoice(centre, sandbox)
    Allocation.objects.filter(payment=attempt.payment).delete()
    a_credit(attempt.payment.client, 300)
    assert listed(centre) == usable(centre)
    assert sum(listed(centre).values()) == 2_300
    a_refund(attempt, 500)
    assert listed(centre) == usable(centre)
    send_refunds()
    assert sum(listed(centre).values()) == sum(usable(centre).values()) == 1_800
    Dispute.objects.create(
        organization=centre, payment=attempt.payment, processor_dispute="du_1", status="needs_response",
        amount=1_500, opened_at=NOW, asked_at=NOW,
    )  # fmt: skip
    assert sum(listed(centre).values()) == sum(usable(centre).values()) == 300
    Dispute.objects.update(closed_at=NOW, status="won")
    assert sum(listed(centre).values()) == sum(usable(centre).values()) == 1_800


@pytest.mark.parametrize("state", ["created", "sent", "pending", "declined", "needs_client", "not_sent", "cancelled"])
def test_money_that_has_not_moved_is_not_listed(centre, state):
    payer, by = a_real_payer(centre), staff("finance", centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    ended = None if state in ("created", "sent", "pending") else NOW
    Attempt.objects.update(state=state, sent_at=None if state == "created" else NOW, settled_at=ended)
    assert listed(centre) == usable(centre) == {}
    assert Unreconciled.objects.items().get().busy is (ended is None)
