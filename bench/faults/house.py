"""The whole product as processes that can be struck dead and brought back: engines, web, two charge workers, clock."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
import stripe

from bench.faults import files
from bench.faults.unrest import Unrest
from smartrec.devstack.parts import Parts
from smartrec.devstack.places import ROOT
from smartrec.devstack.postgres import Cluster
from smartrec.devstack.sandbox import testing
from smartrec.devstack.services import Service
from smartrec.devstack.valkey import Broker

DATA = ROOT / "var" / "bench" / "faults"
# What a centre's processor is asked to tell of payments (docs/processor.md).
NEWS = ("succeeded", "processing", "payment_failed", "requires_action", "canceled")
PATIENCE = 300
# How long somebody asked to go may take: less than the stack allows.
GRACE = 3
SETTLE_AFTER = 1.0
# So many sweeps are done in no time.
SOON = 6
CHARGERS = ("charges-1", "charges-2")


def _subscribe(processor: str, url: str) -> str:
    """Hear of every centre's payments; the answer is the secret that signs the news."""
    client = stripe.StripeClient(testing.PLATFORM_KEY, base_addresses={"api": processor})
    events: Any = [f"payment_intent.{name}" for name in NEWS]
    endpoint = client.v1.webhook_endpoints.create({"url": url, "enabled_events": events, "connect": True})
    return endpoint.secret or ""


class House:
    """Everything that runs during a drill; `watch` brings back what died, as a supervisor would.

    Only the thread that made it may start anything: a process ends with the thread that started it.
    """

    def __init__(self, folder: Path, accounts: list[str], door: socket.socket) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        self.cluster = Cluster(folder)
        self.broker = Broker(folder)
        self.sandbox = testing.start(
            settle_after=SETTLE_AFTER,
            accounts=tuple(accounts),
        )
        secret = _subscribe(self.sandbox.base_url, f"{self.url}/webhooks/stripe/")
        os.environ |= self._environment(secret)
        self.parts = Parts(folder, dict(os.environ))
        self.engines = {"postgres": self.cluster.service(), "broker": self.broker.service()}
        self.people = {
            "web": self.parts.web(door, f"{self.url}/healthz"),
            **{name: self.parts.worker(name, queue="charges", processes=1) for name in CHARGERS},
            "worker": self.parts.worker("worker", processes=2),
            "beat": self.parts.beat(),
        }
        for name, service in self.people.items():
            service.environment = {**service.environment, "FAULTS_NAME": name}
        self.services: dict[str, Service] = {}
        self.leaving: dict[str, float] = {}
        self.unrest = Unrest(self.sandbox)

    def _environment(self, secret: str) -> dict[str, str]:
        return {
            "DATABASE_URL": self.cluster.url("smartrec"),
            "CELERY_BROKER_URL": self.broker.url,
            "STRIPE_API_BASE": self.sandbox.base_url,
            "STRIPE_SECRET_KEY": testing.PLATFORM_KEY,
            "STRIPE_WEBHOOK_SECRET": secret,
            "DJANGO_SETTINGS_MODULE": "bench.faults.settings",
            "SMARTREC_DEVELOPMENT": "1",
            "SMARTREC_DATA": str(self.folder),
            "FAULTS_FOLDER": str(self.folder),
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def open(self) -> None:
        """Engines, tables, then everybody else."""
        self.cluster.create()
        for name, service in self.engines.items():
            self._launch(name, service)
        self.cluster.ensure_database("smartrec", afresh=True)
        migrate = self.parts.command("migrate", "--verbosity", "0")
        migrate.start()
        migrate.finish(patience=PATIENCE)
        if not migrate.succeeded:
            raise RuntimeError(f"the tables could not be made: {migrate.last_words()}")
        for name, service in self.people.items():
            self._launch(name, service)

    def _launch(self, name: str, service: Service) -> None:
        self.services[name] = service
        service.start()
        if name in self.engines:
            self.wait(service.answers)

    def watch(self) -> None:
        """Bring back what is dead, and send away who was asked to go and does not."""
        for name, service in self.services.items():
            if self.leaving.get(name, time.monotonic()) < time.monotonic() - GRACE:
                service.sweep()
            if not service.is_alive:
                self.leaving.pop(name, None)
                service.sweep()
                service.start()

    def wait(self, answers: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Until it is so; the dead are brought back meanwhile."""
        deadline = time.monotonic() + patience
        while not answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {patience} s: {answers}")
            self.watch()
            time.sleep(0.05)

    def whole(self) -> bool:
        """Everybody lives and answers, and nobody has a heap of old sweeps before him."""
        alive = all(service.is_alive and service.answers() for service in self.services.values())
        return alive and all(self._waiting(queue) < SOON for queue in ("celery", "charges"))

    def _waiting(self, queue: str) -> int:
        with redis.Redis(unix_socket_path=str(self.broker.socket)) as broker:
            return broker.llen(queue)

    def kill(self, name: str) -> bool:
        """SIGKILL, for the process and all its children, without a goodbye; whether there was somebody to kill."""
        service = self.services[name]
        alive = service.is_alive
        service.sweep()
        return alive

    def deploy(self) -> int:
        """All of ours are asked to go, and come back; the answer is how many."""
        here = [name for name in self.people if self.services[name].is_alive]
        for name in here:
            self.services[name].ask_to_stop()
            self.leaving[name] = time.monotonic()
        return len(here)

    def freeze(self, name: str, *, on: bool) -> bool:
        """Stop a process where it stands, or let it go on as if nothing had happened."""
        process = self.services[name].process
        if process is None or process.poll() is not None:
            return False
        os.killpg(process.pid, signal.SIGSTOP if on else signal.SIGCONT)
        return True

    def fought(self) -> int:
        """How many attempts more than one worker has claimed since the notes were begun."""
        notes = [files.claims_of(self.folder, name) for name in CHARGERS]
        mine, yours = (set(note.read_text().split()) if note.exists() else set() for note in notes)
        return len(mine & yours)

    def begin_notes(self) -> None:
        """A new round begins with empty notes, right clocks and a calm processor."""
        for file in [*self.folder.glob("claims-*"), *self.folder.glob("clock-*")]:
            file.unlink(missing_ok=True)
        self.unrest.begin()

    def close(self) -> None:
        """Everybody goes; nothing is left running."""
        for service in [*reversed(self.services.values())]:
            service.ask_to_stop()
        for service in [*reversed(self.services.values())]:
            # The books were read: nobody has to go slowly.
            service.finish(patience=GRACE if service.name == "postgres" else 1)
        self.sandbox.stop()


@contextmanager
def standing(accounts: list[str], *, name: str) -> Iterator[House]:
    """A house on ground of its own, gone afterwards; the logs of one that fell stay."""
    folder = DATA / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(64)
        house = House(folder, accounts, door)
        try:
            house.open()
            yield house
        finally:
            house.close()
    for place in {house.cluster.folder.parent, house.cluster.sockets, house.broker.socket.parent, folder}:
        shutil.rmtree(place, ignore_errors=True)
