"""Some schedules lived through side by side: every run has its own blows, and who dies, dies for all of them."""

import heapq
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial

from bench.faults import work
from bench.faults.blows import BLOWS, Blow, Effect, Scene, drawn
from bench.faults.house import House
from bench.faults.verdict import Verdict, books, judge
from bench.faults.work import Pressed, Work, press_confirm

# Of a hundred schedules, so many have two people charging the same debts, one line apart.
TWINS = 30
# How long nothing may move once everything works; then something is wrong.
PATIENCE = 120
# How much later it is whenever all that is left waits for its hour.
HOURS = 7
CONFIRMED_WITHIN = 0.5
# Where nothing moves for so long, the next blow falls all the same.
STUCK = 3.0
LATENCIES = (0, 20, 60)
# The rest are debts charged twice, whose second charge waits for the first.
MOST = 0.85
LOOK_EVERY = 0.1
# Somebody resumes a run that has paused by itself.
RESUME_EVERY = 1.0


@dataclass
class Schedule:
    """One run and what happens to it."""

    number: int
    work: Work
    dice: random.Random
    blows: list[Blow]
    effects: list[tuple[str, Effect]] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{blow.what} at {blow.after:.0%}" for blow in self.blows)
        return f"schedule {self.number} ({self.work.lines} lines, {len(self.work.drafts)} runs; {told})"


def schedule(seed: int, number: int, lines: int) -> Schedule:
    """The schedule of that number: its centre, its runs and its blows."""
    dice = random.Random(f"{seed}/{number}")
    drafts = 2 if dice.random() * 100 < TWINS else 1
    mine = work.prepared(f"acct_drill_{seed}_{number}", lines, dice, drafts=drafts)
    for twin in mine.drafts[1:]:
        work.another(twin)
    return Schedule(number, mine, dice, drawn(seed, number, lines, dice))


@dataclass
class Round:
    """The schedules of one round, and everything that is to happen when."""

    house: House
    schedules: list[Schedule]
    due: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    order: itertools.count = field(default_factory=itertools.count)
    confirming: list[Pressed] = field(default_factory=list)
    began: float = 0
    resumed: float = 0

    def live(self) -> None:
        """Confirm, strike, mend, and wait for the last answer."""
        work.meanwhile[:] = [self.house.watch]
        self.house.begin_notes()
        self.house.wait(self.house.whole)
        for one in self.schedules:
            for draft in one.work.drafts:
                self._at(one.dice.uniform(0, CONFIRMED_WITHIN), partial(self._confirm, draft))
        self._go_through()
        while not all(pressed.done for pressed in self.confirming):
            self._let(LOOK_EVERY)
        self.house.unrest.calm()
        self._wait()

    @property
    def accounts(self) -> list[str]:
        return [one.work.account for one in self.schedules]

    def _at(self, after: float, act: Callable[[], object]) -> None:
        heapq.heappush(self.due, (after, next(self.order), act))

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Something that follows from a blow."""
        self._at(time.monotonic() - self.began + seconds, act)

    def _go_through(self) -> None:
        """Every blow at its moment, and what follows from it; then all go on until most lines were once in hand."""
        blows = [(blow.after, one, blow) for one in self.schedules for blow in one.blows]
        blows.sort(key=lambda due: due[0])
        lines = MOST * sum(one.work.lines * len(one.work.drafts) for one in self.schedules)
        self.began = moved = time.monotonic()
        begun = 0
        while self.due or blows or (begun < lines and time.monotonic() - moved < STUCK):
            self._let(LOOK_EVERY)
            self._resume()
            while self.due and self.due[0][0] <= time.monotonic() - self.began:
                heapq.heappop(self.due)[2]()
            if (now_begun := work.begun(self.accounts)) != begun:
                begun, moved = now_begun, time.monotonic()
            stuck = time.monotonic() - moved > STUCK
            if blows and (begun >= blows[0][0] * lines or stuck):
                *_, one, blow = blows.pop(0)
                self._strike(one, blow)
                moved = time.monotonic()

    def _let(self, seconds: float) -> None:
        """Time goes by; who died is brought back."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.house.watch()
            time.sleep(0.02)

    def _resume(self) -> None:
        if time.monotonic() - self.resumed > RESUME_EVERY:
            work.go_on(self.accounts, halted=True)
            self.resumed = time.monotonic()

    def _confirm(self, draft: object) -> None:
        self.confirming.append(Pressed(lambda: press_confirm(draft)))

    def _strike(self, one: Schedule, blow: Blow) -> None:
        self.house.sandbox.latency(one.dice.choice(LATENCIES))
        scene = Scene(self.house, one.work, one.dice, self.later)
        one.effects.append((blow.what, BLOWS[blow.what](scene)))

    def _wait(self) -> None:
        """Until nothing is left to do; where all that is left waits for its hour, hours pass."""
        left, moved = -1, time.monotonic()
        while (now_left := work.unfinished(self.accounts)) and time.monotonic() - moved < PATIENCE:
            if now_left != left:
                left, moved = now_left, time.monotonic()
            if work.only_waits(self.accounts):
                work.hours_pass(HOURS)
            work.go_on(self.accounts)
            self._let(2 * LOOK_EVERY)

    def told(self) -> tuple[dict[str, int], Counter[str], Counter[str]]:
        """What the judge found, how often each kind of blow took effect, and how many met nothing."""
        found, struck, missed = Verdict(), Counter[str](), Counter[str]()
        for one in self.schedules:
            verdict = judge(self.house.sandbox, one.work.account)
            if not verdict.clean or verdict.checking:
                print(f"{one}: {verdict}", file=sys.stderr, flush=True)
            for what, effect in one.effects:
                (struck if effect() else missed)[what] += 1
            found += verdict
        broken = books()
        for words in broken:
            print(f"books: {words}", file=sys.stderr, flush=True)
        lines = sum(one.work.lines for one in self.schedules)
        return {"lines": lines, **asdict(found), "books": len(broken)}, struck, missed
