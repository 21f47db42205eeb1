"""One experiment for each guard: the blow it is there for, with the guard and without. Without, money is taken twice.

A guard behind another is seen once that one is gone: `behind` names what is missing in both experiments.
"""

import contextlib
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from bench.faults import guards, work
from bench.faults.house import CHARGERS, House
from bench.faults.verdict import judge
from bench.faults.work import GOOD_CARDS, Work
from billing.models import Attempt, MassRun
from billing.services.runs import RunRefused

LINES = 12
PATIENCE = 180
EVER = 100_000
# Longer than the processor remembers a key; and a while within that.
A_DAY, SOME_HOURS = 25, 7


@dataclass(frozen=True)
class Control:
    """One guard, what stands in front of it, and the blow that shows what it is for."""

    guard: str
    force: Callable[["Stage"], None]
    behind: tuple[str, ...] = ()
    drafts: int = 1


@dataclass
class Stage:
    """Where a blow is forced."""

    house: House
    work: Work

    def until(self, so: Callable[[], bool]) -> None:
        """Wait for a moment of the run; it comes, or the experiment says nothing."""
        self.house.wait(lambda: so() or work.go_on([self.work.account]), PATIENCE)

    def states(self) -> list[str]:
        return list(
            Attempt.objects.filter(payment__processor_account=self.work.account).values_list("state", flat=True)
        )

    def looked_at(self, run: MassRun) -> bool:
        """Whether each payment of a run has left, or was held back for now."""
        return not Attempt.objects.filter(payment__run=run, state="created", not_before=None).exists()

    def fault(self, kind: str, count: int = EVER, **where: object) -> None:
        self.house.sandbox.fault(kind, count=count, account=self.work.account, **where)

    def nobody_tells(self) -> None:
        """No news comes, asked for or not: what was not answered stays so."""
        self.house.sandbox.webhooks(drop=EVER)
        self.fault("unavailable", method="GET", path="/events$")

    def taken(self) -> int:
        return len(self.house.sandbox.movements(account=self.work.account))


def answers_lost(stage: Stage) -> None:
    """Every payment is taken, and every answer lost."""
    stage.nobody_tells()
    stage.fault("reset_after", count=LINES, path="/confirm$")
    work.confirm(stage.work.drafts[0])
    stage.until(lambda: stage.taken() >= LINES)


def answers_lost_and_keys_forgotten(stage: Stage) -> None:
    """The same, and the processor forgets its keys before we ask again."""
    _unanswered_until(stage, SOME_HOURS)


def answers_lost_for_a_day(stage: Stage) -> None:
    """The same, and we ask again a day later only."""
    _unanswered_until(stage, A_DAY)


def _unanswered_until(stage: Stage, hours: int) -> None:
    stage.nobody_tells()
    stage.fault("reset_after", count=LINES, path="/confirm$")
    # Whoever asks again gets no answer either, as long as this lasts.
    stage.fault("conflict", path="/confirm$")
    work.confirm(stage.work.drafts[0])
    stage.until(lambda: stage.taken() >= LINES and stage.states().count("sent") == LINES)
    stage.house.freeze("worker", on=True)
    stage.house.sandbox.advance(A_DAY * 3600)
    work.hours_pass(hours)
    stage.house.sandbox.clear_faults()
    stage.nobody_tells()
    stage.house.freeze("worker", on=False)


def two_runs_at_once(stage: Stage) -> None:
    """Two people charge the same debts; the first run's answers are lost, and nobody has asked for them yet."""
    first, second = stage.work.drafts
    stage.house.freeze("worker", on=True)
    stage.nobody_tells()
    stage.fault("reset_after", count=LINES, path="/confirm$")
    work.confirm(first)
    stage.until(lambda: stage.states().count("sent") == LINES)
    work.confirm(second)
    stage.until(lambda: stage.looked_at(second))
    stage.house.freeze("worker", on=False)


def two_runs_in_turn(stage: Stage) -> None:
    """Two people charge the same debts, the second when the first has been paid."""
    first, second = stage.work.drafts
    work.confirm(first)
    stage.until(lambda: stage.states().count("succeeded") == LINES)
    work.confirm(second)


