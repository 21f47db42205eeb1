import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from smartrec.devstack.places import ROOT
from smartrec.devstack.refusals import Refusal, claim_folder, from_os_error, open_port, require_space


def run_stack(**wishes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smartrec.devstack", "run"],
        env={**os.environ, **wishes},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def only_line(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


def test_a_taken_port_is_one_line_that_names_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = only_line(run_stack(PORT=str(port), SMARTREC_DATA=str(tmp_path)))
    assert line == f"SmartRec cannot run: Port {port} is already in use: choose another one with PORT=."


def test_a_port_let_go_in_time_is_used():
    with socket.create_server(("127.0.0.1", 0)) as leaving:
        port = leaving.getsockname()[1]
        with pytest.raises(Refusal):
            open_port("127.0.0.1", port, patience=0)
    open_port("127.0.0.1", port, patience=0).close()


def test_a_second_start_on_the_same_data_is_one_line_that_names_the_folder(tmp_path):
    with claim_folder(tmp_path):
        line = only_line(run_stack(PORT="8641", SMARTREC_DATA=str(tmp_path)))
    assert line.startswith(f"SmartRec cannot run: SmartRec is already running on {tmp_path}")
    assert f"(process {os.getpid()})" in line
    assert "SMARTREC_DATA=" in line


def test_a_claim_ends_with_the_one_who_made_it(tmp_path):
    claim_folder(tmp_path).close()
    claim_folder(tmp_path).close()


def test_a_port_that_is_no_number_is_one_line(tmp_path):
    assert "PORT must be a number" in only_line(run_stack(PORT="http", SMARTREC_DATA=str(tmp_path)))


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    line = only_line(run_stack(PORT="8642", SMARTREC_DATA=str(tmp_path / "file" / "demo")))
    assert "Cannot use" in line


def test_too_little_space_says_how_much_is_there_and_how_much_is_needed(tmp_path):
    with pytest.raises(Refusal, match=r"Not enough disk space: \d+ MB free in .*, 999999999 MB needed"):
        require_space(tmp_path, megabytes=999_999_999)


def test_a_full_disk_is_named_as_such():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/memory.json")
    assert str(from_os_error(error)) == "Not enough disk space: writing to /data/memory.json failed."


def test_a_small_disk_is_refused_before_anything_is_written(tmp_path):
    script = f"""
        mount -t tmpfs -o size=20m none {tmp_path} || exit 77
        PORT=8643 SMARTREC_DATA={tmp_path}/demo {sys.executable} -m smartrec.devstack run
    """
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if ended.returncode == 77 or "unshare" in ended.stderr:
        pytest.skip("this machine allows no private disk")
    assert "Not enough disk space" in only_line(ended)
    assert not list(Path(tmp_path).iterdir())
