"""The whole product on one machine: what is started, in which order, and what is prepared in between."""

import contextlib
import fcntl
import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator

from . import messages
from .parts import Parts
from .places import ENVIRONMENT, ROOT, Memory, fingerprint, keep_private, private_folder
from .postgres import Cluster
from .refusals import claim_folder, open_port, require_space
from .services import Service
from .supervisor import StopRequested, Supervisor, say
from .valkey import Broker
from .wishes import WEBHOOKS, Wishes, settings_of

DATABASE = "smartrec"
COLLECTED = ROOT / "staticfiles" / ".collected-from"
COLLECTING = ROOT / "var" / "collecting.lock"
FIRST_START_MB, LATER_START_MB = 400, 50


def run(wishes: Wishes) -> None:
    """Start everything, say where it is, and stay until somebody asks to stop."""
    supervisor = Supervisor()
    supervisor.listen_to_signals()
    private_folder(wishes.data)
    with claim_folder(wishes.data), open_port(wishes.host, wishes.port) as door:
        try:
            Stack(wishes, supervisor).start(door)
            supervisor.watch()
        except StopRequested:
            say("Stopping.")
        finally:
            supervisor.stop()
    say(f"Stopped. The data stays in {wishes.data}.")


class Stack:
    """Everything `make run` starts."""

    def __init__(self, wishes: Wishes, supervisor: Supervisor) -> None:
        self.wishes = wishes
        self.supervisor = supervisor
        self.memory = Memory(wishes.data / "memory.json")
        self.is_first_start = not self.memory.get("demo_data")
        # Where the sandbox that came along is steered from; none when another processor is used.
        self.control_page = ""

    def start(self, door: socket.socket) -> None:
        """Ground floor first: the engines, then the prepared database, then the doors for people."""
        began = time.monotonic()
        needed = FIRST_START_MB if self.is_first_start else LATER_START_MB
        require_space(self.wishes.data, megabytes=needed)
        parts = self._start_engines()
        self._prepare(parts)
        self.supervisor.launch(parts.web(door, f"{self.wishes.local_url}/healthz"))
        charges = parts.worker("charges", queue="charges", processes=1)
        self.supervisor.launch(parts.worker(), charges, parts.beat())
        self._welcome(time.monotonic() - began)

    def _start_engines(self) -> Parts:
        """The database, the broker and the sandbox, each unless a person brings their own."""
        wishes, engines = self.wishes, []
        addresses: dict[str, str] = {}
        cluster = None if wishes.brings("DATABASE_URL") else Cluster(wishes.data)
        if cluster:
            cluster.create()
            engines.append(cluster.service())
            addresses["DATABASE_URL"] = cluster.url(DATABASE)
        if not wishes.brings("CELERY_BROKER_URL"):
            broker = Broker(wishes.data)
            engines.append(broker.service())
            addresses["CELERY_BROKER_URL"] = broker.url
        port = 0 if wishes.brings("STRIPE_API_BASE") else self.memory.port("sandbox_port")
        if port:
            addresses["STRIPE_API_BASE"] = wishes.own_url(port)
            addresses["PROCESSOR_PAGE_ORIGINS"] = wishes.sandbox_url(port)
        settings = settings_of(wishes, self.memory, addresses)
        keep_private(wishes.data / ENVIRONMENT, json.dumps(settings, indent=1))
        parts = Parts(wishes.data, {**wishes.given, **settings})
        if port:
            engines.append(self._sandbox(parts, port))
            self.control_page = f"{wishes.sandbox_url(port)}/_sandbox/"
        self.supervisor.launch(*engines)
        if cluster:
            cluster.ensure_database(DATABASE, afresh=self.is_first_start)
        return parts

    def _sandbox(self, parts: Parts, port: int) -> Service:
        if self.is_first_start:  # what an interrupted first start left behind fits no database
            shutil.rmtree(self.wishes.data / "sandbox", ignore_errors=True)
        return parts.sandbox(
            host=self.wishes.host,
            port=port,
            public_url=self.wishes.sandbox_url(port),
            webhook_url=self.wishes.local_url + WEBHOOKS,
        )

    def _prepare(self, parts: Parts) -> None:
        """Tables, texts and files as this version of the product wants them; the demo's people once."""
        messages.compile_stale()
        tables = fingerprint("*/migrations/*.py", "requirements.txt")
        jobs = [parts.command("migrate", "--verbosity", "0")] if self._must_migrate(tables) else []
        self._collect(parts, jobs)
        self.memory.set("migrated", tables)
        self._create_demo_data(parts)

    def _collect(self, parts: Parts, jobs: list[Service]) -> None:
        """The files for browsers, and the other jobs beside it; of two starts from one checkout one collects."""
        files = fingerprint("*/static/**/*", "requirements.txt")
        if not collected(files):
            with one_start_at_a_time(self.supervisor.pause):
                if not collected(files):
                    collecting = parts.command("collectstatic", "--noinput", "--verbosity", "0")
                    self.supervisor.run(*jobs, collecting)
                    COLLECTED.write_text(files)
                    return
        self.supervisor.run(*jobs)

    def _must_migrate(self, state: str) -> bool:
        """Our own database cannot have changed behind our back; a person's own can."""
        if self.is_first_start or self.wishes.brings("DATABASE_URL"):
            return True
        return self.memory.get("migrated") != state

    def _create_demo_data(self, parts: Parts) -> None:
        size = self.wishes.demo_size
        if self.is_first_start and size != "none":
            say(f"Creating the demo data ({size}), this once.")
            self.supervisor.run(parts.command("demo_data", "--size", size))
        if self.is_first_start:
            self.memory.set("demo_data", size)

    def _welcome(self, seconds: float) -> None:
        """The address, and who may sign in."""
        say(f"\nSmartRec is ready after {seconds:.0f} s: {self.wishes.public_url}\n")
        sign_ins = self.wishes.data / "sign-ins.txt"
        if sign_ins.exists():
            say(sign_ins.read_text().rstrip() + "\n")
        if self.control_page:
            say(f"Payment sandbox, where things go wrong on purpose: {self.control_page}")
        say(f"Letters: {self.wishes.data / 'mail'}. Data and logs: {self.wishes.data}. Ctrl-C stops.")


def collected(files: str) -> bool:
    """Whether the files for browsers are those of this version."""
    return COLLECTED.exists() and COLLECTED.read_text() == files


@contextlib.contextmanager
def one_start_at_a_time(wait: Callable[[], None]) -> Iterator[None]:
    """What two starts would make in the same place at the same moment."""
    COLLECTING.parent.mkdir(parents=True, exist_ok=True)
    with COLLECTING.open("w") as claim:
        while True:
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                wait()
        yield
