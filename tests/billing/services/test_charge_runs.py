import pytest

from accounts.models import Trail
from billing.models import Attempt, MassRun, Payment
from billing.services import charge_runs, runs, starting
from billing.services.runs import NotADraft, ShownDiffers
from tests.billing.ways import a_charge_draft, an_invoice, an_invoice_run, confirmed
from tests.builders import (
    NOW,
    TODAY,
    a_client,
    a_saved_method,
    an_account,
    an_authorization,
    an_organization,
)

pytestmark = pytest.mark.django_db


def a_payer(centre, name="Marie Roy", *, cents=2_000, kind="card", **method):
    """A client who owes and lets the centre charge a method."""
    client = an_account(centre, name)
    an_authorization(centre, method=a_saved_method(client.account, kind, **method))
    an_invoice(client, cents, person=client.account.owner)
    return client


def test_s32_someone_who_owes_nothing_is_reported_not_charged(centre, by):
    payer, other = a_payer(centre), an_account(centre, "Paul Côté")
    an_authorization(centre, account=other.account)
    run = a_charge_draft(centre, [payer.account.owner, other.account.owner], by)
    assert dict(run.lines.values_list("client", "reason")) == {payer.pk: "", other.pk: "nothing_due"}


def test_s8_a_method_authorized_elsewhere_is_not_charged_here(centre, by):
    elsewhere = an_organization()
    client = an_account(centre)
    a_client(elsewhere, client.account)
    an_authorization(elsewhere, method=a_saved_method(client.account))
    an_invoice(client, person=client.account.owner)
    [line] = a_charge_draft(centre, [client.account.owner], by).lines.all()
    assert (line.reason, line.method) == ("no_authorization", None)


def test_confirming_writes_one_payment_and_one_attempt_per_line(centre, by):
    payers = [a_payer(centre, f"Payeur N{n}", cents=1_000 * n) for n in (1, 2, 3)]
    run = confirmed(a_charge_draft(centre, [p.account.owner for p in payers], by), by)
    assert (run.state, run.shown_count, run.shown_total) == ("running", 3, 6_000)
    assert sorted(Payment.objects.values_list("amount", "number")) == [(1_000, 1), (2_000, 2), (3_000, 3)]
    assert list(Attempt.objects.values_list("state", "number")) == [("created", 1)] * 3
    assert {p.planned_allocations.get().amount for p in Payment.objects.all()} == {1_000, 2_000, 3_000}


def test_confirming_twice_charges_once(centre, by):
    run = a_charge_draft(centre, [a_payer(centre).account.owner], by)
    confirmed(run, by)
    with pytest.raises(NotADraft):
        starting.confirm(run=run, count=1, total=2_000, by=by, now=NOW)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(("count", "total"), [(2, 2_000), (1, 1_999), (0, 0)])
def test_nothing_is_charged_when_the_figures_are_not_those_shown(centre, by, count, total):
    run = a_charge_draft(centre, [a_payer(centre).account.owner], by)
    with pytest.raises(ShownDiffers):
        starting.confirm(run=run, count=count, total=total, by=by, now=NOW)
    assert (Payment.objects.count(), MassRun.objects.get().state) == (0, "draft")


def test_a_debt_being_charged_is_excluded_from_the_next_run(centre, by):
    payer = a_payer(centre)
    confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    [line] = a_charge_draft(centre, [payer.account.owner], by).lines.all()
    assert line.reason == "processing"


def test_a_removed_line_stays_removed_when_the_choices_change(centre, by):
    one, two = a_payer(centre, "Une Roy"), a_payer(centre, "Deux Roy")
    run = a_charge_draft(centre, [one.account.owner, two.account.owner], by)
    charge_runs.exclude(run=run, line_id=run.lines.get(client=one).pk)
    charge_runs.choose(run=run, now=NOW, on=TODAY, order="bank_first", note="Automne")
    assert dict(run.lines.values_list("client", "reason")) == {one.pk: "removed", two.pk: ""}
    charge_runs.include(run=run, line_id=run.lines.get(client=one).pk)
    assert run.lines.filter(state="included").count() == 2


def test_mc_3_s34_the_review_switches_between_people_and_accounts(centre, by):
    client = an_account(centre, "Marie Roy", ["Léa Roy", "Noé Roy"])
    an_authorization(centre, method=a_saved_method(client.account))
    children = list(client.account.people.exclude(pk=client.account.owner_id))
    for child in children:
        an_invoice(client, person=child)
    run = a_charge_draft(centre, children, by)
    assert [line.amount for line in run.lines.all()] == [2_000, 2_000]
    charge_runs.choose(run=run, now=NOW, on=TODAY, per="account")
    assert [line.amount for line in run.lines.all()] == [4_000]


def test_mc_p1_mc_p7_charging_the_invoices_of_a_run_leaves_older_debts_alone(centre, by):
    payer = a_payer(centre, cents=9_900)
    source = an_invoice_run(centre, [payer.account.owner], by, cents=500)
    run = charge_runs.draft(
        organization=centre, noun="people", ids=[payer.account.owner_id], by=by, now=NOW, on=TODAY, source=source
    )
    assert [line.amount for line in run.lines.all()] == [500]


def test_stopping_cancels_what_was_not_sent_and_says_so(centre, by):
    run = confirmed(a_charge_draft(centre, [a_payer(centre).account.owner], by), by)
    assert runs.stop(run=run, by=by, now=NOW) is True
    assert runs.stop(run=run, by=by, now=NOW) is False
    assert Attempt.objects.get().state == "cancelled"
    assert "charge_stopped" in Trail.objects.values_list("verb", flat=True)


def test_a_paused_run_resumes_where_it_was(centre, by):
    run = confirmed(a_charge_draft(centre, [a_payer(centre).account.owner], by), by)
    assert runs.pause(run=run, by=by, now=NOW)
    assert runs.resume(run=run, by=by, now=NOW)
    assert MassRun.objects.get().state == "running"
    assert not runs.resume(run=run, by=by, now=NOW)


def test_a_removed_line_is_not_charged_again_by_switching_between_people_and_accounts(centre, by):
    client = an_account(centre, "Marie Roy", ["Léa Roy"])
    an_authorization(centre, method=a_saved_method(client.account))
    child = client.account.people.exclude(pk=client.account.owner_id).get()
    an_invoice(client, person=child)
    run = a_charge_draft(centre, [child], by)
    charge_runs.exclude(run=run, line_id=run.lines.get().pk)
    for per in ("account", "person"):
        charge_runs.choose(run=run, now=NOW, on=TODAY, per=per)
        run.refresh_from_db()
        assert [line.reason for line in run.lines.all()] == ["removed"]
