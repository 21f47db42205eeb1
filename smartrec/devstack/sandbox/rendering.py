"""Objects as the API shows them: without our private notes, and with related objects expanded on demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smartrec.devstack.sandbox.errors import bad_parameter

Obj = dict[str, Any]
Read = Callable[[str], Obj | None]
# Which field of an object names which kind of other object.
REFERENCES = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "customer": "customer",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "mandate": "mandate",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
    "setup_intent": "setup_intent",
    "source": "charge",
}
DEEPEST = 4


def render(obj: Obj) -> Obj:
    """What Stripe would show of it."""
    return {key: value for key, value in obj.items() if not key.startswith("_")}


def expand(read: Read, shown: Obj, paths: list[str]) -> Obj:
    """Replace ids by the objects they name, along each dotted path."""
    for index, path in enumerate(paths):
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise bad_parameter("You cannot expand more than 4 levels of a property.", param=f"expand[{index}]")
        if shown.get("object") == "list":
            if steps[0] != "data":
                raise _unknown(steps[0], index)
            for child in shown["data"]:
                _expand(read, child, steps[1:], index)
        else:
            _expand(read, shown, steps, index)
    return shown


def _expand(read: Read, shown: Obj, steps: list[str], index: int) -> None:
    if not steps:
        return
    name = steps[0]
    if name not in shown:
        raise _unknown(name, index)
    value = shown[name]
    if isinstance(value, str):
        if name not in REFERENCES:
            raise _unknown(name, index)
        found = read(value)
        value = shown[name] = render(found) if found else value
    elif isinstance(value, dict):
        value = shown[name] = dict(value)
    if isinstance(value, dict):
        _expand(read, value, steps[1:], index)


def _unknown(name: str, index: int) -> Exception:
    return bad_parameter(f"This property cannot be expanded ({name}).", param=f"expand[{index}]")
