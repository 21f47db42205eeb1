"""What the processor keeps is read from its own account and booked once, on the day it happened."""

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from billing.models import Entry, ProcessorFee
from billing.reports.books import trial_balance
from billing.reports.fees import fees
from billing.services import processor_fees
from tests.billing.given_back import BANK, a_paid_invoice, a_refund, hear_everything, send_refunds
from tests.builders import an_organization
from wallet.processor import Movement, ProcessorUnavailable
from wallet.processor.registry import get_processor

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="")


def sweep() -> int:
    return processor_fees.book_new(processor=get_processor(), now=timezone.now())


def books(centre) -> dict[str, int]:
    on = centre.local_day(timezone.now())
    return {row.account: row.balance for row in trial_balance(organization=centre, on=on)}


def test_the_fees_of_a_card_and_of_a_debit_are_booked_once(centre, sandbox):
    a_paid_invoice(centre, sandbox)
    a_paid_invoice(centre, sandbox, BANK, "Luc Roy")
    assert (sweep(), sweep()) == (2, 0)
    # 2.9 % of 20.00 and 30 cents; 1 % of 20.00.
    assert sorted(ProcessorFee.objects.values_list("amount", flat=True)) == [20, 88]
    assert (books(centre)["fees"], books(centre)["clearing"]) == (108, 4_000 - 108)


def test_a_refund_gives_no_fee_back_and_a_dispute_costs_more(centre, sandbox):
    refunded, disputed = a_paid_invoice(centre, sandbox), a_paid_invoice(centre, sandbox, name="Luc Roy")
    a_refund(refunded)
    send_refunds()
    sandbox.dispute(disputed.payment.processor_payment)
    hear_everything()
    sweep()
    assert (books(centre)["fees"], books(centre)["clearing"]) == (2 * 88 + 1_500, -(2 * 88 + 1_500))
    [row] = fees(organization=centre, since=dt.date(2020, 1, 1), until=dt.date(2100, 1, 1))
    assert (row.count, row.kept, row.given_back, row.net) == (3, 1_676, 0, 1_676)


def test_what_comes_later_is_booked_with_its_own_batch(centre, sandbox):
    a_paid_invoice(centre, sandbox)
    sweep()
    a_paid_invoice(centre, sandbox, name="Luc Roy")
    assert (sweep(), Entry.objects.filter(kind="fee").count(), books(centre)["fees"]) == (1, 2, 176)


def test_a_fee_given_back_and_one_kept_stand_in_one_entry(centre, sandbox):
    paid = a_paid_invoice(centre, sandbox)
    at = timezone.now()
    kept = Movement(id="txn_1", kind="stripe_fee", amount=-500, fee=0, currency="CAD", source="", at=at)
    back = dataclasses.replace(kept, id="txn_2", kind="adjustment", amount=2_000, fee=-500)
    processor_fees._book_all(paid.payment.processor_account, [kept, back], at)
    assert Entry.objects.get(kind="fee").transfers.count() == 2
    assert books(centre).get("fees", 0) == 0


def test_what_happened_in_a_closed_period_is_booked_today(centre, sandbox):
    a_paid_invoice(centre, sandbox)
    today = centre.local_day(timezone.now())
    tomorrow = timezone.now() + dt.timedelta(days=1)
    centre.books_closed_on = today
    centre.save(update_fields=["books_closed_on"])
    processor_fees.book_new(processor=get_processor(), now=tomorrow)
    assert Entry.objects.get(kind="fee").happened_on == today + dt.timedelta(days=1)


class OutOfReach:
    """A processor that answers nothing."""

    def list_movements(self, **about):
        raise ProcessorUnavailable("no answer")


def test_an_account_out_of_reach_is_asked_again_later(centre, sandbox):
    a_paid_invoice(centre, sandbox)
    assert (processor_fees.book_new(processor=OutOfReach(), now=timezone.now()), sweep()) == (0, 1)


def test_in_an_account_of_several_the_charge_says_whose_it_was(centre, sandbox):
    other = an_organization(processor_account="")
    a_paid_invoice(centre, sandbox)
    a_paid_invoice(other, sandbox, name="Luc Roy")
    sweep()
    assert (books(centre)["fees"], books(other)["fees"]) == (88, 88)
