"""`python -m bench faults --schedules N --seed S`: random faults at random moments, and one JSON line of the end."""

import argparse
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any

import django

from bench.faults.house import House, standing
from smartrec.devstack.services import die_with_parent

# A house grows slow with what was charged in it.
OF_A_HOUSE = 50
# Most runs are short, some long, some very long; the short ones live side by side, so many lines together.
SHORT = (200, 240)
LONG = ((500, 10_000), (50, 2_000))
IN_A_ROUND = 6_500
# Two experiments for each guard; the accounts stand at the processor before anybody knows the guards.
CONTROL_ACCOUNTS = 30
MUST_BE_NOTHING = ("doubles", "lost", "unended", "difference", "books")

Report = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Run the schedules, and the controls where asked; 1 when money was taken twice or lost, or a control failed."""
    wishes = _wishes(arguments)
    report = _in_this_house(wishes) if wishes.house else _in_houses(wishes)
    print(json.dumps(report), flush=True)
    return int(not _well(report))


def _wishes(arguments: list[str]) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m bench faults", description=__doc__)
    asked.add_argument("--schedules", type=int, default=25)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--first", type=int, default=0, help="begin with this schedule of the seed")
    asked.add_argument("--lines", type=int, default=0, help="so many lines in each run")
    asked.add_argument("--controls", action="store_true", help="also take the guards away, one by one")
    asked.add_argument("--house", action="store_true", help="all in one house and this process, controls if asked for")
    return asked.parse_args(arguments)


def _well(report: Report) -> bool:
    """Nothing was taken twice or lost with the guards, and something without each."""
    shown = all(found["without"] and not found["with"] for found in report.get("controls", {}).values())
    return shown and not any(report.get(name) for name in MUST_BE_NOTHING)


def _in_houses(wishes: argparse.Namespace) -> Report:
    """One house after the other, each in a process of its own; the sum of what they tell."""
    began = time.monotonic()
    same = ["--house", "--seed", str(wishes.seed), "--lines", str(wishes.lines)]
    parts = [
        [*same, "--first", str(wishes.first + done), "--schedules", str(min(OF_A_HOUSE, wishes.schedules - done))]
        for done in range(0, max(wishes.schedules, 1), OF_A_HOUSE)
    ]
    told = [_told(part) for part in parts[:-1]]
    told.append(_told([*parts[-1], *(["--controls"] if wishes.controls else [])]))
    kinds, missed = (sum((Counter(one.pop(name)) for one in told), Counter()) for name in ("kinds", "missed"))
    controls = told[-1].pop("controls", {})
    totals = {name: sum(one[name] for one in told) for name in told[0]}
    took = {
        "kinds": dict(kinds.most_common()),
        "missed": dict(missed.most_common()),
        "controls": controls,
        "seconds": round(time.monotonic() - began),
    }
    return {"name": "faults", "seed": wishes.seed, **totals, **took}


def _told(options: list[str]) -> Report:
    """What one house tells; one that fell tells nothing, and then neither do we."""
    command = [sys.executable, "-m", "bench", "faults", *options]
    leash = partial(die_with_parent, signal.SIGTERM)
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, preexec_fn=leash, check=False)
    if not run.stdout:
        raise RuntimeError(f"a house fell: {' '.join(command[2:])}")
    return json.loads(run.stdout)


def _in_this_house(wishes: argparse.Namespace) -> Report:
    """A house for these schedules, then for the controls if they are wanted."""
    # Asked to go, it goes through the doors: everything it started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    numbers = range(wishes.first, wishes.first + wishes.schedules)
    drilled = [f"acct_drill_{wishes.seed}_{n}" for n in numbers]
    controlled = [f"acct_control_{n}" for n in range(CONTROL_ACCOUNTS)] if wishes.controls else []
    with standing([*drilled, *controlled], name=f"house-{os.getpid()}") as house:
        django.setup()
        # That connections are lost is what is drilled here.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        from bench.faults import controls, rounds  # noqa: PLC0415 - the house says where the database is

        report = _schedules(house, rounds, wishes, [*numbers])
        return report | ({"controls": controls.found(house, controlled)} if controlled else {})


def _schedules(house: House, rounds: ModuleType, wishes: argparse.Namespace, numbers: list[int]) -> Report:
    totals = Counter(dict.fromkeys(("schedules", "faults", "lines", *MUST_BE_NOTHING), 0))
    kinds, missed = Counter[str](), Counter[str]()
    for together in _together(wishes, numbers):
        schedules = [rounds.schedule(wishes.seed, number, lines) for number, lines in together]
        lived = rounds.Round(house, schedules)
        lived.live()
        found, struck, met_nothing = lived.told()
        totals.update(schedules=len(together), faults=struck.total(), **found)
        kinds.update(struck)
        missed.update(met_nothing)
    return {**totals, "kinds": kinds, "missed": missed}


def _together(wishes: argparse.Namespace, numbers: list[int]) -> Iterator[list[tuple[int, int]]]:
    """Which schedules live side by side, and with how many lines."""
    batch: list[tuple[int, int]] = []
    for number in numbers:
        lines = wishes.lines or _lines(wishes.seed, number)
        if batch and sum(count for _, count in batch) + lines > IN_A_ROUND:
            yield batch
            batch = []
        batch.append((number, lines))
    if batch:
        yield batch


def _lines(seed: int, number: int) -> int:
    for every, lines in LONG:
        if number % every == every - 1:
            return lines
    return random.Random(f"{seed}/{number}/lines").randint(*SHORT)
