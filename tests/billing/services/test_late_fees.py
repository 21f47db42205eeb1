"""Late fees by rule: who is charged, how much, for which invoices, and never twice for the same."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from billing.models import LateFee, MassRun
from billing.services import invoice_runs, late_fees
from tests.billing.late import a_fee_draft, charged, reasons, written
from tests.billing.views.ways import settled
from tests.billing.ways import a_charge_draft, an_invoice, confirmed, quebec_taxes
from tests.builders import (
    NOW,
    TODAY,
    a_person,
    an_account,
    an_authorization,
    an_opening_balance,
    an_organization,
)
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db


def overdue(centre, name="Marie Roy", cents=2_000, *, days_ago=40, **fields):
    client = an_account(centre, name, **fields)
    an_invoice(client, cents, days_ago=days_ago)
    return client


def three_overdue(centre):
    """Two children and the owner; the first child has two overdue invoices."""
    client = an_account(centre, "Marie Roy")
    lea, noe = a_person(client.account, "Léa Roy"), a_person(client.account, "Noé Roy")
    for person in (lea, lea, noe):
        an_invoice(client, 2_000, person=person, days_ago=40)
    an_invoice(client, 2_000, person=client.account.owner, days_ago=5)
    return client


@pytest.mark.parametrize(("formula", "times"), [("account", 1), ("student", 2), ("invoice", 3)])
def test_w20_the_three_formulas(centre, by, formula, times):
    client = three_overdue(centre)
    run = a_fee_draft(centre, [client], by, formula=formula)
    line = run.lines.get()
    assert (line.quantity, line.amount) == (times, times * 1_500)
    charged(run, by)
    item = run.invoices.get().items.get()
    assert (item.quantity, item.unit_price, item.total) == (times, 1_500, times * 1_500)
    assert set(LateFee.objects.values_list("invoice", flat=True)) == set(
        client.invoices.filter(due_on__lt=TODAY, run=None).values_list("pk", flat=True)
    )


def test_w20_what_an_account_is_charged_at_most(centre, by):
    line = a_fee_draft(centre, [three_overdue(centre)], by, formula="invoice", at_most=3_500).lines.get()
    assert (line.quantity, line.amount) == (2, 3_000)


def test_w20_the_fee_is_taxed_on_the_whole(centre, by):
    quebec_taxes(centre)
    run = a_fee_draft(centre, [three_overdue(centre)], by, formula="invoice", amount=999)
    assert run.lines.get().amount == 2_997 + 150 + 299
    assert charged(run, by).invoices.get().total == run.shown_total == 3_446


def test_w20_the_fee_says_which_invoices_it_is_for(centre, by):
    client = three_overdue(centre)
    numbers = [i.display_number for i in client.invoices.filter(due_on__lt=TODAY).order_by("due_on", "pk")]
    run = charged(a_fee_draft(centre, [client], by), by)
    assert run.invoices.get().items.get().description == f"Frais de retard · {', '.join(numbers)}"


def test_w20_each_exclusion_has_its_reason(centre, by):
    late, early = overdue(centre), overdue(centre, "Paul Côté", days_ago=15)
    small, nothing = overdue(centre, "Anne Roy", 900), an_account(centre, "Luc Roy")
    run = a_fee_draft(centre, [late, early, small, nothing], by, days=6, minimum=1_000)
    expected = {late: "", early: "nothing_overdue", small: "below_minimum", nothing: "nothing_overdue"}
    assert reasons(run) == {client.pk: why for client, why in expected.items()}


def test_w20_days_are_counted_to_the_day(centre, by):
    client = overdue(centre, days_ago=40)
    for days, why in ((30, ""), (31, "nothing_overdue")):
        assert reasons(a_fee_draft(centre, [client], by, days=days)) == {client.pk: why}


def test_w20_what_is_paid_and_not_linked_yet_counts_first(centre, by):
    client = three_overdue(centre)
    an_opening_balance(client, -2_500)
    line = a_fee_draft(centre, [client], by, formula="invoice").lines.get()
    assert (line.quantity, line.item_amounts) == (2, [1_500, 2_000])
    an_opening_balance(client, -5_500)
    assert reasons(a_fee_draft(centre, [client], by)) == {client.pk: "covered"}


def test_w20_what_is_being_paid_is_left_alone(centre, by):
    client = overdue(centre)
    an_authorization(centre, account=client.account)
    charge = confirmed(a_charge_draft(centre, [client.account.owner], by), by)
    assert reasons(a_fee_draft(centre, [client], by)) == {client.pk: "processing"}
    settled(charge.payments.get(), Verdict.DECLINED, "card_declined")
    assert reasons(a_fee_draft(centre, [client], by)) == {client.pk: ""}


def test_w20_never_twice_for_the_same_overdue_invoice(centre, by):
    client = overdue(centre)
    first = charged(a_fee_draft(centre, [client], by), by)
    again = a_fee_draft(centre, [client], by)
    assert reasons(again) == {client.pk: "fee_charged"}
    [shown] = late_fees.shown_of(list(again.lines.all())).values()
    assert shown.charged_by == first.display_number
    an_invoice(client, 3_000, days_ago=30)
    another = a_fee_draft(centre, [client], by, formula="invoice")
    assert (another.lines.get().quantity, another.lines.get().item_amounts) == (1, [3_000])


def test_w20_a_fee_overdue_itself_is_not_charged_for(centre, by):
    client = overdue(centre)
    charged(a_fee_draft(centre, [client], by), by)
    later = NOW + dt.timedelta(days=60)
    line = a_fee_draft_later(centre, client, by, later).lines.get()
    assert (line.reason, len(line.item_ids)) == ("fee_charged", 1)


def a_fee_draft_later(centre, client, by, later, **rule) -> MassRun:
    run = a_fee_draft(centre, [client], by, **rule)
    day = str(centre.local_day(later))
    return invoice_runs.redraft(
        run=run, options=run.options | {"issued_on": day, "due_on": day}, per="account", note="", now=later
    )


def test_w20_again_after_some_days(centre, by):
    client = overdue(centre)
    charged(a_fee_draft(centre, [client], by), by)
    for days, why in ((29, "fee_charged"), (30, "")):
        later = NOW + dt.timedelta(days=days)
        run = a_fee_draft_later(centre, client, by, later, again_after=30)
        assert reasons(run) == {client.pk: why}
    charged(run, by, now=later)
    assert list(LateFee.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_w20_a_voided_fee_may_be_charged_anew(centre, by):
    client = overdue(centre)
    run = charged(a_fee_draft(centre, [client], by), by)
    invoice_runs.void_run(run=run, by=by, on=TODAY, now=NOW)
    assert reasons(a_fee_draft(centre, [client], by)) == {client.pk: ""}


def test_w20_paid_between_the_review_and_the_writing_is_left_out_and_said(centre, by):
    one, two = overdue(centre), overdue(centre, "Paul Côté")
    run = confirmed(a_fee_draft(centre, [one, two], by), by)
    an_opening_balance(one, -2_000)
    written(run)
    assert reasons(run) == {one.pk: "paid_since", two.pk: ""}
    assert list(run.invoices.values_list("client", flat=True)) == [two.pk]
    assert run.state == "finished"


def test_w20_one_of_three_paid_meanwhile_is_charged_for_less(centre, by):
    client = three_overdue(centre)
    run = confirmed(a_fee_draft(centre, [client], by, formula="invoice"), by)
    an_opening_balance(client, -2_000)
    written(run)
    assert run.invoices.get().total == run.lines.get().amount == 3_000
    assert run.shown_total == 4_500


def test_w20_what_became_overdue_since_the_review_is_not_added(centre, by):
    client = overdue(centre)
    run = confirmed(a_fee_draft(centre, [client], by, formula="invoice"), by)
    an_invoice(client, 2_000, days_ago=40)
    written(run)
    assert run.invoices.get().total == 1_500
    assert LateFee.objects.count() == 1


def test_w20_two_runs_reviewed_side_by_side_charge_once(centre, by):
    client = overdue(centre)
    first, second = (a_fee_draft(centre, [client], by, amount=amount) for amount in (1_500, 1_600))
    charged(first, by)
    charged(second, by)
    assert reasons(second) == {client.pk: "fee_charged"}
    assert (second.invoices.count(), second.state) == (0, "finished")


def test_w20_the_database_refuses_the_same_fee_twice(centre, by):
    charged(a_fee_draft(centre, [overdue(centre)], by), by)
    fee = LateFee.objects.get()
    with pytest.raises(IntegrityError, match="late_fee_once_for_an_overdue_invoice"), transaction.atomic():
        LateFee.objects.create(invoice=fee.invoice, line=fee.line, charged_on=TODAY)


def test_w20_from_people_two_of_one_household_are_one_fee(centre, by):
    client = overdue(centre, members=["Léa Roy"])
    ids = list(client.account.people.values_list("pk", flat=True))
    run = a_fee_draft(centre, [client], by)
    options = run.options | {"noun": "people", "ids": ids}
    run = invoice_runs.redraft(run=run, options=options, per="account", note="", now=NOW)
    assert run.lines.count() == 1


def test_w20_another_organizations_overdue_are_not_seen(centre, by):
    stranger = overdue(an_organization())
    assert a_fee_draft(centre, [stranger], by).lines.count() == 0


def test_w20_the_rule_last_used_is_proposed(centre, by):
    assert late_fees.last_used(centre) is None
    a_fee_draft(centre, [overdue(centre)], by, formula="student", days=12)
    assert late_fees.last_used(centre).options["late_fee"]["days"] == 12
    assert late_fees.last_used(an_organization()) is None
