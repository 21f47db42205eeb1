"""Twenty-five ways money has been charged twice or lost elsewhere: each has a test that names its guard."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent


@cache
def named_tests() -> dict[int, list[ast.FunctionDef]]:
    """Tests by the number of the failure in their name: `test_f17_a_disputed_payment_is_not_refunded`."""
    found: dict[int, list[ast.FunctionDef]] = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (match := re.match(r"test_f(\d+)_", node.name)):
                found.setdefault(int(match[1]), []).append(node)
    return found


@pytest.mark.parametrize("number", range(1, 26))
def test_each_failure_has_a_test_that_names_its_guard(number):
    tests = named_tests().get(number, [])
    assert tests, f"no test_f{number}_…"
    told = [f"{test.name} {ast.get_docstring(test)}" for test in tests]
    assert any("guard" in words.lower() for words in told), told
