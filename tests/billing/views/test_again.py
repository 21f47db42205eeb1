"""A run is an object: it can be done once more, for the same, for whoever the filter finds, for those that failed."""

import csv
import io

import pytest

from accounts.models import Selection
from accounts.services import selections
from billing.models import Attempt, MassRun, Payment
from billing.services import cloning
from billing.views import charge_results, retries
from smartrec.errors import Refused
from tests.billing.views.ways import a_draft, a_finished_charge, a_payer, at, payers, run_at, signed_in
from tests.billing.ways import an_invoice_run, confirmed, invoice_options
from tests.builders import NOW, TODAY, an_account
from wallet.processor import Verdict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
OK, NO = Verdict.SUCCEEDED, Verdict.DECLINED


def again(desk, run, who: str) -> MassRun:
    before = set(MassRun.objects.values_list("pk", flat=True))
    response = desk.post(run_at(run, "again"), {"who": who})
    made = MassRun.objects.exclude(pk__in=before).get()
    assert (response.status_code, response.url) == (303, run_at(made))
    return made


def test_w4_the_failures_alone_are_drafted_again_with_the_same_choices(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,), (NO, "insufficient_funds"), (NO, "expired_card")])
    MassRun.objects.filter(pk=run.pk).update(note="Automne", options=run.options | {"order": "card_only"})
    failed = set(Payment.objects.filter(run=run, attempts__state="declined").values_list("client", flat=True))
    made = again(desk, run, "failed")
    assert set(made.lines.values_list("client", flat=True)) == failed
    assert (made.state, made.copy_of, made.note, made.options["order"]) == ("draft", run, "Automne", "card_only")
    assert Payment.objects.count() == 3


def test_w4_in_one_payment_per_account_the_failures_are_all_ticked_people_of_those_accounts(centre, desk):
    family = an_account(centre, "Marie Roy", ["Léa Roy"])
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds")])
    lea = family.account.people.exclude(pk=family.account.owner_id).get()
    MassRun.objects.filter(pk=run.pk).update(
        per="account", options=run.options | {"ids": [*run.options["ids"], lea.pk]}
    )
    made = again(desk, run, "failed")
    assert (made.per, made.options["ids"]) == ("account", run.options["ids"])


def test_w4_a_clone_for_the_same_leaves_out_who_owes_nothing_any_more_and_says_so(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,), (NO, "insufficient_funds")])
    made = again(desk, run, "same")
    assert sorted(made.lines.values_list("reason", flat=True)) == ["", "nothing_due"]


def test_w4_today_s_filter_holds_who_joined_since(centre, desk):
    first = a_payer(centre, "Marie Roy")
    kept = Selection.objects.create(
        organization=centre, created_by=desk.user, noun="people", mode="query", query="balance=owes"
    )
    frozen = selections.freeze(selection=kept)
    run = a_draft(centre, desk.user, [first])
    MassRun.objects.filter(pk=run.pk).update(selection=frozen)
    run.refresh_from_db()
    run = confirmed(run, desk.user)
    MassRun.objects.filter(pk=run.pk).update(state="stopped", ended_at=NOW)
    late = a_payer(centre, "Paul Côté")
    same, today = again(desk, run, "same"), again(desk, run, "today")
    assert set(same.options["ids"]) == {first.account.owner_id}
    assert set(today.options["ids"]) == {first.account.owner_id, late.account.owner_id}


def test_a_bulk_invoice_is_done_again_dated_today_with_the_same_term(centre, desk):
    options = invoice_options(centre, issued_on="2026-10-01", due_on="2026-10-16")
    run = an_invoice_run(centre, [an_account(centre).account.owner], desk.user)
    MassRun.objects.filter(pk=run.pk).update(options=run.options | options)
    made = again(desk, run, "same")
    assert (made.options["issued_on"], made.options["due_on"]) == (str(TODAY), "2026-12-06")
    assert "rates" not in made.options
    assert made.lines.get().flags == ["same_invoice_today"]


@pytest.mark.parametrize("who", ["", "everybody", "today", "failed"])
def test_what_cannot_be_done_again_says_why_and_writes_nothing(centre, desk, who):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    MassRun.objects.filter(pk=run.pk).update(options=run.options | {"ids": []})
    answer = desk.post(run_at(run, "again"), {"who": who}, follow=True)
    assert MassRun.objects.count() == 1
    assert any(told in answer.content.decode() for told in ("Choose for whom", "Nobody is left"))


def test_a_draft_is_not_done_again(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    assert not cloning.can_clone(run)
    assert desk.post(run_at(run, "again"), {"who": "same"}).status_code == 303
    assert MassRun.objects.count() == 1


def test_nobody_left_is_refused(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    with pytest.raises(Refused, match="Nobody is left"):
        cloning.clone(run=run, who="failed", by=desk.user, now=NOW)


def test_the_result_page_offers_what_there_is(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    page = desk.get(run_at(run)).content.decode()
    assert "For the same people" in page
    assert "For those whose payment failed" not in page
    assert "For everyone the filter finds today" not in page


def test_who_may_not_charge_is_offered_nothing_and_refused(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    auditor = signed_in("auditor", centre)
    assert "Do it again" not in auditor.get(run_at(run)).content.decode()
    assert auditor.post(run_at(run, "again"), {"who": "same"}).status_code == 403


def test_mc_p8_the_file_of_a_bulk_invoice_has_every_line(centre, desk):
    run = an_invoice_run(centre, [an_account(centre, "Marie Roy").account.owner], desk.user)
    answer = desk.get(at(centre, "bulk-invoice-file", run.pk))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[1][0:2] == ["Marie Roy", "Marie Roy"]
    assert rows[1][5:] == ["Open", "", str(TODAY), "20.00", "20.00"]


def test_more_failures_than_one_click_can_carry_are_a_run_of_their_own(centre, desk, monkeypatch):
    monkeypatch.setattr(retries, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(charge_results, "MOST_AT_ONCE", 1)
    run = a_finished_charge(centre, desk.user, [(NO, "insufficient_funds"), (NO, "insufficient_funds")])
    page = desk.get(run_at(run)).content.decode()
    assert "Prepare a new charge for the failures" in page
    assert "Retry 2 payments" not in page
    ids = ",".join(str(pk) for pk in run.payments.values_list("pk", flat=True))
    answer = desk.post(run_at(run, "retry"), {"only": ids}, follow=True)
    assert "More than 1 payments are retried as a run of their own" in answer.content.decode()
    assert Attempt.objects.count() == 2
