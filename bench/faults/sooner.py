"""What the processes of a drill load: shorter waits, a clock that can be wrong, guards that can be taken away."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

from django.utils import timezone

from bench.faults import guards
from bench.faults.files import FOLDER, LEASE_SECONDS, NAME, claims_of, clock_of
from billing import tasks
from billing.services import inbox, leaving, sending, settling, unanswered
from smartrec.celery import app

LEASE = dt.timedelta(seconds=LEASE_SECONDS)
SECOND = dt.timedelta(seconds=1)
SWEEPS = {
    "billing.tasks.dispatch": 0.5,
    "billing.tasks.handle_events": 1.0,
    "billing.tasks.ask_again": 1.0,
    "billing.tasks.catch_up": 5.0,
}


def hurry() -> None:
    """Leases of seconds: two workers fight for the same attempt far more often than they ever will in a centre."""
    _set(sending, "LEASE", LEASE)
    _set(inbox, "LEASE", LEASE)
    _set(inbox, "RETRY_AFTER", SECOND)
    _set(settling, "ASK_AGAIN_AFTER", SECOND)
    _set(leaving, "LOOK_AGAIN_AFTER", SECOND)
    app.conf.beat_schedule = {
        name: {"task": name, "schedule": seconds, "options": {"expires": 3 * seconds}}
        for name, seconds in SWEEPS.items()
    }


def _set(module: Any, name: str, value: Any) -> None:
    """Only what is there: a wait by another name would leave the drill waiting for minutes."""
    getattr(module, name)
    setattr(module, name, value)


def live_by(clock: Path) -> None:
    """This process believes that clock; without the file it is right."""
    right = timezone.now

    def now() -> dt.datetime:
        try:
            return right() + dt.timedelta(seconds=float(clock.read_text()))
        except (OSError, ValueError):
            return right()

    timezone.now = now


def be_watched(claims: Path, folder: Path) -> None:
    """Note who claims what, and go without the guards a control has taken away."""
    claim, resolve = sending.claim, unanswered.resolve

    def claimed(**what: Any) -> Any:
        guards.follow(folder)
        lease, attempts = claim(**what)
        with claims.open("a") as notes:
            notes.writelines(f"{attempt.pk}\n" for attempt in attempts)
        return lease, attempts

    def resolved(**what: Any) -> int:
        guards.follow(folder)
        # It was asked for before the guards were looked at.
        return resolve(**what | {"processor": tasks.get_processor()})

    sending.claim, unanswered.resolve = claimed, resolved


def prepare(folder: Path, name: str) -> None:
    """Everything above, for one process."""
    hurry()
    live_by(clock_of(folder, name))
    be_watched(claims_of(folder, name), folder)


if NAME in os.environ:
    prepare(Path(os.environ[FOLDER]), os.environ[NAME])
