"""What can go wrong, each at a moment of its own: processes, the processor, its news, the clocks, the people.

A blow answers with how to ask, at the end, how often it took effect: one that met nothing is not counted.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Timer

from bench.faults import files, work
from bench.faults.house import CHARGERS, House
from bench.faults.work import Pressed, Work, press, press_confirm
from smartrec.devstack.sandbox.faults import RATE_REASONS

Effect = Callable[[], int]


@dataclass
class Scene:
    """What a blow may reach."""

    house: House
    work: Work
    dice: random.Random
    later: Callable[[float, Callable[[], object]], None]


@dataclass(frozen=True)
class Blow:
    """One thing that goes wrong, once such a part of everybody's lines has begun to be sent."""

    after: float
    what: str


Strike = Callable[[Scene], Effect]
WHERE = ("/confirm$", "/confirm$", "/payment_intents$", "")
WRONG_BY = (-25.0, -6.0, 6.0, 25.0)


def _dead(*names: str) -> Strike:
    """SIGKILL for these."""

    def strike(scene: Scene) -> Effect:
        killed = sum(scene.house.kill(name) for name in names)
        return lambda: killed

    return strike


def _one_charger_dead(scene: Scene) -> Effect:
    return _dead(scene.dice.choice(CHARGERS))(scene)


def _deployed(scene: Scene) -> Effect:
    asked = scene.house.deploy()
    return lambda: asked


def _trouble(kind: str, **options: float | str) -> Strike:
    """The processor fails the next requests of this centre."""

    def strike(scene: Scene) -> Effect:
        count = scene.dice.randint(1, 12)
        where = {"path": scene.dice.choice(WHERE), "account": scene.work.account, "skip": scene.dice.randint(0, 10)}
        return scene.house.unrest.trouble(kind, count=count, **where, **options)

    return strike


def _news(name: str, most: int) -> Strike:
    """The processor's next news fares badly on its way."""

    def strike(scene: Scene) -> Effect:
        return scene.house.unrest.news(name, scene.dice.randint(1, most))

    return strike


def _hours_pass(scene: Scene) -> Effect:
    waited = work.hours_pass(scene.dice.choice([1, 6, 21, 30]))
    return lambda: waited


def _keys_pruned(scene: Scene) -> Effect:
    """The processor forgets its keys, sooner than it promises or when a day has passed for us as well."""
    at_work = work.unfinished([scene.work.account], tried=True)
    scene.house.sandbox.advance(25 * 3600)
    if scene.dice.random() < 0.5:
        work.hours_pass(25)
    return lambda: at_work


def _clock_wrong(scene: Scene) -> Effect:
    """One worker believes another time than the rest: it takes over what is not its own, or waits too long."""
    file = files.clock_of(scene.house.folder, scene.dice.choice([*CHARGERS, "worker"]))
    file.write_text(str(scene.dice.choice(WRONG_BY)))
    scene.later(4, lambda: file.unlink(missing_ok=True))
    return lambda: 1


def _lease_fought(scene: Scene) -> Effect:
    """A worker stands still until its leases have run out, then goes on as if nothing had happened."""
    name = scene.dice.choice(CHARGERS)
    if not scene.house.freeze(name, on=True):
        return lambda: 0
    # Not by who keeps the house: it may be waiting for what the frozen one holds.
    Timer(files.LEASE_SECONDS + 1.5, scene.house.freeze, [name], {"on": False}).start()
    return scene.house.fought


def _paused(scene: Scene) -> Effect:
    """Two people pause; a second later two resume."""
    run = scene.work.drafts[0]
    pressed = Pressed(lambda: press("pause", run))
    scene.later(1, lambda: Pressed(lambda: press("resume", run)))
    return lambda: pressed.times(True)


def _stopped(scene: Scene) -> Effect:
    pressed = Pressed(lambda: press("stop", scene.work.drafts[0]))
    return lambda: pressed.times(True)


def _confirmed_again(scene: Scene) -> Effect:
    """Two people press Confirm on what is confirmed already, or is at this moment."""
    pressed = Pressed(lambda: press_confirm(scene.work.drafts[0]))
    return lambda: pressed.times(False)


BLOWS: dict[str, Strike] = {
    "worker_killed": _one_charger_dead,
    "both_workers_killed": _dead(*CHARGERS),
    "news_worker_killed": _dead("worker"),
    "beat_killed": _dead("beat"),
    "web_killed": _dead("web"),
    "broker_killed": _dead("broker"),
    "postgres_killed": _dead("postgres"),
    "deployed": _deployed,
    "reset_before": _trouble("reset_before"),
    "reset_after": _trouble("reset_after"),
    "timeout_after": _trouble("timeout_after", seconds=4),
    "late_answer": _trouble("late_after", seconds=4),
    "error_500": _trouble("error_before"),
    "error_500_after": _trouble("error_after"),
    "error_500_done_later": _trouble("late_work", seconds=2),
    "html_502_after": _trouble("html_after"),
    "unavailable_503": _trouble("unavailable"),
    "conflict_409": _trouble("conflict"),
    "lock_timeout_429": _trouble("lock_timeout"),
    **{f"{reason.replace('-', '_')}_429": _trouble("rate_limit", reason=reason) for reason in RATE_REASONS},
    "refused_401": _trouble("unauthorized"),
    "keys_pruned": _keys_pruned,
    "news_doubled": _news("duplicate", 40),
    "news_told_twice": _news("twin", 20),
    "news_delayed": _news("delay", 40),
    "news_reordered": _news("reorder", 60),
    "news_lost": _news("drop", 60),
    "hours_pass": _hours_pass,
    "clock_wrong": _clock_wrong,
    "lease_fought": _lease_fought,
    "paused_and_resumed": _paused,
    "stopped": _stopped,
    "confirmed_again": _confirmed_again,
}
DEALT, MORE = 2, 3
# A long run is struck again and again; one that is stopped is long no more.
LINES_A_BLOW = 500


def drawn(seed: int, number: int, lines: int, dice: random.Random) -> list[Blow]:
    """Two dealt from a shuffled deck, so that every kind has its turn, and up to three more; a long run gets others."""
    deck = [*BLOWS]
    random.Random(seed).shuffle(deck)
    dealt = [deck[(DEALT * number + card) % len(deck)] for card in range(DEALT)]
    more = dice.sample(deck, dice.randint(0, MORE))
    again = dice.choices([name for name in deck if name != "stopped"], k=lines // LINES_A_BLOW)
    return [Blow(dice.random(), name) for name in [*dict.fromkeys([*dealt, *more]), *again]]
