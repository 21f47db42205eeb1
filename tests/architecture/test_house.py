"""The house as a machine sees it: relations point down, one pen writes the books, nothing of a machine is committed."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps

from tests.databases import ON_EVERY_VERSION, TESTS

ROOT = Path(__file__).resolve().parents[2]
FLOOR_OF = {
    "accounts": 1,
    "messaging": 2,
    "wallet": 3,
    "billing": 4,
    "installments": 5,
    "registration": 6,
    "action_center": 6,
}
WRITES_LEDGER = re.compile(
    r"(INSERT INTO|UPDATE|DELETE FROM)\s+billing_(entry|transfer)\b"
    r"|\b(Entry|Transfer)\.objects\.(create|bulk_create|update|get_or_create|update_or_create)\b"
)
OF_A_MACHINE = re.compile(
    "/wor" + "k/|/roo" + "t/|/tmp/bash_" + "jobs|files.python" + r"hosted|pypi\.org/simple|registry\.npmjs"
)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def relations() -> list[tuple[str, str, str]]:
    found = []
    for model in apps.get_models():
        if model._meta.app_label in FLOOR_OF:
            for field in model._meta.get_fields():
                other = field.related_model if field.concrete and field.is_relation else None
                if other is not None and other._meta.app_label in FLOOR_OF:
                    found.append((f"{model._meta.label}.{field.name}", model._meta.app_label, other._meta.app_label))
    return found


def test_every_relation_points_down():
    assert len(relations()) > 50
    upward = [name for name, room, other in relations() if room != other and FLOOR_OF[room] <= FLOOR_OF[other]]
    assert upward == []


def test_only_the_ledgers_pen_writes_entries_and_transfers():
    pen = ROOT / "billing" / "ledger.py"
    assert WRITES_LEDGER.search(pen.read_text())
    sources = [path for path in tracked("*.py") if "tests" not in path.parts and "bench" not in path.parts]
    assert [str(path) for path in sources if path != pen and WRITES_LEDGER.search(path.read_text())] == []


def test_nothing_of_a_machine_or_a_registry_is_committed():
    texts = [path for path in tracked() if path.suffix not in {".woff2", ".png", ".gz", ".xlsx", ".ttf", ".otf"}]
    assert len(texts) > 100
    assert [str(path) for path in texts if OF_A_MACHINE.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "package-lock.json"])
def test_no_lock_file_that_names_a_registry(name):
    assert [str(path) for path in tracked(name, f"**/{name}")] == []


def test_the_pattern_finds_what_it_forbids():
    assert OF_A_MACHINE.search("see /wor" + "k/main")
    assert WRITES_LEDGER.search("INSERT INTO billing_entry (a)")


def test_what_runs_on_every_version_of_the_database_is_there():
    assert [place for place in ON_EVERY_VERSION if not (TESTS / place).exists()] == []
