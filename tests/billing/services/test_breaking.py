"""MC-P: a running charge that goes wrong too often pauses by itself, and says why."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.models import Trail
from billing.models import Attempt, MassRun
from billing.services import breaking, runs, unanswered
from billing.services.breaking import DECLINED, UNANSWERED
from messaging.models import Message
from tests.billing.scripted import REFUSED, SILENCE, TAKEN, Scripted, send_all
from tests.billing.views.ways import a_running_charge, payers, run_at
from wallet.processor import Created, Outcome, Verdict

pytestmark = pytest.mark.django_db
LINES = 64


@pytest.fixture
def run(centre, desk) -> MassRun:
    return a_running_charge(centre, desk.user, payers(centre, LINES))


class InTurn:
    """Every so many confirmations, another answer."""

    def __init__(self, every: int, then: Outcome, first: int = 0) -> None:
        self.every, self.then, self.left = every, then, first

    def __call__(self, _charge) -> Outcome:
        self.left -= 1
        if self.left >= 0:
            return TAKEN
        return self.then if -self.left % self.every == 0 else TAKEN


def state_of(run: MassRun) -> str:
    run.refresh_from_db()
    return run.state


@pytest.mark.parametrize(
    ("answer", "breaker"),
    [(SILENCE, UNANSWERED), (REFUSED, DECLINED), (replace(REFUSED, verdict=Verdict.NEEDS_CLIENT), DECLINED)],
)
def test_too_many_pause_the_run_before_it_has_gone_wrong_for_everybody(run, answer, breaker):
    processor = Scripted(lambda _: answer)
    send_all(processor)
    assert (state_of(run), run.options["halted"]) == ("paused", breaker.name)
    assert breaker.at_least <= len(processor.confirmed) < LINES
    assert Attempt.objects.filter(state="created").count() == LINES - len(processor.confirmed)


def test_control_without_the_breakers_it_goes_wrong_for_everybody(run, monkeypatch):
    monkeypatch.setattr(breaking, "BREAKERS", ())
    monkeypatch.setattr(breaking, "MOST", 1)
    processor = Scripted(lambda _: SILENCE)
    send_all(processor)
    assert (state_of(run), len(processor.confirmed)) == ("running", LINES)


def test_every_worker_counts_the_answers_of_all(run):
    """One worker gets answers, the other none; what they got together is too bad."""
    lucky, unlucky = Scripted(), Scripted(lambda _: SILENCE)
    for _ in range(3):
        send_all(lucky, waves=1)
        send_all(unlucky, waves=1)
    assert (state_of(run), run.options["halted_figures"]) == ("paused", {"n": 16, "of": 32})
    assert Message.objects.filter(kind="run_paused").count() == 1


def test_payments_that_cannot_even_be_prepared_count_as_unanswered(run):
    processor = Scripted()
    processor.create_payment = lambda _: Created(outcome=Outcome(verdict=Verdict.NOT_SENT, retry=True, silent=True))
    send_all(processor)
    assert (state_of(run), run.options["halted"], processor.confirmed) == ("paused", "unanswered", [])


@pytest.mark.parametrize(("every", "answer"), [(5, SILENCE), (2, REFUSED)])
def test_what_a_healthy_run_meets_does_not_pause_it(run, every, answer):
    send_all(Scripted(InTurn(every, answer)))
    assert state_of(run) == "running"
    assert not Attempt.objects.filter(state="created").exists()


def test_a_limiter_that_says_too_fast_is_no_silence(run):
    send_all(Scripted(lambda _: Outcome(verdict=Verdict.NOT_SENT, retry=True, limited=True)), waves=LINES)
    assert state_of(run) == "running"


def test_too_few_answers_say_nothing(centre, desk):
    few = a_running_charge(centre, desk.user, payers(centre, UNANSWERED.at_least - 1))
    send_all(Scripted(lambda _: SILENCE))
    assert state_of(few) == "running"


def test_trouble_at_the_end_of_a_good_run_is_not_outweighed_by_its_beginning(run):
    send_all(Scripted(InTurn(1, SILENCE, first=LINES - 16)))
    assert (state_of(run), run.options["halted_figures"]) == ("paused", {"n": 16, "of": 40})


def test_who_resumes_it_while_the_answers_are_counted_gets_a_fresh_count(run, desk, monkeypatch):
    """Guard: counted again in `_halt`. Without it the run is paused for what had paused it before."""
    count, about = breaking._last_answers, {"run": run, "by": desk.user}

    def resumed_meanwhile(run_id: int) -> list[str]:
        answers = count(run_id)
        if breaking._broken(answers):
            monkeypatch.undo()
            assert runs.pause(**about, now=timezone.now())
            assert runs.resume(**about, now=timezone.now())
        return answers

    monkeypatch.setattr(breaking, "_last_answers", resumed_meanwhile)
    send_all(Scripted(lambda _: SILENCE), waves=3)
    assert state_of(run) == "running"


def test_who_resumes_knowingly_gets_a_fresh_count(run, desk):
    send_all(Scripted(lambda _: SILENCE))
    asked = Attempt.objects.filter(state="sent").count()
    assert state_of(run) == "paused"
    assert runs.resume(run=run, by=desk.user, now=timezone.now())
    again = Scripted(lambda _: SILENCE)
    send_all(again)
    assert (state_of(run), run.options["halted"]) == ("paused", "unanswered")
    assert UNANSWERED.at_least <= len(again.confirmed) < LINES - asked


def test_control_without_the_fresh_count_the_first_answer_stops_it_again(run, desk):
    send_all(Scripted(lambda _: SILENCE))
    runs.resume(run=run, by=desk.user, now=timezone.now())
    MassRun.objects.filter(pk=run.pk).update(options=run.options | {"resumed_at": None})
    again = Scripted(lambda _: SILENCE)
    send_all(again)
    assert len(again.confirmed) == 8


def test_the_janitor_asking_in_vain_does_not_make_old_silence_new(run, desk):
    send_all(Scripted(lambda _: SILENCE))
    runs.resume(run=run, by=desk.user, now=timezone.now())
    heard = set(Attempt.objects.filter(state="sent").values_list("heard_at", flat=True))
    later = timezone.now() + dt.timedelta(minutes=2)
    unanswered.resolve(processor=Scripted(lambda _: SILENCE), clock=lambda: later)
    assert set(Attempt.objects.filter(state="sent").values_list("heard_at", flat=True)) == heard


def test_whoever_started_it_is_told_and_the_trail_says_why(run, desk):
    send_all(Scripted(lambda _: SILENCE))
    letter = Message.objects.get(kind="run_paused")
    assert (letter.to, letter.facts["why"], letter.facts["n"]) == (desk.user.email, "unanswered", letter.facts["of"])
    assert Trail.objects.get(verb="charge_paused").facts["why"] == "unanswered"


@pytest.mark.parametrize(
    ("answer", "said"),
    [(SILENCE, "payments got no answer from the processor"), (REFUSED, "payments were refused by the bank")],
)
def test_the_page_says_in_plain_words_why(run, desk, answer, said):
    send_all(Scripted(lambda _: answer))
    run.refresh_from_db()
    page = desk.get(run_at(run)).content.decode()
    n, of = run.options["halted_figures"]["n"], run.options["halted_figures"]["of"]
    assert f"Paused by itself: {n} of the last {of} {said}." in page


def test_paused_again_by_a_person_it_does_not_say_that_it_paused_by_itself(run, desk):
    send_all(Scripted(lambda _: SILENCE))
    runs.resume(run=run, by=desk.user, now=timezone.now())
    runs.pause(run=run, by=desk.user, now=timezone.now())
    assert "Paused by itself" not in desk.get(run_at(run)).content.decode()
