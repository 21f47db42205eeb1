"""What keeps the stack from starting, said in one line a person can act on."""

import errno
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path
from typing import IO

MEGABYTE = 1024 * 1024
OUT_OF_SPACE = ("No space left on device", "Disk quota exceeded")


class Refusal(Exception):
    """The stack cannot start or go on, and the text says why and what to do."""


def from_os_error(error: OSError) -> Refusal:
    """Turn what the operating system reports into the sentence a person needs."""
    place = error.filename or "the data folder"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Refusal(f"Not enough disk space: writing to {place} failed.")
    return Refusal(f"Cannot use {place}: {error.strerror or error}.")


def require_space(folder: Path, *, megabytes: int) -> None:
    """Stop before half a database is written to a disk that cannot hold it."""
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < megabytes:
        raise Refusal(f"Not enough disk space: {free} MB free in {folder}, {megabytes} MB needed.")


def claim_folder(folder: Path) -> IO[str]:
    """One stack per data folder: the claim lasts as long as the returned file stays open."""
    claim = (folder / "lock").open("a+")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.seek(0)
        holder = claim.read().strip() or "unknown"
        claim.close()
        raise Refusal(
            f"SmartRec is already running on {folder} (process {holder}): "
            "stop it first, or choose another folder with SMARTREC_DATA=."
        ) from None
    claim.truncate(0)
    claim.write(str(os.getpid()))
    claim.flush()
    return claim


def open_port(host: str, port: int, *, patience: float = 3) -> socket.socket:
    """Listen before anything else is started, so a taken port is known at once and never lost again.

    A stack that was killed a moment ago may still be letting go of the port, hence the patience.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _listen(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Refusal(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from None
            if time.monotonic() > deadline:
                raise Refusal(f"Port {port} is already in use: choose another one with PORT=.") from None
        time.sleep(0.1)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def free_port() -> int:
    """A port nobody listens on at this moment, on this machine only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Whether a remembered port can be used again."""
    try:
        open_port("127.0.0.1", port, patience=1).close()
    except Refusal:
        return False
    return True
