"""Processes the stack keeps alive: each in its own group, none able to outlive the one that started it."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .refusals import OUT_OF_SPACE, Refusal

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: between fork and exec nothing may be imported
KEEP_LOG_BELOW = 5 * 1024 * 1024


def stay_who_we_are() -> None:
    """Most children run as whoever started the stack."""


def always() -> bool:
    """For children that have no door to knock at: they work as soon as they run."""
    return True


def die_with_parent(sign: signal.Signals) -> None:
    """Ask the kernel to send a signal when our parent dies, however it dies."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, sign)


@dataclass
class Service:
    """One process: how it starts, how we know that it works, how it ends."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    answers: Callable[[], bool] = always
    stop_with: signal.Signals = signal.SIGTERM
    die_with: signal.Signals = signal.SIGTERM
    become: Callable[[], None] = stay_who_we_are
    inherits: Sequence[int] = ()
    cwd: Path = Path("/")
    rank: int = 0  # the higher, the earlier it is stopped
    deaths: int = 0
    started_at: float = 0.0
    died_at: float | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; its words go to its own log file, not through us."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > KEEP_LOG_BELOW:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                env=dict(self.environment),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._leash(),  # noqa: PLW1509 - the stack has one thread
                pass_fds=tuple(self.inherits),
            )
        self.started_at, self.died_at = time.monotonic(), None

    def _leash(self) -> Callable[[], None]:
        parent = os.getpid()

        def on_leash() -> None:
            self.become()
            die_with_parent(self.die_with)  # after become(): a change of identity clears it
            if os.getppid() != parent:
                os._exit(1)

        return on_leash

    @property
    def is_alive(self) -> bool:
        """Whether the process runs right now."""
        return self.process is not None and self.process.poll() is None

    @property
    def succeeded(self) -> bool:
        """Whether a command came to a good end."""
        return self.process is not None and self.process.returncode == 0

    def ask_to_stop(self) -> None:
        """Say that it is time to go."""
        if self.process is not None and self.is_alive:
            self.process.send_signal(self.stop_with)

    def finish(self, *, patience: float = 8) -> None:
        """Wait for the end, and after the patience is used up, make it the end."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.sweep()
        self.process.wait()

    def sweep(self) -> None:
        """Remove what is left of the process and of its children."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.process.returncode if self.process is not None else 0
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    def last_words(self) -> str:
        """The last line the process wrote, usually the reason of its death."""
        return last_line(self.log)

    def wait_until_it_answers(self, *, patience: float = 20) -> None:
        """Stay until the process works; for a process nobody else looks after."""
        deadline = time.monotonic() + patience
        while not self.answers():
            if not self.is_alive or time.monotonic() > deadline:
                raise failure(self, "does not start")
            time.sleep(0.02)


def last_line(log: Path) -> str:
    """The last line of a log, or nothing."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""


def failure(service: Service, happened: str) -> Refusal:
    """Why a process did not do what it was started for, in one line."""
    try:
        tail = service.log.read_text(errors="replace")[-4000:]
    except OSError:
        tail = ""
    if any(words in tail for words in OUT_OF_SPACE):
        return Refusal(f"Not enough disk space: {service.name} could not write (see {service.log}).")
    return Refusal(f"{service.name} {happened}: {service.last_words()} (see {service.log})")
