"""Items of an invoice taken back: what is owed, what pays what, what is in the books, and what goes back."""

import datetime as dt

import pytest

from billing import ledger
from billing.models import Allocation, Credit, CreditLine, DeskRefund, Entry, InvoiceItem, Refund
from billing.services import cancel_plans, credit_memos, sources
from billing.services.cancel_plans import Cancellation
from smartrec.errors import Refused
from tests.billing.credits import (
    a_fee,
    a_key,
    a_memo,
    an_invoice_of,
    balance,
    booked,
    cancelled,
    given_up,
    items,
    parts_of,
    terms,
)
from tests.billing.desk import received, whole
from tests.billing.ways import quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com")


def test_rf_1_ticked_items_alone_are_credited_and_the_rest_stays_owed(payer):
    invoice = an_invoice_of(payer, 3_000, 2_000)
    credit = cancelled(invoice, 3_000)
    invoice.refresh_from_db()
    assert (credit.kind, credit.total, credit.unused) == ("cancellation", 3_000, 0)
    assert (items(invoice), balance(payer), invoice.status(TODAY)) == ([(3_000, 3_000), (0, 0)], 2_000, "open")
    assert booked(credit) == [("revenue 4100", "receivable", 3_000)]


def test_cb_1_a_cancellation_lowers_what_is_owed_and_moves_no_money(payer):
    invoice = an_invoice_of(payer, 3_000)
    received(payer, invoice)
    cancelled(invoice)
    kinds = set(payer.transfers.values_list("debit__kind", "credit__kind"))
    assert (balance(payer), ("revenue", "receivable") in kinds) == (-3_000, True)
    assert payer.transfers.filter(debit__kind="till").count() == 1
    assert not payer.transfers.filter(credit__kind="till").exists()


def test_rf_2_credit_without_refund_leaves_the_money_as_credit(payer):
    invoice = an_invoice_of(payer, 3_000, 2_000)
    payment = received(payer, invoice)
    credit = cancelled(invoice, 3_000)
    payment.refresh_from_db()
    assert (payment.allocated, credit.allocated, balance(payer)) == (2_000, 3_000, -3_000)
    assert (items(invoice), sources.available(payer)) == ([(3_000, 3_000), (2_000, 0)], 3_000)


def test_rf_2_credit_all_and_hand_back_all_is_a_full_reimbursement(payer):
    invoice = an_invoice_of(payer, 3_000)
    payment = received(payer, invoice)
    cancelled(invoice, refunds={payment.pk: 3_000}, given_as="cash")
    invoice.refresh_from_db()
    assert (balance(payer), sources.available(payer), invoice.status(TODAY)) == (0, 0, "cancelled")
    assert DeskRefund.objects.get().amount == 3_000


def test_rf_3_a_percent_of_each_line_takes_back_its_taxes_in_proportion(centre, payer):
    quebec_taxes(centre)
    invoice = an_invoice_of(payer, 10_000, taxed=True)
    credit = cancelled(invoice, 5_749)
    assert booked(credit) == [
        ("revenue 4100", "receivable", 5_000),
        ("tax GST", "receivable", 250),
        ("tax QST", "receivable", 499),
    ]


@pytest.mark.parametrize("cuts", [(1, 1, 1), (333, 1_000, 7), (5_749,), (11_497,)])
def test_rf_3_however_it_is_cut_the_last_cancellation_takes_what_is_left_to_the_cent(centre, payer, cuts):
    quebec_taxes(centre)
    invoice = an_invoice_of(payer, 10_000, taxed=True)
    for cut in cuts:
        cancelled(invoice, cut)
    rest = cancelled(invoice, 11_498 - sum(cuts))
    assert rest.state == "issued"
    sums = {
        kind: sum(t.amount for t in payer.transfers.filter(debit__kind="tax", debit__tax__code=kind))
        for kind in ("GST", "QST")
    }
    assert sums == {"GST": 500, "QST": 998}
    assert (balance(payer), items(invoice)) == (0, [(11_498, 11_498)])


def test_rf_1_a_fee_keeps_the_credit_lower_under_its_own_code(centre, payer):
    quebec_taxes(centre)
    taxes = list(centre.taxes.values_list("pk", flat=True))
    invoice = an_invoice_of(payer, 10_000)
    payment = received(payer, invoice)
    credit = cancelled(invoice, fee=a_fee(centre, 1_000, treatment="added", taxes=taxes))
    payment.refresh_from_db()
    assert (credit.total, credit.subtotal, credit.tax_total) == (8_850, 9_000, -150)
    assert booked(credit)[1:] == [
        ("receivable", "revenue 4950", 1_000),
        ("receivable", "tax GST", 50),
        ("receivable", "tax QST", 100),
    ]
    assert (payment.allocated, items(invoice), balance(payer)) == (1_150, [(10_000, 10_000)], -8_850)


