"""Keeps every part of the stack alive, and takes all of them down in order."""

import contextlib
import signal
import time
from collections.abc import Sequence
from types import FrameType

from .services import Service, failure

TICK = 0.05
MOST_DEATHS_AT_START = 8
LONGEST_START = 90
LONGEST_PAUSE = 10
STABLE_AFTER = 60


class StopRequested(Exception):
    """A person or the machine asked the stack to end."""


def say(text: str) -> None:
    """One line for the person at the terminal; everything else goes to the logs."""
    with contextlib.suppress(OSError):  # a terminal that went away must not take the product along
        print(text, flush=True)


class Supervisor:
    """A handful of processes in the order they were started."""

    def __init__(self) -> None:
        self.services: list[Service] = []
        self._works: set[str] = set()
        self._asked_to_stop = False

    def listen_to_signals(self) -> None:
        """Ctrl-C, a closed terminal and SIGTERM all mean the same: end in order."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._note)

    def _note(self, sign: int, frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def launch(self, *services: Service) -> None:
        """Start processes side by side and wait until each does its work."""
        for service in services:
            self.services.append(service)
            service.start()
        deadline = time.monotonic() + LONGEST_START
        waiting = list(services)
        while waiting := [service for service in waiting if not (service.is_alive and service.answers())]:
            if time.monotonic() > deadline:
                raise failure(waiting[0], "does not answer")
            self.pause()
        self._works |= {service.name for service in services}

    def run(self, *jobs: Service) -> None:
        """Run commands that end by themselves, side by side; the first that fails ends the start."""
        for job in jobs:
            job.start()
        running = list(jobs)
        try:
            while running:
                self.pause()
                for job in [job for job in running if not job.is_alive]:
                    running.remove(job)
                    if not job.succeeded:
                        raise failure(job, "failed")
        finally:
            end(running, patience=2)

    def watch(self) -> None:
        """Stay until somebody asks the stack to stop."""
        while True:
            self.pause(0.2)

    def pause(self, seconds: float = TICK) -> None:
        """Let a moment pass, during which dead processes are brought back."""
        if self._asked_to_stop:
            raise StopRequested
        for service in self.services:
            if not service.is_alive:
                self._bring_back(service)
            elif service.deaths and time.monotonic() - service.started_at > STABLE_AFTER:
                service.deaths = 0
        time.sleep(seconds)

    def _bring_back(self, service: Service) -> None:
        """Start a dead process again: at once the first time, then slower and slower."""
        if service.died_at is None:
            service.died_at = time.monotonic()
            service.deaths += 1
            service.sweep()
            if service.name in self._works:
                say(f"{service.name} ended ({service.ending()}) and is started again; see {service.log}")
            elif service.deaths >= MOST_DEATHS_AT_START:
                raise failure(service, "does not start")
        wait = 0.1 * 2 ** min(service.deaths - 1, 10)
        if time.monotonic() - service.died_at >= min(wait, LONGEST_PAUSE):
            service.start()

    def stop(self) -> None:
        """Take everything down: what works for people first, what it stands on last."""
        for rank in sorted({service.rank for service in self.services}, reverse=True):
            end([service for service in self.services if service.rank == rank])


def end(services: Sequence[Service], *, patience: float = 8) -> None:
    """Ask several processes at once to stop, then see to it."""
    for service in services:
        service.ask_to_stop()
    deadline = time.monotonic() + patience
    for service in services:
        service.finish(patience=max(0.1, deadline - time.monotonic()))