def confirmed_twice(stage: Stage) -> None:
    """Two windows show the same draft, and Confirm is pressed in both."""
    [draft] = stage.work.drafts
    # Nothing is sent before both have pressed: a run that has ended is no draft to anybody.
    for name in CHARGERS:
        stage.house.freeze(name, on=True)
    for window in (draft, type(draft).objects.select_related("organization").get(pk=draft.pk)):
        _pressed(window)
    for name in CHARGERS:
        stage.house.freeze(name, on=False)


def the_same_run_again(stage: Stage) -> None:
    """The same charge is drafted twice and both are confirmed."""
    for draft in stage.work.drafts:
        _pressed(draft)


def _pressed(draft: MassRun) -> None:
    with contextlib.suppress(RunRefused):
        work.confirm(draft)


def two_workers(stage: Stage) -> None:
    """Nothing goes wrong at all: two workers send one run."""
    # So long that the second worker is woken before the first is done.
    stage.house.sandbox.latency(1000)
    work.confirm(stage.work.drafts[0])


SECOND_ATTEMPTS = """
INSERT INTO billing_attempt (organization_id, payment_id, number, key, method_id, authorization_id, state,
  processor_account, reason, code, advice, message, processor_charge, claims, created_by_id, created_at)
SELECT organization_id, payment_id, 2, gen_random_uuid(), method_id, authorization_id, state,
  processor_account, '', '', '', '', '', 0, created_by_id, created_at
FROM billing_attempt WHERE processor_account = %s ON CONFLICT DO NOTHING
"""


def two_attempts(stage: Stage) -> None:
    """A click and the clock each write an attempt of the same payment."""
    with transaction.atomic(), connection.cursor() as cursor:
        work.confirm(stage.work.drafts[0])
        cursor.execute(SECOND_ATTEMPTS, [stage.work.account])


NO_LOOK_AT_DEBTS = ("owed_in_all", "look_at_others", "debt_stands")
ANEW = ("one_payment", "key_with_the_row")
CONTROLS = (
    Control("one_payment", answers_lost_and_keys_forgotten, behind=("breakers",)),
    Control("key_with_the_row", answers_lost, behind=("breakers", "one_payment")),
    Control("read_after_20_hours", answers_lost_for_a_day, behind=("breakers", "one_payment")),
    Control("look_at_others", two_runs_at_once, behind=("breakers", "owed_in_all"), drafts=2),
    Control("debt_stands", two_runs_in_turn, behind=("owed_in_all",), drafts=2),
    Control("draft_lock", confirmed_twice, behind=NO_LOOK_AT_DEBTS),
    Control("fingerprint", the_same_run_again, behind=NO_LOOK_AT_DEBTS, drafts=2),
    Control("lease", two_workers, behind=ANEW),
    # The last: what two attempts have done does not go under the index again.
    Control("one_live_attempt", two_attempts, behind=(*ANEW, "owed_in_all", "debt_stands")),
)


def found(house: House, accounts: list[str]) -> dict[str, dict[str, int]]:
    """How often money was taken twice in each experiment."""
    free = iter(accounts)
    told: dict[str, dict[str, int]] = {}
    for control in CONTROLS:
        removed = (*control.behind, control.guard)
        told[control.guard] = {
            "with": _doubles(house, control, next(free), control.behind),
            "without": _doubles(house, control, next(free), removed),
        }
        print(f"without {control.guard}: {told[control.guard]}", file=sys.stderr, flush=True)
    return told


def _doubles(house: House, control: Control, account: str, removed: tuple[str, ...]) -> int:
    house.begin_notes()
    house.wait(house.whole)
    made = work.prepared(account, LINES, random.Random(account), tokens=GOOD_CARDS, drafts=control.drafts)
    if control.drafts == 2 and control.guard != "fingerprint":
        work.another(made.drafts[1])
    guards.take_away(house.folder, removed)
    guards.follow(house.folder)
    control.force(Stage(house, made))
    house.wait(lambda: not work.unfinished([account]), PATIENCE)
    house.unrest.calm()
    return judge(house.sandbox, account).doubles
