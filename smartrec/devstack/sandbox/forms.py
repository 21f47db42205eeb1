"""Stripe's form encoding: `a[b][c]=v` for objects, `a[0]=v` or `a[]=v` for lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from smartrec.devstack.sandbox.errors import bad_parameter


def decode(body: str) -> dict[str, Any]:
    """Turn a form body or a query string into nested dictionaries and lists."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        head, bracket, tail = name.partition("[")
        if not bracket:
            root[head] = value
        else:
            _place(root, [head, *tail.rstrip("]").split("][")], value)
    return {key: _lists(value) for key, value in root.items()}


def _place(root: dict[str, Any], steps: list[str], value: str) -> None:
    node = root
    for step in steps[:-1]:
        child = node.setdefault(_slot(node, step), {})
        if not isinstance(child, dict):
            raise bad_parameter(f"Invalid {steps[0]}: must be a hash.", param=steps[0])
        node = child
    node[_slot(node, steps[-1])] = value


def _slot(node: dict[str, Any], step: str) -> str:
    return step or str(len(node))


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(child) for key, child in value.items()}
