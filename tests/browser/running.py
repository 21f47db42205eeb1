"""The real product, started the way a person starts it, and what a test may ask of it besides looking at its pages."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from allauth.mfa.totp.internal import auth as totp

from smartrec.devstack.places import ENVIRONMENT, ROOT
from smartrec.devstack.refusals import free_port
from smartrec.devstack.sandbox.testing import Sandbox

PASSWORD = "dix-erables-rouges"
SECRET = """SELECT data->>'secret' FROM mfa_authenticator a JOIN accounts_user u ON u.id = a.user_id
WHERE a.type = 'totp' AND u.email = %s"""
CODE_LASTS = 30
READY = "Ctrl-C stops"
READY_WITHIN, GONE_WITHIN, ANSWERS_WITHIN = 480, 120, 240
# The tests' own database and settings are not the product's.
OURS = ("DATABASE_URL", "CELERY_BROKER_URL", "STRIPE_API_BASE", "SECRET_KEY", "PUBLIC_URL", "MAKELEVEL")
OURS += ("DJANGO_SETTINGS_MODULE", "EMAIL_FILE_PATH", "ALLOWED_HOSTS", "HOST", "SMARTREC_SIGN_INS")


class RunningSandbox(Sandbox):
    """The sandbox the stack has started itself."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


class Stack:
    """A product that runs on `data`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.told: dict[str, str] = json.loads((data / ENVIRONMENT).read_text())
        self.url = self.told["PUBLIC_URL"]
        self.sandbox = RunningSandbox(self.told["STRIPE_API_BASE"])

    def email(self, role: str, organization: str = "erables") -> str:
        """Who signs in for a role of the demo; `parent1` to `parent3` are account holders."""
        return f"{role.replace('_', '-')}@{organization}.example"

    def rows(self, question: str, *values: Any) -> list[tuple]:
        """What the product's database answers."""
        with psycopg.connect(self.told["DATABASE_URL"], autocommit=True) as connection:
            asked = connection.execute(question, values)
            return asked.fetchall() if asked.description else []

    @contextmanager
    def held(self, question: str, *values: Any) -> Iterator[None]:
        """Keep the rows an answer locks, so that whoever wants them has to wait for the end of the block."""
        with psycopg.connect(self.told["DATABASE_URL"]) as connection:
            connection.execute(question, values)
            yield

    def manage(self, *arguments: str) -> str:
        """Run one of the product's commands, as `python -m smartrec.devstack manage …`."""
        command = [sys.executable, "-m", "smartrec.devstack", "manage", *arguments]
        told = {"PATH": os.environ["PATH"], "SMARTREC_DATA": str(self.data)}
        done = subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def successes(self, payment_intent: str) -> int:
        """How often the sandbox really took the money of this payment."""
        return self.sandbox.counts(payment_intent).get("charge_succeeded", 0)

    def code(self, email: str) -> str:
        """What the telephone of somebody with a second step shows now, and for a while: it is still to be typed."""
        [(secret,)] = self.rows(SECRET, email)
        if (left := CODE_LASTS - time.time() % CODE_LASTS) < CODE_LASTS - 10:
            time.sleep(left)
        return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // CODE_LASTS))

    def prefer(self, email: str, *, language: str, theme: str = "system") -> None:
        """The language and appearance somebody has chosen."""
        self.rows("UPDATE accounts_user SET language = %s, theme = %s WHERE email = %s", language, theme, email)

    def eventually(self, question: str, *values: Any, within: float = ANSWERS_WITHIN) -> None:
        """Wait until the answer to a yes-or-no question is yes."""
        deadline = time.monotonic() + within
        while not self.rows(question, *values)[0][0]:
            assert time.monotonic() < deadline, f"still no after {within:.0f} s: {question} {values}"
            time.sleep(0.2)


class Started:
    """A stack of our own, from its first start to its end."""

    def __init__(self, folder: Path) -> None:
        self.data, self.log = folder / "data", folder / "stack.log"
        wishes = {"SMARTREC_DATA": str(self.data), "PORT": str(free_port()), "DEMO_SIZE": "small"}
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "smartrec.devstack", "run"],
                env=kept | wishes | {"SANDBOX_SETTLE_AFTER": "2"},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> Stack:
        deadline = time.monotonic() + READY_WITHIN
        while READY not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return Stack(self.data)

    def stop(self) -> None:
        """Ask it to end, and see that nothing of it is left."""
        self.process.terminate()
        try:
            self.process.wait(GONE_WITHIN)
        finally:
            self.process.kill()
            self.process.wait()
        deadline = time.monotonic() + GONE_WITHIN
        while left := self.processes():
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.1)

    def processes(self) -> dict[int, str]:
        """Every process that was told about this stack's folder, or lives in it."""
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
