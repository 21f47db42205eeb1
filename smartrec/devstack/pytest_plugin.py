"""Gives the tests a PostgreSQL of their own before Django reads its settings.

Named in pyproject.toml with `-p`: a conftest would come too late.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from . import messages
from .postgres import Cluster
from .refusals import Refusal
from .services import Service

PREFIX = "smartrec-test-"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Before any other plugin looks at settings; workers of a parallel run find the address already set."""
    messages.compile_stale()
    if not os.environ.get("DATABASE_URL"):
        try:
            start_database()
        except Refusal as refusal:
            raise pytest.UsageError(str(refusal)) from None
    return (yield)


def start_database() -> None:
    """A fresh, forgetful PostgreSQL that ends with this process, however this process ends."""
    cluster = Cluster(scratch_folder(), fast=True)
    cluster.create()
    server = cluster.service()
    server.start()
    atexit.register(stop, server)
    server.wait_until_it_answers()
    os.environ["DATABASE_URL"] = cluster.url("smartrec")


def stop(service: Service) -> None:
    """End a process and wait for its end."""
    service.ask_to_stop()
    service.finish()


def scratch_folder() -> Path:
    """A folder for one run; what killed runs left behind is removed on the way."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_abandoned(old)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    claim = (folder / "lock").open("w")
    fcntl.flock(claim, fcntl.LOCK_EX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(claim.close)  # keeps the claim open until now
    return folder


def _remove_if_abandoned(folder: Path) -> None:
    try:
        with (folder / "lock").open("r+") as claim:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # in use, another user's, or being prepared this very moment
