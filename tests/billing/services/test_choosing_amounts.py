"""What a mass charge takes from whom: chosen amounts, chosen invoices, everyone told first, planned payments seen."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Attempt, DebitNotice, MassRun
from billing.services import announcing, charge_runs, upcoming
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.money import a_real_payer, charge_everything, successes
from tests.billing.views.ways import a_payer
from tests.billing.ways import a_charge_draft, an_invoice, an_invoice_run, confirmed
from tests.builders import NOW, TODAY, an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return an_organization(processor_account="")


def amounts(run) -> list[tuple[int, str]]:
    return list(run.lines.order_by("position").values_list("amount", "reason"))


def test_mc_p1_a_fixed_amount_left_blank_is_refused_and_drafts_nothing(centre, by):
    payer = a_payer(centre)
    for blank in ({"which": "fixed"}, {"which": "fixed", "amount": 0}, {"which": "run"}):
        with pytest.raises(Refused):
            a_charge_draft(centre, [payer.account.owner], by, **blank)
    assert MassRun.objects.count() == 0


def test_mc_p1_what_is_overdue_alone(centre, by):
    payer = a_payer(centre)
    an_invoice(payer, 700, person=payer.account.owner, days_ago=40)
    assert amounts(a_charge_draft(centre, [payer.account.owner], by, which="overdue")) == [(700, "")]


def test_mc_p1_the_review_changes_what_is_charged(centre, by):
    payer = a_payer(centre, cents=9_900)
    source = an_invoice_run(centre, [payer.account.owner], by, cents=500)
    run = a_charge_draft(centre, [payer.account.owner], by)
    for choice, cents in (
        ({"which": "fixed", "amount": 2_500}, 2_500),
        ({"which": "run", "amount": None, "source": source}, 500),
        ({"which": "balance", "at_most": 1_000}, 1_000),
    ):
        run = charge_runs.choose(run=run, now=NOW, on=TODAY, **choice)
        assert amounts(run) == [(cents, "")]


def test_mc_p2_mc_3_the_review_knows_both_ways_and_how_many_accounts_differ(centre, by):
    payer = a_payer(centre)
    child = an_account(centre, "Sans Méthode").account.owner
    run = a_charge_draft(centre, [payer.account.owner, child], by)
    assert (run.options["counts"], run.options["totals"]) == (
        {"person": 1, "account": 1},
        {"person": 2_000, "account": 2_000},
    )
    assert run.options["shared"] == 0


def test_mc_p9_money_taken_within_the_days_of_the_organization_is_pointed_out(centre, by):
    payer = a_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    Attempt.objects.update(state="declined", sent_at=NOW, settled_at=NOW)
    Attempt.objects.move("succeeded", sent_at=NOW - dt.timedelta(days=2))
    an_invoice(payer, 700, person=payer.account.owner)
    assert a_charge_draft(centre, [payer.account.owner], by).lines.get().flags == []
    centre.recent_days = 3
    centre.save()
    assert a_charge_draft(centre, [payer.account.owner], by).lines.get().flags == ["charged_recently"]
    Attempt.objects.update(state="created", sent_at=None, settled_at=None)


@pytest.mark.parametrize(("days", "seen"), [(3, True), (30, False)])
def test_mc_p9_a_payment_another_room_plans_is_pointed_out_when_it_is_near(centre, by, days, seen):
    payer = a_payer(centre)
    day = TODAY + dt.timedelta(days=days)

    def installments(*, organization, client_ids, first, last):
        return {pk: day for pk in client_ids if first <= day <= last}

    upcoming.ask(installments)
    try:
        line = a_charge_draft(centre, [payer.account.owner], by).lines.get()
    finally:
        upcoming.forget(installments)
    assert (line.state, line.flags) == ("included", [f"planned:{day}"] if seen else [])


def test_mc_p9_a_charge_announced_for_a_near_day_is_pointed_out(centre, by):
    payer = a_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by, notice_days=5), by)
    an_invoice(payer, 700, person=payer.account.owner)
    line = a_charge_draft(centre, [payer.account.owner], by).lines.get()
    assert line.flags == [f"planned:{TODAY + dt.timedelta(days=5)}"]


def test_everyone_is_told_first_and_charged_on_the_day_also_by_card(sandbox, centre, by):
    payer = a_real_payer(centre)
    draft = a_charge_draft(centre, [payer.account.owner], by, notice_days=5)
    day = TODAY + dt.timedelta(days=5)
    assert announcing.coming_notices(run=draft, on=TODAY) == [(day, 1)]
    confirmed(draft, by)
    letter = Message.objects.get(kind="debit_notice")
    assert (letter.facts["debit_on"], letter.facts["method_kind"]) == (str(day), "card")
    charge_everything(now=NOW)
    assert (Attempt.objects.get().state, successes(sandbox)) == ("created", {})
    charge_everything(now=NOW + dt.timedelta(days=6))
    assert (Attempt.objects.get().state, list(successes(sandbox).values())) == ("succeeded", [1])


def test_mc_p3_an_amount_other_than_the_one_announced_never_leaves(sandbox, centre, by):
    payer = a_real_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by, notice_days=5), by)
    DebitNotice.objects.update(amount=1_900)
    charge_everything(now=NOW + dt.timedelta(days=6))
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "not_announced", {})


def test_mc_p3_a_card_that_expired_since_the_review_is_left_out(sandbox, centre, by):
    payer = a_real_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    payer.account.payment_methods.update(exp_year=2026, exp_month=10)
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "card_expired", {})


def test_mc_p3_a_card_removed_since_the_review_is_left_out(sandbox, centre, by):
    payer = a_real_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    payer.account.payment_methods.update(status="removed", is_default=False)
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, successes(sandbox)) == ("not_sent", "authorization_withdrawn", {})


def test_mc_p3_of_two_runs_of_the_same_debt_one_leaves(sandbox, centre, by):
    payer = a_real_payer(centre)
    reviewed = [a_charge_draft(centre, [payer.account.owner], by, at_most=cents) for cents in (None, 1_500)]
    for draft in reviewed:
        confirmed(draft, by)
    charge_everything()
    charge_everything(now=NOW + dt.timedelta(days=2))
    assert list(successes(sandbox).values()) == [1]
    assert sorted(Attempt.objects.values_list("state", "reason")) == [("not_sent", "already_paid"), ("succeeded", "")]


@pytest.mark.parametrize("people", [0, 1, 101])
def test_w3_a_list_of_any_length_is_reviewed(centre, by, people):
    payers = [a_payer(centre, f"Payeur {n:03}") for n in range(people)]
    run = a_charge_draft(centre, [payer.account.owner for payer in payers], by)
    assert (run.lines.count(), run.selection_size) == (people, people)
    assert sum(cents for cents, _reason in amounts(run)) == people * 2_000


def test_w18_drafting_asks_as_many_questions_for_sixty_as_for_one(centre, by):
    payers = [a_payer(centre, f"Payeur {n:03}") for n in range(60)]
    owners = [payer.account.owner for payer in payers]
    with CaptureQueriesContext(connection) as one:
        a_charge_draft(centre, owners[:1], by)
    with CaptureQueriesContext(connection) as sixty:
        a_charge_draft(centre, owners, by)
    assert len(sixty) == len(one)
