import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from smartrec.devstack.places import ROOT

OLD = "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' || exit 1\n"
NEW = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
NO_PIP = '#!/bin/sh\n[ "$1" = -m ] && exit 1\nexit 0\n'


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The product's files before anything was installed."""
    (tmp_path / "smartrec" / "devstack").mkdir(parents=True)
    shutil.copy(ROOT / "smartrec/devstack/bootstrap.sh", tmp_path / "smartrec/devstack")
    for file in ROOT.glob("requirements*.txt"):
        shutil.copy(file, tmp_path)
    return tmp_path


def bootstrap(product: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", product / "smartrec/devstack/bootstrap.sh", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(product), **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def program(folder: Path, text: str) -> str:
    file = folder / "python"
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


def refusal(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    return line


def test_a_python_too_old_is_one_line_that_names_its_version(bare):
    line = refusal(bootstrap(bare, PYTHON=program(bare, OLD)))
    assert "Python 3.11 or newer is needed, and this is Python 3.9.2" in line


def test_no_python_at_all_is_one_line(bare):
    line = refusal(bootstrap(bare, PYTHON=str(bare / "nowhere")))
    assert "Python 3.11 or newer is needed, and none was found" in line


def test_a_python_without_pip_names_the_package_to_install(bare):
    assert "apt install python3-pip" in refusal(bootstrap(bare, PYTHON=program(bare, NO_PIP)))


def test_a_network_that_gives_nothing_is_one_line(bare):
    nowhere = "http://127.0.0.1:9/"
    line = refusal(
        bootstrap(bare, PYTHON=program(bare, NEW), PIP_INDEX_URL=nowhere, PIP_NO_CACHE_DIR="1", PIP_RETRIES="0")
    )
    assert line.startswith("SmartRec cannot be installed: Fetching the installer failed: ERROR")


def installed(product: Path, level: str) -> None:
    (product / ".venv" / "bin").mkdir(parents=True)
    program(product / ".venv" / "bin", NEW)
    shutil.copy(product / level, product / ".venv")


@pytest.mark.parametrize("arguments", [[], ["dev"]])
def test_nothing_is_done_when_nothing_changed(bare, arguments):
    installed(bare, "requirements-dev.txt")
    ended = bootstrap(bare, *arguments, PYTHON=str(bare / "nowhere"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_changed_requirements_are_installed_again(bare):
    installed(bare, "requirements.txt")
    with (bare / "requirements.txt").open("a") as requirements:
        requirements.write("# changed\n")
    assert "none was found" in refusal(bootstrap(bare, PYTHON=str(bare / "nowhere")))


def test_the_tools_of_a_developer_are_asked_for_by_name(bare):
    installed(bare, "requirements.txt")
    assert bootstrap(bare, PYTHON=str(bare / "nowhere")).returncode == 0
    assert "none was found" in refusal(bootstrap(bare, "dev", PYTHON=str(bare / "nowhere")))
