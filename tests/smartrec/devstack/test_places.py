import os
import socket

import pytest

from smartrec.devstack.places import (
    LONGEST_SOCKET_PATH,
    ROOT,
    Memory,
    fingerprint,
    private_folder,
    socket_folder,
)
from smartrec.devstack.refusals import Refusal


def test_sockets_live_beside_the_data(tmp_path):
    assert socket_folder(tmp_path) == tmp_path / "run"
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["x" * LONGEST_SOCKET_PATH, "with space", "café"])
def test_where_the_path_is_too_long_or_odd_sockets_move_to_a_short_private_one(tmp_path, name):
    folder = socket_folder(tmp_path / name)
    assert folder == socket_folder(tmp_path / name), "the same data must find the same sockets"
    assert len(str(folder)) <= LONGEST_SOCKET_PATH
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()


def test_a_private_folder_prepared_by_a_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(Refusal, match="belongs to another user"):
        private_folder(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder somebody else's")
def test_a_private_folder_of_somebody_else_is_refused(tmp_path):
    os.chown(tmp_path, 4242, 4242)
    with pytest.raises(Refusal, match="belongs to another user"):
        private_folder(tmp_path)


def test_memory_lasts(tmp_path):
    Memory(tmp_path / "memory.json").set("demo_data", "small")
    assert Memory(tmp_path / "memory.json").get("demo_data") == "small"
    assert Memory(tmp_path / "memory.json").get("never told") == ""


def test_a_port_stays_the_same_until_somebody_else_takes_it(tmp_path):
    memory = Memory(tmp_path / "memory.json")
    port = memory.port("sandbox_port")
    assert Memory(tmp_path / "memory.json").port("sandbox_port") == port
    with socket.create_server(("127.0.0.1", port)):
        assert memory.port("sandbox_port") != port


def test_a_fingerprint_sees_a_changed_file():
    scratch = ROOT / "var" / f"fingerprint-{os.getpid()}"
    scratch.parent.mkdir(exist_ok=True)
    pattern = f"var/{scratch.name}"
    nothing = fingerprint(pattern)
    try:
        scratch.write_text("one")
        one = fingerprint(pattern)
        scratch.write_text("two")
        assert len({nothing, one, fingerprint(pattern)}) == 3
    finally:
        scratch.unlink()