def test_a_fee_on_unpaid_items_is_what_remains_owed_and_can_be_given_up(centre, payer):
    invoice = an_invoice_of(payer, 10_000)
    cancelled(invoice, fee=a_fee(centre, 1_000))
    invoice.refresh_from_db()
    assert (invoice.balance, balance(payer), invoice.status(TODAY)) == (1_000, 1_000, "open")
    given_up(invoice, 1_000)
    invoice.refresh_from_db()
    assert (invoice.balance, balance(payer), invoice.status(TODAY)) == (0, 0, "cancelled")


def test_a_fee_as_large_as_the_credit_is_refused(centre, payer):
    invoice = an_invoice_of(payer, 1_000)
    with pytest.raises(Refused, match="lower than what is cancelled"):
        cancelled(invoice, fee=a_fee(centre, 1_000))
    assert (Credit.objects.count(), balance(payer)) == (0, 1_000)


def test_what_was_unpaid_is_settled_first_and_the_rest_frees_the_newest_money(payer):
    invoice = an_invoice_of(payer, 10_000)
    [item] = invoice.items.all()
    first = received(payer, parts=[part_of(invoice, 3_000)])
    second = received(payer, parts=[part_of(invoice, 5_000)])
    cancelled(invoice, 6_000)
    found = {link.payment_id or "credit": link.amount for link in Allocation.objects.filter(item=item)}
    assert found == {first.pk: 3_000, second.pk: 1_000, "credit": 6_000}
    assert (balance(payer), sources.available(payer)) == (-4_000, 4_000)


def part_of(invoice, cents):
    [part] = whole(invoice)
    return type(part)(invoice_id=part.invoice_id, amount=cents, seen=part.seen)


def test_the_payment_that_is_to_go_back_is_freed_before_newer_ones(payer):
    invoice = an_invoice_of(payer, 10_000)
    first = received(payer, parts=[part_of(invoice, 6_000)])
    second = received(payer, parts=[part_of(invoice, 4_000)])
    cancelled(invoice, 5_000, refunds={first.pk: 5_000}, given_as="cash")
    for payment in (first, second):
        payment.refresh_from_db()
    assert [(p.allocated, p.refunded) for p in (first, second)] == [(1_000, 5_000), (4_000, 0)]
    assert balance(payer) == 0


def test_a_credit_that_had_paid_is_free_again(payer):
    memo = a_memo(payer, 2_000)
    invoice = an_invoice_of(payer, 2_000)
    Allocation.objects.create(credit=memo, item=invoice.items.get(), amount=2_000, created_at=NOW)
    cancelled(invoice)
    memo.refresh_from_db()
    assert (memo.unused, sources.available(payer), balance(payer)) == (2_000, 2_000, -2_000)


def test_what_is_not_earned_yet_is_taken_back_first_and_given_back_when_voided(centre, payer):
    invoice = an_invoice_of(payer, 10_000)
    defer(invoice, 4_000)
    credit = cancelled(invoice, 6_000)
    assert booked(credit) == [("deferred 4100", "receivable", 4_000), ("revenue 4100", "receivable", 2_000)]
    assert invoice.items.get().deferred == 0
    credit_memos.void(credit=credit, by=staff("finance", centre), now=NOW)
    assert (invoice.items.get().deferred, items(invoice), balance(payer)) == (4_000, [(0, 0)], 10_000)


def defer(invoice, cents) -> None:
    """As if so much of the line were earned later."""
    item = invoice.items.get()
    InvoiceItem.objects.filter(pk=item.pk).update(deferred=cents, service_from=TODAY, service_to=TODAY)
    sides = {
        kind: ledger.bucket(organization_id=invoice.organization_id, kind=kind, ledger_code=item.ledger_code).pk
        for kind in ("revenue", "deferred")
    }
    ledger.post(
        [
            ledger.Posting(
                organization_id=invoice.organization_id,
                reference=f"deferred/{item.pk}",
                kind="deferred",
                happened_on=TODAY,
                client_id=None,
                legs=[(sides["revenue"], sides["deferred"], cents)],
            )
        ],
        now=NOW,
    )


# What is refused, and nothing moves.


