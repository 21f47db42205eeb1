"""The parts of the product as processes: the web, the worker, the clock, the sandbox and the one-off commands."""

import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT
from .services import Service

CELERY = ("celery", "-A", "smartrec.celery")
SANDBOX_RANK, PEOPLE_RANK = 1, 2


@dataclass(frozen=True)
class Parts:
    """Makes the processes of one installation."""

    data: Path
    environment: Mapping[str, str]

    def web(self, door: socket.socket, url: str) -> Service:
        """The pages; the door stays ours, so nobody is turned away while the web is started again."""
        options = {
            "--bind": f"fd://{door.fileno()}",
            "--worker-class": "gthread",
            "--workers": "2",
            "--threads": "8",
            "--graceful-timeout": "5",
            "--timeout": "60",
            "--log-level": "warning",
        }
        flags = [part for pair in options.items() for part in pair]
        service = self._service("web", "gunicorn", *flags, "--preload", "--no-control-socket", "smartrec.wsgi")
        service.inherits = (door.fileno(),)
        service.answers = responds(url)
        return service

    def worker(self, name: str = "worker", *, queue: str = "celery", processes: int = 2) -> Service:
        """Does what must not make a person wait; charges have a worker of their own, so that nothing waits for them."""
        options = ["--pool", "prefork", "--concurrency", str(processes), "--loglevel", "WARNING", "--queues", queue]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--hostname", f"{name}@%h"]
        service = self._service(name, *CELERY, "worker", *options, *quiet)
        # Waiting for a task to end is no use once the database goes; sweeps find what was left.
        service.die_with = signal.SIGKILL
        return service

    def beat(self) -> Service:
        """Wakes the worker at the hours and minutes the product asks for."""
        schedule = str(self.data / "beat-schedule")
        return self._service("beat", *CELERY, "beat", "--schedule", schedule, "--loglevel", "WARNING")

    def sandbox(self, *, host: str, port: int, public_url: str, webhook_url: str) -> Service:
        """The processor that moves no real money."""
        options = {
            "--host": host,
            "--port": str(port),
            "--public-url": public_url,
            "--data": str(self.data / "sandbox"),
            "--webhook-url": webhook_url,
            "--webhook-secret": self.environment["STRIPE_WEBHOOK_SECRET"],
        }
        flags = [part for pair in options.items() for part in pair]
        service = self._service("sandbox", "smartrec.devstack.sandbox", *flags)
        service.answers = responds(self.environment["STRIPE_API_BASE"] + "/healthz")
        service.rank = SANDBOX_RANK
        return service

    def command(self, name: str, *arguments: str) -> Service:
        """One of the product's own commands, such as the migrations."""
        return self._service(name, "django", name, *arguments)

    def _service(self, name: str, module: str, *arguments: str) -> Service:
        """Run modules by the Python that runs the stack: scripts would break when the folder moves."""
        return Service(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            log=self.data / "log" / f"{name}.log",
            environment=self.environment,
            cwd=ROOT,
            rank=PEOPLE_RANK,
        )


def responds(url: str) -> Callable[[], bool]:
    """Whether a page comes back; a proxy has no business between us and this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers() -> bool:
        try:
            opener.open(url, timeout=3).close()
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True

    return answers
