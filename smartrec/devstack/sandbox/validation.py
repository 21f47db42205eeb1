"""Hold every request against Stripe's API description: unknown, missing and mistyped parameters are refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from smartrec.devstack.sandbox.errors import (
    ApiError,
    bad_parameter,
    parameter_missing,
    parameter_unknown,
    types_retired,
)

Schema = dict[str, Any]
EXTRACT = Path(__file__).with_name("description.json.gz")
LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE, MOST_METADATA = 40, 500, 50


class Description:
    """The parameters each operation takes."""

    def __init__(self, path: Path = EXTRACT) -> None:
        extract = json.loads(gzip.decompress(path.read_bytes()))
        self.version: str = extract["version"]
        self.operations: dict[str, Schema] = extract["operations"]

    def check(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters with their types, or the refusal Stripe would give."""
        return _object(self.operations[operation], params, "")


def _check(schema: Schema, value: Any, name: str) -> Any:
    if "anyOf" in schema:
        return _any_of(schema["anyOf"], value, name)
    check = _CHECKS.get(schema.get("type", ""))
    return check(schema, value, name) if check else value


def _any_of(choices: list[Schema], value: Any, name: str) -> Any:
    """The first choice that fits; if none does, the complaint of the one that came closest."""
    closest: ApiError | None = None
    for choice in choices:
        try:
            return _check(choice, value, name)
        except ApiError as refusal:
            # A complaint about a part of the value means that its shape was understood.
            if closest is None or len(refusal.param or "") > len(closest.param or ""):
                closest = refusal
    raise closest or bad_parameter(f"Invalid {name}", param=name)


def _object(schema: Schema, value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_parameter(f"Invalid object: {value!r}", param=name, code="parameter_invalid_object")
    properties = schema.get("properties")
    if properties is None:
        return _map(schema, value, name)
    checked = {}
    for key, part in value.items():
        path = f"{name}[{key}]" if name else key
        rule = properties.get(key)
        if rule is None:
            raise parameter_unknown(path)
        if "retired" in rule:
            raise types_retired(path)
        checked[key] = _check(rule, part, path)
    for key in schema.get("required", ()):
        if key not in value:
            raise parameter_missing(f"{name}[{key}]" if name else key)
    return checked


def _map(schema: Schema, value: dict[str, Any], name: str) -> dict[str, Any]:
    if name == "metadata":
        _metadata(value)
    rule = schema.get("additionalProperties")
    return {key: _check(rule, part, f"{name}[{key}]") for key, part in value.items()} if rule else value


def _metadata(value: dict[str, Any]) -> None:
    if len(value) > MOST_METADATA:
        raise bad_parameter("Metadata can have up to 50 keys.", param="metadata")
    for key, text in value.items():
        if len(key) > LONGEST_METADATA_KEY:
            raise bad_parameter("Metadata keys can be up to 40 characters long.", param=f"metadata[{key}]")
        if len(text) > LONGEST_METADATA_VALUE:
            raise bad_parameter("Metadata values can have up to 500 characters.", param=f"metadata[{key}]")


def _array(schema: Schema, value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_parameter("Invalid array", param=name, code="parameter_invalid_array")
    return [_check(schema.get("items", {}), part, f"{name}[{index}]") for index, part in enumerate(value)]


def _string(schema: Schema, value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise bad_parameter("Invalid string", param=name, code="parameter_invalid_string")
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(one or "an empty string" for one in schema["enum"])
        raise bad_parameter(f"Invalid {name}: must be one of {allowed}", param=name)
    if len(value) > schema.get("maxLength", len(value)):
        raise bad_parameter(
            f"Invalid string: must be at most {schema['maxLength']} characters",
            param=name,
            code="parameter_invalid_string_too_long",
        )
    return value


def _integer(schema: Schema, value: Any, name: str) -> int:
    text = value if isinstance(value, str) else ""
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise bad_parameter(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
    return int(text)


def _number(schema: Schema, value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise bad_parameter(f"Invalid decimal: {value}", param=name) from None


def _boolean(schema: Schema, value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise bad_parameter(f"Invalid boolean: {value}", param=name)
    return value == "true"


_CHECKS = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
