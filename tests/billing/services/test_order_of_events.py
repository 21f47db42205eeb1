"""What happens in another order than it usually does: nobody gains or loses a cent by it."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Client
from billing.models import DeskRefund, DeskRefundPart, Invoice, Payment, PlannedAllocation, Refund
from billing.reports import receivables
from billing.services import (
    cancel_plans,
    credit_memos,
    handing_back,
    invoicing,
    linking,
    matching,
    opening,
    parts,
    reconciling,
    refunding,
    returning,
    sources,
    voiding,
    writing_off,
)
from billing.services.cancel_plans import Part
from billing.services.invoicing import Draft, Line, Terms
from billing.services.reconciling import Link
from billing.services.writing_off import WriteOff
from smartrec.errors import Refused
from tests.billing.credits import a_fee, a_memo, balance, cancelled, given_up, items, terms
from tests.billing.desk import received
from tests.billing.handed_back import a_card_payment, a_deposit, handed_back
from tests.billing.ways import a_charge_draft, an_invoice, confirmed, quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_authorization, an_organization, staff
from wallet.processor import RefundOutcome, Verdict

pytestmark = pytest.mark.django_db
SUCCEEDED = RefundOutcome(verdict=Verdict.SUCCEEDED, refund="re_1")
FAILED = RefundOutcome(verdict=Verdict.DECLINED, reason="lost_or_stolen_card")


@pytest.fixture
def payer() -> Client:
    return an_account(an_organization())


@pytest.fixture
def stranger() -> Client:
    """A client of another centre."""
    return an_account(an_organization(), "Luc Roy")


def linked(payment: Payment, *invoices: Invoice) -> Payment:
    links = [Link(payment_id=payment.pk, item_id=one.items.get().pk, amount=one.total) for one in invoices]
    reconciling.link(links, now=NOW)
    payment.refresh_from_db()
    return payment


def by(client: Client):
    return staff("finance", client.organization)


# What a credit did itself stands until the credit is voided.
def test_a_debt_given_up_never_becomes_credit_that_could_be_used_or_handed_back(payer):
    loss = given_up(an_invoice(payer, 100), 100)
    with pytest.raises(Refused, match="void it"):
        linking.unlink(money=loss, by=by(payer), now=NOW)
    assert (sources.available(payer), balance(payer)) == (0, 0)


def test_a_cancelled_item_is_not_owed_again_by_unlinking_its_credit(payer):
    invoice = an_invoice(payer, 100)
    credit = cancelled(invoice)
    [link] = credit.allocations.all()
    with pytest.raises(Refused, match="void it"):
        linking.unlink(money=credit, links=[link.pk], by=by(payer), now=NOW)
    assert items(invoice) == [(100, 100)]


def test_a_cancellation_stands_while_its_fee_is_given_up(payer):
    invoice = an_invoice(payer, 100)
    credit = cancelled(invoice, fee=a_fee(payer.organization, 20))
    loss = given_up(invoice, 20)
    with pytest.raises(Refused, match=loss.display_number):
        credit_memos.void(credit=credit, by=by(payer), now=NOW)
    for one in (loss, credit):
        credit_memos.void(credit=one, by=by(payer), now=NOW)
    cancelled(invoice)
    assert (balance(payer), sources.available(payer)) == (0, 0)


def test_a_credit_handed_back_is_not_voided_before_its_refund_is(payer):
    credit = a_memo(payer, 100)
    refund = handed_back(payer, (credit, 40))
    with pytest.raises(Refused, match="void that refund first"):
        credit_memos.void(credit=credit, by=by(payer), now=NOW)
    handing_back.void(refund=refund, by=by(payer), now=NOW)
    credit_memos.void(credit=credit, by=by(payer), now=NOW)
    assert (balance(payer), sources.available(payer)) == (0, 0)


# Refunds that meet something else.
def test_what_is_asked_back_already_does_not_go_back_again_with_a_cancellation(payer):
    card, first, second = a_card_payment(payer, 100), an_invoice(payer, 60), an_invoice(payer, 40)
    linked(card, first, second)
    refunding.request_refund(payment=card, amount=50, by=by(payer), now=NOW)
    cancelled(first, refunds=None)
    card.refresh_from_db()
    assert (card.refunded, card.allocated) == (60, 40)


def test_an_amount_asked_back_twice_is_refused_in_words(payer):
    card, first, second = a_card_payment(payer, 100), an_invoice(payer, 60), an_invoice(payer, 40)
    linked(card, first, second)
    refunding.request_refund(payment=card, amount=50, by=by(payer), now=NOW)
    with pytest.raises(Refused, match=r"0\.10"):
        cancelled(first, refunds={card.pk: 11})


def test_a_refund_that_fails_late_leaves_what_was_linked_meanwhile(payer):
    card, first, second = a_card_payment(payer, 100), an_invoice(payer, 100), an_invoice(payer, 100)
    PlannedAllocation.objects.create(payment=card, item=first.items.get(), amount=100)
    refund = refunding.request_refund(payment=card, amount=20, by=by(payer), now=NOW)
    refunding.settle(refund=refund, outcome=SUCCEEDED, now=NOW)
    link = Link(payment_id=card.pk, item_id=second.items.get().pk, amount=80)
    reconciling.link([link], now=NOW)
    refunding.settle(refund=refund, outcome=FAILED, now=NOW)
    assert (items(first), items(second)) == ([(20, 0)], [(80, 0)])


def test_money_the_processor_gave_back_is_booked_even_where_it_was_handed_back_before(payer):
    card = a_card_payment(payer, 100)
    Payment.objects.filter(pk=card.pk).update(processor_payment="pi_1")
    handed_back(payer, (card, 100))
    about = {"payment_intent": "pi_1", "amount": 100}
    account = card.processor_account
    refund = refunding.recognize(processor_refund="re_1", about=about, processor_account=account, now=NOW)
    assert refund is not None
    refunding.settle(refund=refund, outcome=SUCCEEDED, now=NOW)
    assert balance(payer) == 100
    with pytest.raises(Refused, match=r"0\.00"):
        handed_back(payer, (card, 1))


def test_nobody_asks_for_more_than_was_paid_whichever_way(payer):
    card = a_card_payment(payer, 100)
    handed_back(payer, (card, 60))
    with pytest.raises(IntegrityError, match="payment_never_refunded_beyond"), transaction.atomic():
        Refund.objects.create(organization=payer.organization, payment=card, number=1, amount=41, created_at=NOW)
    other = DeskRefund.objects.get(pk=handed_back(payer, (a_deposit(payer), 10, True)).pk)
    with pytest.raises(IntegrityError, match="payment_never_refunded_beyond"), transaction.atomic():
        DeskRefundPart.objects.create(refund=other, payment=card, amount=41)


# What changed since it was shown, and what stays where it is.
def test_an_item_that_changed_since_it_was_shown_is_not_cancelled(payer):
    invoice = an_invoice(payer, 100)
    shown = Part(item_id=invoice.items.get().pk, amount=40, seen=100)
    cancelled(invoice, 30)
    with pytest.raises(Refused, match="changed meanwhile"):
        cancelled(invoice, parts=[shown])


def test_the_rest_of_an_item_frees_the_money_and_leaves_the_first_credit_where_it_is(payer):
    invoice = an_invoice(payer, 100)
    part = parts.Part(invoice_id=invoice.pk, amount=60, seen=100)
    payment = received(payer, parts=[part], total=60)
    first = cancelled(invoice, 40)
    cancelled(invoice, 60)
    for row in (payment, first):
        row.refresh_from_db()
    assert (payment.allocated, first.allocated, items(invoice)) == (0, 40, [(100, 100)])


def test_less_than_nothing_does_not_go_back(payer):
    invoice = an_invoice(payer, 100)
    payment = received(payer, invoice)
    with pytest.raises(Refused, match="above zero"):
        cancelled(invoice, refunds={payment.pk: -5})


def test_a_debt_that_is_being_charged_is_not_given_up(payer):
    centre, owner = payer.organization, payer.account.owner
    an_authorization(centre, account=payer.account)
    invoice = an_invoice(payer, 100, person=owner)
    confirmed(a_charge_draft(centre, [owner], by(payer)), by(payer))
    with pytest.raises(Refused):
        given_up(invoice, 100)
    assert balance(payer) == 100


def test_a_debt_that_changed_since_it_was_shown_is_not_given_up(payer):
    invoice = an_invoice(payer, 100)
    received(payer, parts=[parts.Part(invoice_id=invoice.pk, amount=30, seen=100)], total=30)
    asked = WriteOff(terms=terms(), amount=50, seen=100)
    with pytest.raises(Refused, match="changed meanwhile"):
        writing_off.write_off(invoice=invoice, asked=asked, by=by(payer), now=NOW)


def test_a_refund_voided_after_the_bank_took_the_money_back_pays_nothing(payer):
    card, invoice = a_card_payment(payer, 100), an_invoice(payer, 100)
    PlannedAllocation.objects.create(payment=card, item=invoice.items.get(), amount=100)
    refund = handed_back(payer, (card, 100))
    returning.take_back(attempt=card.attempts.get(), code="insufficient_funds", now=NOW)
    handing_back.void(refund=refund, by=by(payer), now=NOW)
    assert (items(invoice), balance(payer)) == ([(0, 0)], 100)


def test_a_refund_voided_leaves_unlinked_what_staff_left_unlinked(payer):
    invoice = an_invoice(payer, 100)
    payment = received(payer, invoice, reconcile=False)
    refund = handed_back(payer, (payment, 100))
    handing_back.void(refund=refund, by=by(payer), now=NOW)
    assert (items(invoice), sources.available(payer)) == ([(0, 0)], 100)


# The key of a form belongs to one client.
def test_a_key_of_another_organization_is_refused_without_a_word_about_what_it_made(payer, stranger):
    key = uuid.uuid4()
    known = a_memo(stranger, 50, key=key)
    for again in (lambda: a_memo(payer, 50, key=key), lambda: cancelled(an_invoice(payer, 50), key=key)):
        with pytest.raises(Refused, match="another client") as refused:
            again()
        assert known.display_number not in str(refused.value)


@pytest.mark.parametrize("verb", ["receive", "deposit", "hand back"])
def test_a_key_of_another_organization_records_no_money_and_does_not_fail(payer, stranger, verb):
    def record(client: Client, key: uuid.UUID) -> None:
        if verb == "receive":
            received(client, an_invoice(client, 100), key=key)
        elif verb == "deposit":
            a_deposit(client, key=key)
        else:
            handed_back(client, (a_deposit(client), 10, True), key=key)

    key = uuid.uuid4()
    record(stranger, key)
    with pytest.raises(Refused, match="another client"):
        record(payer, key)


def test_a_run_of_another_organization_is_not_started_again(payer, stranger):
    key = uuid.uuid4()
    for client in (stranger, payer):
        asked = {"organization": client.organization, "client_ids": [client.pk], "key": key, "by": by(client)}
        if client == stranger:
            matching.start(**asked, now=NOW)
    with pytest.raises(Refused, match="elsewhere"):
        matching.start(**asked, now=NOW)


def test_a_debt_is_not_said_to_be_given_up_because_another_was(payer):
    first, second, key = an_invoice(payer, 100), an_invoice(payer, 100), uuid.uuid4()
    given_up(first, 100, key=key)
    with pytest.raises(Refused, match="sent already"):
        given_up(second, 100, key=key)


# Days.
def test_an_invoice_dated_ahead_and_voided_leaves_no_credit_until_its_day(payer):
    organization, day = payer.organization, TODAY + dt.timedelta(days=20)
    line = Line(description="Camp", unit_price=100, ledger_code_id=a_ledger_code(organization).pk)
    draft, dates = Draft(client_id=payer.pk, lines=[line]), Terms(issued_on=day, due_on=day)
    made = invoicing.issue(organization=organization, drafts=[draft], terms=dates, by=None, now=NOW)
    assert voiding.void(organization=organization, invoice_ids=made, by=by(payer), on=TODAY, now=NOW) == 1
    for on in (TODAY, day):
        assert receivables.aged(organization=organization, on=on) == []


def test_no_balance_is_brought_along_into_a_closed_period(payer):
    organization = payer.organization
    organization.books_closed_on = TODAY - dt.timedelta(days=5)
    organization.save()
    day = TODAY - dt.timedelta(days=10)
    with pytest.raises(Refused, match="closed"):
        opening.open_balances(organization=organization, balances={payer.pk: -100}, by=None, on=day, now=NOW)


# Rounding.
@pytest.mark.parametrize("cents", [1, 7, 333, 5_001])
def test_an_item_cancelled_cent_by_cent_comes_out_at_nothing(payer, cents):
    quebec_taxes(payer.organization)
    invoice = an_invoice(payer, 10_007, taxed=True)
    rest = invoice.total
    while rest:
        taken = min(cents if invoice.total // cents < 60 else rest // 7 + 1, rest)
        cancelled(invoice, taken)
        rest -= taken
    item = cancel_plans.items_of(invoice)[0]
    gone = cancel_plans._taken_back(invoice)
    assert gone[item.pk, None] == item.subtotal
    assert [gone[item.pk, tax.tax_id] for tax in item.taxes.all()] == [tax.amount for tax in item.taxes.all()]
    assert balance(payer) == 0
