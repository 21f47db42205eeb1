"""The report of a run: figures that add up to what was confirmed, reasons in words, in the reader's language."""

import pytest

from billing.documents import run_reports
from billing.documents import runs as reports
from billing.models import MassRun
from billing.views.run_papers import came_of
from tests.billing.late import a_fee_draft, written
from tests.billing.views.ways import a_finished_charge, at
from tests.billing.ways import an_invoice, an_invoice_run, confirmed
from tests.builders import NOW, an_account, an_opening_balance
from wallet.processor import Verdict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
OK, WAITS, NO = Verdict.SUCCEEDED, Verdict.PENDING, Verdict.DECLINED


def facts(run: MassRun, language: str = "en") -> dict:
    return reports.run_facts(run, came=came_of(run, NOW), asked=["Balance: Owes"], language=language, now=NOW)


def test_mc_p8_the_figures_of_the_report_add_up_to_what_was_confirmed(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,), (OK,), (WAITS,), (NO, "insufficient_funds")])
    rows = facts(run)["figures"]["rows"]
    assert rows == [
        ["Succeeded", "2", "$40.00"],
        ["Processing", "1", "$20.00"],
        ["Failed", "1", "$20.00"],
        ["Confirmed in all", "4", "$80.00"],
        ["Excluded at the start", "0", "$0.00"],
    ]


def test_failures_say_who_how_and_why(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds"), (OK,)])
    [part] = facts(run)["parts"]
    [row] = part["rows"]
    assert row == ["Payeur N001", "Visa ending in 4242", "Insufficient funds", "$20.00"]


def test_a_report_says_when_not_every_failure_is_in_it(centre, desk, monkeypatch):
    monkeypatch.setattr(run_reports, "ROWS", 2)
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")] * 5)
    [part] = facts(run)["parts"]
    assert (len(part["rows"]), part["note"]) == (2, "And 3 more: the CSV file has them all.")


def test_in_french_it_is_french(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")])
    said = facts(run, "fr")
    assert said["language"] == "fr"
    assert said["parts"][0]["rows"][0][2:] == ["Fonds insuffisants", "20,00\N{NO-BREAK SPACE}$"]


@pytest.mark.parametrize("kind", ["charge", "invoice"])
def test_it_is_a_document(centre, desk, kind):
    if kind == "charge":
        run = a_finished_charge(centre, desk.user, [(OK,), (NO, "expired_card")])
        answer = desk.get(at(centre, "mass-charge-report", run.pk))
    else:
        run = an_invoice_run(centre, [an_account(centre).account.owner], desk.user)
        answer = desk.get(at(centre, "bulk-invoice-report", run.pk))
    assert answer.content.startswith(b"%PDF-")
    assert f"{run.display_number}-report.pdf" in answer["Content-Disposition"]


def test_a_run_under_way_has_no_report_yet(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    MassRun.objects.filter(pk=run.pk).update(state="running", ended_at=None)
    answer = desk.get(at(centre, "mass-charge-report", run.pk), follow=True)
    assert "The report is there once the run has ended." in answer.content.decode()


def test_mc_p8_what_changed_since_the_review_is_told_by_reason(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,), (None,), (None,)])
    for reason, payment in zip(
        ("already_paid", "authorization_withdrawn"), run.payments.order_by("number")[1:], strict=True
    ):
        payment.attempts.move("not_sent", reason=reason, settled_at=NOW)
    [part] = facts(run)["parts"]
    assert part["heading"] == "Left out since the review, by reason"
    assert sorted(part["rows"]) == [["Already paid or credited", "1"], ["Authorization withdrawn", "1"]]
    assert ["Left out since the review", "2", "$40.00"] in facts(run)["figures"]["rows"]


def test_mc_p8_w20_the_fees_of_a_report_add_up_whatever_was_paid_meanwhile(centre, desk):
    one, two, three = (an_account(centre, name) for name in ("Léa Roy", "Zoé Côté", "Awa Diallo"))
    for client in (one, two, two, three):
        an_invoice(client, 2_000, days_ago=40)
    drafted = a_fee_draft(centre, [one, two, three, an_account(centre)], desk.user, formula="invoice")
    run = confirmed(drafted, desk.user)
    for paid in (one, two):
        an_opening_balance(paid, -2_000)
    written(run)
    assert facts(run)["figures"]["rows"] == [
        ["Created", "2", "$30.00"],
        ["Left out since the review", "1", "$15.00"],
        ["Lowered since the review", "", "$15.00"],
        ["Confirmed in all", "3", "$60.00"],
        ["Excluded at the start", "1", "$0.00"],
    ]
    since, before = (part["rows"] for part in facts(run)["parts"])
    assert (since, before[0][:2]) == ([["Paid before the fee was created", "1"]], ["Nothing overdue", "1"])
