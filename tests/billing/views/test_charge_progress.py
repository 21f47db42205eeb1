"""A charge under way: counted from its attempts, followed without keeping the page open, steered by a person."""

import datetime as dt

import pytest
from django.utils import timezone

from billing import results
from billing.models import Attempt, MassRun
from billing.services import runs
from tests.billing.views.ways import HTMX, a_running_charge, at, payers, run_at, settled, signed_in
from tests.builders import NOW, an_organization
from wallet.processor import Verdict

pytestmark = pytest.mark.django_db
JOB = {**HTMX, "HX-Target": "job"}


@pytest.fixture
def run(centre, desk):
    """Eight payments of 20.00: two succeeded, one processing, one failed, one unanswered, three to come."""
    run = a_running_charge(centre, desk.user, payers(centre, 8))
    ended = [Verdict.SUCCEEDED, Verdict.SUCCEEDED, Verdict.PENDING, Verdict.DECLINED, Verdict.UNKNOWN]
    for payment, verdict in zip(run.payments.order_by("number"), ended, strict=False):
        settled(payment, verdict, "insufficient_funds")
    return run


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_figures_add_up_to_what_was_confirmed(run):
    now = timezone.now() + dt.timedelta(minutes=5)
    progress = results.progress_of(run, now)
    counted = {name: progress.figure(name).n for name in results.GROUPS}
    assert counted == {
        "succeeded": 2, "processing": 1, "checking": 1, "failed": 1, "left_out": 0, "not_taken": 0, "remaining": 3
    }  # fmt: skip
    assert (progress.total.n, progress.total.cents) == (run.shown_count, run.shown_total)


def test_the_page_says_how_far_it_is(desk, run):
    page = text(desk.get(run_at(run)))
    assert '<b class="num">5</b> of 8 payments processed' in page
    assert 'aria-valuemax="8" aria-valuenow="5"' in page
    assert "Checking with the processor <b>1</b>" in page
    assert "You can leave this page: processing continues." in page
    assert 'hx-trigger="every 2s"' in page


def test_what_is_being_sent_right_now_is_not_called_unknown(run):
    sending = Attempt.objects.filter(payment__run=run, state="created").first()
    Attempt.objects.filter(pk=sending.pk).move(
        "sent", sent_at=NOW, lease=sending.key, lease_until=timezone.now() + dt.timedelta(minutes=5)
    )
    progress = results.progress_of(run, timezone.now())
    assert (progress.checking.n, progress.remaining.n) == (1, 3)


def test_the_figures_come_alone_when_asked_for(desk, run):
    fragment = text(desk.get(run_at(run, query="stage=running&said=0&show=failed"), headers=JOB))
    assert "<html" not in fragment
    assert "of 8 payments processed" in fragment
    assert 'id="list"' not in fragment


def test_the_question_and_the_pill_follow(desk, run):
    page = text(desk.get(run_at(run)))
    assert '<span id="stop-text">Stop after the current payment? The 3 remaining payments' in page
    settled(run.payments.order_by("number").last(), Verdict.SUCCEEDED)
    fragment = text(desk.get(run_at(run, query="stage=running&said=0"), headers=JOB))
    assert '<span id="stop-text" hx-swap-oob="true">Stop after the current payment? The 2 remaining' in fragment
    assert '<span class="num">5/8</span>' in fragment


def test_the_latest_rows_come_with_the_figures(desk, run):
    fragment = text(desk.get(run_at(run, query="stage=running&said=0&show=latest"), headers=JOB))
    assert 'id="list" aria-labelledby="caption" hx-swap-oob="true"' in fragment
    assert "N001" in fragment


@pytest.mark.parametrize(("said", "told"), [("0", True), ("50f", False), ("50", True)])
def test_progress_is_said_once_a_quarter_and_at_the_first_failure(desk, run, said, told):
    fragment = text(desk.get(run_at(run, query=f"stage=running&said={said}"), headers=JOB))
    assert ("data-announce" in fragment) is told
    assert "said=50f" in fragment


def test_when_it_has_ended_the_page_is_drawn_anew(desk, run):
    MassRun.objects.filter(pk=run.pk).move("finished", ended_at=NOW)
    answer = desk.get(run_at(run, query="stage=running&said=50f"), headers=JOB)
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize(("show", "number"), [("failed", 4), ("remaining", 6), ("latest", 1)])
def test_each_tab_lists_its_payments(desk, run, show, number):
    page = text(desk.get(run_at(run, query=f"show={show}")))
    assert f"N{number:03}" in page
    assert ("N008" in page) is (show == "remaining")


def test_paused_it_stops_asking_and_can_go_on(desk, run):
    assert desk.post(run_at(run, "pause")).status_code == 303
    page = text(desk.get(run_at(run)))
    assert "Paused: nothing more is sent until someone resumes." in page
    assert "every 2s" not in page
    desk.post(run_at(run, "resume"))
    run.refresh_from_db()
    assert run.state == "running"


def test_a_run_halted_by_itself_says_so(desk, run):
    runs.pause(run=run, by=None, now=NOW, why="api_key_expired")
    assert "the processor refused the requests (api_key_expired)" in text(desk.get(run_at(run)))


def test_stopping_asks_first(desk, run):
    page = text(desk.get(run_at(run, "stop")))
    assert "The 3 remaining payments will not be taken. Accepted payments stay." in page
    run.refresh_from_db()
    assert run.state == "running"


def test_stopped_what_was_not_sent_is_never_taken(desk, run):
    desk.post(run_at(run, "stop"))
    run.refresh_from_db()
    progress = results.progress_of(run, timezone.now() + dt.timedelta(hours=1))
    assert (run.state, progress.not_taken.n, progress.remaining.n) == ("stopped", 3, 0)
    assert (progress.total.n, progress.total.cents) == (8, 16_000)
    assert f"Stopped by {desk.user}: 5 processed, 3 not taken." in text(desk.get(run_at(run)))


def test_only_who_may_charge_may_steer(centre, desk, run):
    looks = signed_in("auditor", centre)
    assert 'data-dialog="stop"' not in text(looks.get(run_at(run)))
    assert [looks.post(run_at(run, part)).status_code for part in ("pause", "resume", "stop")] == [403] * 3
    run.refresh_from_db()
    assert run.state == "running"


def test_a_pill_follows_from_page_to_page(centre, desk, run):
    page = text(desk.get(at(centre, "mass-charges")))
    assert 'class="jobpill"' in page
    assert '<span class="num">4/8</span>' in page
    assert "jobpill" not in text(signed_in("coordinator", centre).get(at(centre, "people")))
    other = an_organization()
    assert "jobpill" not in text(signed_in("finance", other).get(at(other, "mass-charges")))
