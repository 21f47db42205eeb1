"""Where the stack keeps its things, and what it must remember from one start to the next."""

import hashlib
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

from .refusals import Refusal, free_port, is_free

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = "environment.json"
LONGEST_SOCKET_PATH = 107 - len("/.s.PGSQL.5432.lock")
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


def short_name(path: Path) -> str:
    """A short name that belongs to one folder only."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


def private_folder(path: Path) -> Path:
    """A folder nobody else may enter; one prepared by somebody else is refused."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in {os.geteuid(), 65534}:
        raise Refusal(f"{path} belongs to another user: start SmartRec as that user, or remove it.")
    path.chmod(0o700)
    return path


def socket_folder(data: Path) -> Path:
    """Sockets live beside the data, unless that path is too long or too odd for a socket address."""
    beside = data / "run"
    if len(str(beside)) <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(beside)):
        return private_folder(beside)
    return private_folder(Path(tempfile.gettempdir()) / f"smartrec-{os.geteuid()}-{short_name(data)}")


def keep_private(file: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


class Memory:
    """Secrets made once, the sandbox's port and what has been prepared: one file only its owner can read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._facts: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, fact: str) -> str:
        """What was remembered, or nothing."""
        return self._facts.get(fact, "")

    def set(self, fact: str, value: str) -> None:
        """Remember, and survive being killed while doing so."""
        self._facts[fact] = value
        keep_private(self.file, json.dumps(self._facts, indent=1))

    def secret(self, fact: str, *, prefix: str = "") -> str:
        """A secret of this installation: made on first use, the same ever after."""
        if not self.get(fact):
            self.set(fact, prefix + secrets.token_urlsafe(40))
        return self.get(fact)

    def port(self, fact: str) -> int:
        """A port of our own: the same on every start as long as nobody else took it."""
        remembered = self.get(fact)
        if not remembered or not is_free(int(remembered)):
            self.set(fact, str(free_port()))
        return int(self.get(fact))


def fingerprint(*patterns: str) -> str:
    """Changes exactly when one of the matching files of the project changes."""
    digest = hashlib.sha256()
    for file in sorted(file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
