"""The real product as `make run` starts it, without the demo's people."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from smartrec.devstack.places import ROOT, socket_folder
from smartrec.devstack.refusals import free_port

REPLACEABLE = ("DATABASE_URL", "CELERY_BROKER_URL", "STRIPE_API_BASE", "SECRET_KEY", "PUBLIC_URL", "MAKELEVEL")

DIRECTLY = (sys.executable, "-m", "smartrec.devstack", "run")
THROUGH_MAKE = ("make", "run") if Path(sys.prefix) == ROOT / ".venv" else DIRECTLY
PARTS = {
    "postgres": "bin/postgres -D",
    "valkey": "valkey-server",
    "sandbox": "smartrec.devstack.sandbox",
    "web": "gunicorn",
    "worker": "--queues celery",
    "charges": "--queues charges",
    "beat": "smartrec.celery beat",
}


class Running:
    """One `python -m smartrec.devstack run` and what can be asked of it."""

    def __init__(self, data: Path, command: Sequence[str]) -> None:
        self.data, self.port = data, free_port()
        wishes = {"SMARTREC_DATA": str(data), "DEMO_SIZE": "none", "PORT": str(self.port)}
        kept = {name: value for name, value in os.environ.items() if name not in REPLACEABLE}
        self.process = subprocess.Popen(
            command,
            env=kept | wishes | {"DJANGO_SETTINGS_MODULE": "smartrec.settings.dev"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> str:
        said = ""
        for line in self.process.stdout:
            said += line
            if "Ctrl-C stops" in line:
                return said
        raise AssertionError(said)

    def alive(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=120) as page:
            return page.read().decode()

    def processes(self) -> dict[int, str]:
        """Every process that belongs to this stack, by what it was told or where it lives."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_text().replace("\0", " ")
                told = f"SMARTREC_DATA={self.data}\0" in (entry / "environ").read_text(errors="replace")
                lives_here = (entry / "cwd").resolve().is_relative_to(self.data)
            except OSError:
                continue
            if words and (told or lives_here):
                found[int(entry.name)] = words
        return found

    def database(self) -> psycopg.Connection:
        return psycopg.connect(f"postgresql://app@/smartrec?host={socket_folder(self.data)}")

    def has_database(self) -> bool:
        try:
            self.database().close()
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start_one(command: Sequence[str] = DIRECTLY) -> Running:
        started.append(Running(tmp_path, command))
        return started[-1]

    yield start_one
    for running in started:
        running.process.kill()
        running.process.wait()


def eventually(fact: Callable[[], bool], *, seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.05)
    return fact()


def nobody_left(running: Running) -> bool:
    return eventually(lambda: not running.processes())


def a_second_start_is_refused(start: Callable[..., Running]) -> None:
    again = start()
    assert again.process.wait(120) == 1
    assert "SmartRec is already running on" in again.process.stdout.read()


def every_part_comes_back_when_killed(stack: Running) -> None:
    for part, words in PARTS.items():
        victim = min(pid for pid, told in stack.processes().items() if words in told)
        os.kill(victim, signal.SIGKILL)
        assert next(stack.process.stdout).startswith(f"{part} ended (SIGKILL) and is started again")
    for words in PARTS.values():
        assert eventually(lambda words=words: any(words in told for told in stack.processes().values()))
    assert eventually(stack.has_database), "PostgreSQL did not recover"
    assert stack.alive() == "ok"


def a_command_runs_on_it(stack: Running) -> None:
    """`migrate --check` succeeds only where the database is found and has every table."""
    command = [sys.executable, "-m", "smartrec.devstack", "manage", "migrate", "--check"]
    told = {"PATH": os.environ["PATH"], "SMARTREC_DATA": str(stack.data)}
    assert subprocess.run(command, env=told, cwd=ROOT, timeout=300, check=False).returncode == 0


def kill(stack: Running) -> None:
    stack.process.kill()
    stack.process.wait()


def test_a_stack_survives_its_parts_and_none_of_them_survives_the_stack(start):
    stack = start()
    assert f"http://localhost:{stack.port}" in stack.wait_until_ready()
    assert stack.alive() == "ok"
    a_second_start_is_refused(start)
    a_command_runs_on_it(stack)
    every_part_comes_back_when_killed(stack)
    with stack.database() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS cents")
    kill(stack)
    assert nobody_left(stack)

    stack = start(THROUGH_MAKE)
    stack.wait_until_ready()
    with stack.database() as connection:
        assert connection.execute("SELECT cents FROM kept").fetchone() == (42,)
    kill(stack)
    assert nobody_left(stack)

    stack = start()
    stack.wait_until_ready()
    stack.process.send_signal(signal.SIGTERM)
    assert stack.process.wait(120) == 0
    assert nobody_left(stack)
