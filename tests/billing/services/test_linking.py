"""One payment or credit linked by hand to items of invoices, and unlinked."""

import uuid

import pytest

from accounts.models import Trail
from billing.models import Allocation, Entry
from billing.services import linking, sources, voiding
from billing.services.linking import Wanted
from billing.services.parts import Order
from smartrec.errors import Refused
from tests.billing.desk import received
from tests.billing.linked import a_credit, an_excess, links_of
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, an_account, an_organization, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payer(centre):
    return an_account(centre)


def link(money, *parts, seen=None, key=None) -> int:
    wanted = Wanted(
        parts=[(item.pk, cents) for item, cents in parts],
        seen=linking.free_of(money) if seen is None else seen,
        key=key or uuid.uuid4(),
    )
    return linking.link(money=money, wanted=wanted, by=staff("finance", money.organization), now=NOW)


def unlink(money, *links) -> int:
    by = staff("finance", money.organization)
    return linking.unlink(money=money, links=[one.pk for one in links] or None, by=by, now=NOW)


def test_rc_6_one_payment_spread_over_items_of_several_invoices(payer):
    payment = an_excess(payer, 2_500)
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 2_000)
    entries = Entry.objects.count()
    assert link(payment, (first.items.get(), 300), (second.items.get(), 2_000)) == 2_300
    assert links_of(first, second) == [(payment.pk, None, first.pk, 300), (payment.pk, None, second.pk, 2_000)]
    assert (linking.free_of(payment), Entry.objects.count()) == (200, entries)
    told = Trail.objects.get(client=payer, verb="linked").facts
    assert (told["amount"], told["source"]) == (2_300, payment.display_number)


def test_rc_6_a_credit_is_linked_like_a_payment(payer):
    credit, invoice = a_credit(payer, 700), an_invoice(payer, 2_000)
    link(credit, (invoice.items.get(), 700))
    assert links_of(invoice) == [(None, credit.pk, invoice.pk, 700)]


def test_rc_6_unlinked_the_item_is_owed_again_and_the_money_is_free(payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice)
    assert unlink(payment, Allocation.objects.get(payment=payment)) == 2_000
    invoice.refresh_from_db()
    assert (invoice.balance, linking.free_of(payment)) == (2_000, 2_000)
    assert Trail.objects.filter(client=payer, verb="unlinked").count() == 1


def test_rc_6_all_links_of_a_payment_undone_at_once(payer):
    invoices = [an_invoice(payer, 2_000) for _ in range(3)]
    payment = received(payer, *invoices)
    assert unlink(payment) == 6_000
    assert links_of(*invoices) == []


def test_unlinked_twice_is_unlinked_once(payer):
    payment = received(payer, an_invoice(payer, 2_000))
    gone = Allocation.objects.get(payment=payment)
    assert (unlink(payment, gone), unlink(payment, gone), unlink(payment)) == (2_000, 0, 0)
    assert Trail.objects.filter(client=payer, verb="unlinked").count() == 1


def test_a_link_of_another_payment_is_not_undone(payer):
    mine, other = received(payer, an_invoice(payer)), received(payer, an_invoice(payer))
    assert unlink(mine, Allocation.objects.get(payment=other)) == 0
    assert Allocation.objects.count() == 2


def test_a_double_click_links_once(payer):
    payment, invoice, key = an_excess(payer, 2_000), an_invoice(payer, 2_000), uuid.uuid4()
    shown, part = linking.free_of(payment), (invoice.items.get(), 500)
    assert [link(payment, part, seen=shown, key=key) for _click in range(2)] == [500, 0]
    assert links_of(invoice) == [(payment.pk, None, invoice.pk, 500)]


def refused(money, *parts, seen=None) -> str:
    before = list(Allocation.objects.values_list("pk", "amount"))
    with pytest.raises(Refused) as why:
        link(money, *parts, seen=seen)
    assert list(Allocation.objects.values_list("pk", "amount")) == before
    assert not Trail.objects.filter(verb="linked").exists()
    return str(why.value)


def test_more_than_either_side_is_refused(payer):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 300)
    item, other = invoice.items.get(), an_invoice(payer, 9_000).items.get()
    assert "5.00" in refused(payment, (other, 501))
    assert "3.00" in refused(payment, (item, 301))


@pytest.mark.parametrize("cents", [0, -1])
def test_nothing_or_less_is_refused(payer, cents):
    refused(an_excess(payer, 500), (an_invoice(payer, 300).items.get(), cents))
    refused(an_excess(payer, 500))


def test_the_money_of_one_client_pays_no_invoice_of_another(centre, payer):
    other = an_account(centre, "Luc Côté")
    assert sources.available(other) == 0
    refused(an_excess(payer, 500), (an_invoice(other, 300).items.get(), 300))


def test_a_void_invoice_takes_nothing(payer):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 300)

    by, on = staff("finance", payer.organization), payer.organization.local_day(NOW)
    voiding.void(organization=payer.organization, invoice_ids=[invoice.pk], by=by, on=on, now=NOW)
    assert invoice.display_number in refused(payment, (invoice.items.get(), 300))


def test_what_changed_meanwhile_is_refused(payer):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 300)
    item = invoice.items.get()
    assert payment.display_number in refused(payment, (item, 300), seen=600)
    received(payer, invoice)
    assert invoice.display_number in refused(payment, (item, 300))


def test_an_item_being_paid_is_refused(sandbox):
    centre = an_organization(processor_account="")
    payer, by = a_real_payer(centre), staff("finance", centre)
    item = payer.invoices.get().items.get()
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    refused(a_credit(payer, 500), (item, 500))
    charge_everything()


def test_rc_3_staff_choose_at_entry_whether_a_payment_is_reconciled(payer):
    invoice = an_invoice(payer, 2_000)
    left = received(payer, invoice, reconcile=False)
    assert (links_of(invoice), linking.free_of(left)) == ([], 2_000)
    linked = received(payer, invoice, reconcile=True)
    assert links_of(invoice) == [(linked.pk, None, invoice.pk, 2_000)]
    assert Order(total=1).reconcile
