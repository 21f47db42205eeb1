import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from smartrec.devstack.places import ROOT
from smartrec.devstack.refusals import Refusal
from smartrec.devstack.services import Service
from smartrec.devstack.supervisor import Supervisor

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
FAMILY = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def program(tmp_path: Path, name: str, code: str, **how) -> Service:
    return Service(name, [sys.executable, "-c", code], tmp_path / f"{name}.log", **how)


def sleeper(tmp_path: Path, name: str = "sleeper") -> Service:
    return Service(name, ["sleep", "60"], tmp_path / f"{name}.log")


def eventually(fact: Callable[[], bool], *, seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()


def said_up(tmp_path: Path, name: str) -> Callable[[], bool]:
    return lambda: "up" in (tmp_path / f"{name}.log").read_text()


def runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def group(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-g", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_a_killed_process_is_started_again_and_a_person_is_told(supervisor, tmp_path, capsys):
    service = sleeper(tmp_path)
    supervisor.launch(service)
    first = service.process.pid
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: supervisor.pause() or (service.process.pid != first and service.is_alive))
    assert "sleeper ended (SIGKILL) and is started again" in capsys.readouterr().out


def test_what_a_killed_process_leaves_behind_is_removed_before_it_comes_back(supervisor, tmp_path):
    service = program(tmp_path, "family", FAMILY, answers=said_up(tmp_path, "family"))
    supervisor.launch(service)
    first = service.process.pid
    assert eventually(lambda: len(group(first)) == 2)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: supervisor.pause() or (service.process.pid != first and service.is_alive))
    assert eventually(lambda: not group(first))


class OurClock:
    """Goes on only while somebody sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_process_that_dies_again_and_again_is_started_slower_and_slower(supervisor, tmp_path, monkeypatch):
    clock, pauses = OurClock(), []
    monkeypatch.setattr("smartrec.devstack.supervisor.time", clock)
    service = sleeper(tmp_path)
    supervisor.launch(service)
    service.command = ["false"]
    os.kill(service.process.pid, signal.SIGKILL)
    for _death in range(5):
        dead, died = service.process, clock.now
        dead.wait(60)
        while service.process is dead:
            supervisor.pause()
        pauses.append(clock.now - died)
    assert all(later > 1.5 * earlier for earlier, later in pairwise(pauses)), pauses
    assert pauses[0] < 0.5


def test_a_process_that_never_works_ends_the_start_with_its_last_words(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr("smartrec.devstack.supervisor.MOST_DEATHS_AT_START", 2)
    service = program(tmp_path, "web", "raise SystemExit('no such settings')", answers=lambda: False)
    with pytest.raises(Refusal, match="web does not start: no such settings"):
        supervisor.launch(service)


def test_a_process_that_finds_no_space_says_so(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr("smartrec.devstack.supervisor.MOST_DEATHS_AT_START", 1)
    service = program(tmp_path, "postgres", "open('/dev/full', 'w').write('x' * 9999)", answers=lambda: False)
    with pytest.raises(Refusal, match="Not enough disk space: postgres could not write"):
        supervisor.launch(service)


def test_a_command_that_fails_ends_the_start_and_its_companions(supervisor, tmp_path):
    good = sleeper(tmp_path)
    bad = program(tmp_path, "migrate", "raise SystemExit('table is missing')")
    with pytest.raises(Refusal, match="migrate failed: table is missing"):
        supervisor.run(good, bad)
    assert not good.is_alive


def test_a_stubborn_process_is_stopped_all_the_same(tmp_path):
    service = program(tmp_path, "stubborn", STUBBORN, answers=said_up(tmp_path, "stubborn"))
    service.start()
    service.wait_until_it_answers()
    service.ask_to_stop()
    service.finish(patience=0.3)
    assert service.ending() == "SIGKILL"


def test_the_ground_is_taken_away_last(supervisor, tmp_path):
    note = tmp_path / "order"
    code = "import signal, sys, time; signal.signal(15, lambda *_: (open({0!r}, 'a').write({1!r}), sys.exit()));"
    code += "print('up', flush=True); time.sleep(60)"
    for name, rank in (("database", 0), ("web", 2), ("sandbox", 1)):
        words = code.format(str(note), name + " ")
        service = program(tmp_path, name, words, answers=said_up(tmp_path, name), rank=rank)
        supervisor.launch(service)
    supervisor.stop()
    assert note.read_text().split() == ["web", "sandbox", "database"]


def run_apart(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A supervisor in a process of its own, with one easy and one stubborn child."""
    code = f"""
import signal, sys
from pathlib import Path
from smartrec.devstack.services import Service
from smartrec.devstack.supervisor import StopRequested, Supervisor
logs = Path({str(tmp_path)!r})
easy = Service("easy", ["sleep", "60"], logs / "easy.log")
stubborn = Service("stubborn", [sys.executable, "-c", {STUBBORN!r}], logs / "stubborn.log")
stubborn.die_with = signal.SIGKILL
stubborn.answers = lambda: "up" in stubborn.log.read_text()
supervisor = Supervisor()
supervisor.listen_to_signals()
supervisor.launch(easy, stubborn)
print(easy.process.pid, stubborn.process.pid, flush=True)
try:
    supervisor.watch()
except StopRequested:
    stubborn.finish(patience=0.2)
    supervisor.stop()
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return process, [int(pid) for pid in process.stdout.readline().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_supervisor_leaves_nobody(tmp_path):
    process, children = run_apart(tmp_path)
    assert len(children) == 2
    assert all(runs(pid) for pid in children)
    process.kill()
    process.wait()
    assert eventually(lambda: not any(runs(pid) for pid in children))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_sigterm_and_a_closed_terminal_end_everything_in_order(tmp_path, sign):
    process, children = run_apart(tmp_path)
    process.send_signal(sign)
    assert process.wait(120) == 0
    assert not any(runs(pid) for pid in children)
