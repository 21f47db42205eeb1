"""docs/charged-once.md names a test for each known way to charge twice; every test it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "charged-once.md").read_text(encoding="utf-8")
WAYS = 25


def test_every_known_way_has_its_guard_and_its_tests():
    rows = re.findall(r"^\| F(\d+) .+ \| .+ \| `test_", LIST, re.MULTILINE)
    assert [int(way) for way in rows] == list(range(1, WAYS + 1))


def test_every_test_it_names_is_there():
    found = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", found, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", LIST))
    assert named - there == set()
    assert len(named) > WAYS