@pytest.mark.parametrize("amount", [0, -5, 2_001, 2**63])
def test_an_amount_that_cannot_be_cancelled_is_refused(payer, amount):
    invoice = an_invoice_of(payer, 2_000)
    [part] = parts_of(invoice)
    wrong = Cancellation(terms=terms(), parts=[type(part)(item_id=part.item_id, amount=amount)], refunds={})
    with pytest.raises(Refused):
        cancel_plans.draw_up(invoice=invoice, cancellation=wrong)
    with pytest.raises(Refused):
        cancelled(invoice, parts=wrong.parts)
    assert (Credit.objects.count(), balance(payer), items(invoice)) == (0, 2_000, [(0, 0)])


def test_more_than_what_is_left_of_an_item_is_refused(payer):
    invoice = an_invoice_of(payer, 2_000)
    cancelled(invoice, 1_500)
    with pytest.raises(Refused, match=r"5\.00"):
        cancelled(invoice, 501)
    assert items(invoice) == [(1_500, 1_500)]


def test_an_item_of_another_invoice_or_ticked_twice_is_refused(payer):
    invoice, other = an_invoice_of(payer, 2_000), an_invoice_of(payer, 2_000)
    for wrong in (parts_of(other), parts_of(invoice, 500) * 2, []):
        with pytest.raises(Refused):
            cancelled(invoice, parts=wrong)
    assert Credit.objects.count() == 0


@pytest.mark.parametrize(
    ("day", "said"),
    [(TODAY + dt.timedelta(1), "after today"), (TODAY - dt.timedelta(1), "before the invoice")],
)
def test_a_day_that_cannot_be_is_refused(payer, day, said):
    invoice = an_invoice_of(payer, 2_000)
    with pytest.raises(Refused, match=said):
        cancelled(invoice, on=day)
    assert Entry.objects.filter(kind="credit").count() == 0


def test_a_day_in_a_closed_period_is_refused(centre, payer):
    invoice = an_invoice_of(payer, 2_000)
    type(centre).objects.update(books_closed_on=TODAY)
    invoice.client.organization.refresh_from_db()
    with pytest.raises(Refused, match="closed"):
        cancelled(invoice)
    assert balance(payer) == 2_000


def test_a_code_or_a_tax_of_another_organization_is_refused(centre, payer):
    invoice, other = an_invoice_of(payer, 2_000), an_organization()
    theirs = quebec_taxes(other)[0].pk
    for fee in (a_fee(other, 100), a_fee(centre, 100, treatment="added", taxes=[theirs])):
        with pytest.raises(Refused):
            cancelled(invoice, fee=fee)
    assert Credit.objects.count() == 0


def test_a_refund_beyond_what_these_items_were_paid_with_is_refused(payer):
    invoice, other = an_invoice_of(payer, 2_000), an_invoice_of(payer, 5_000)
    payment = received(payer, invoice, other)
    with pytest.raises(Refused, match=r"20\.00"):
        cancelled(invoice, refunds={payment.pk: 2_001}, given_as="cash")
    assert (Credit.objects.count(), DeskRefund.objects.count(), balance(payer)) == (0, 0, 0)


def test_money_back_without_saying_how_undoes_the_whole_cancellation(payer):
    invoice = an_invoice_of(payer, 2_000)
    payment = received(payer, invoice)
    with pytest.raises(Refused):
        cancelled(invoice, refunds={payment.pk: 2_000})
    payment.refresh_from_db()
    assert (Credit.objects.count(), payment.allocated, items(invoice)) == (0, 2_000, [(2_000, 0)])


def test_the_same_form_cancels_once_and_a_changed_one_is_refused(payer):
    invoice, key = an_invoice_of(payer, 2_000, 1_000), a_key()
    payment = received(payer, invoice)
    first = cancelled(invoice, 500, key=key, refunds={payment.pk: 500}, given_as="cash")
    assert cancelled(invoice, 500, key=key, refunds={payment.pk: 500}, given_as="cash") == first
    with pytest.raises(Refused, match=first.display_number):
        cancelled(invoice, 600, key=key)
    assert (Credit.objects.count(), DeskRefund.objects.count(), Refund.objects.count()) == (1, 1, 0)


def test_the_questions_do_not_grow_with_the_lines(payer, django_assert_max_num_queries):
    by = staff("finance", payer.organization)
    small, large = an_invoice_of(payer, 1_000), an_invoice_of(payer, *[1_000] * 30)
    received(payer, small)
    received(payer, large)
    with django_assert_max_num_queries(60) as few:
        cancelled(small, by=by)
    with django_assert_max_num_queries(len(few)):
        cancelled(large, by=by)
    assert CreditLine.objects.count() == 31


def test_a_code_is_still_taken_back_once_it_is_out_of_use(payer):
    invoice = an_invoice_of(payer, 2_000)
    code = a_ledger_code(payer.organization)
    type(code).objects.update(is_active=False)
    assert cancelled(invoice).total == 2_000
