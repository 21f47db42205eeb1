"""Cut the request schemas we need out of Stripe's published API description.

    python -m smartrec.devstack.sandbox.describe path/to/spec3.json

Stripe publishes the description under the MIT licence (LICENSE.stripe-openapi beside the extract). The newest public
one may be older than the version we pin; `AMENDMENTS` brings it up to that version.
"""

from __future__ import annotations

import gzip
import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from smartrec.devstack.sandbox.endive import AMENDMENTS, RETIRED, VERSION
from smartrec.devstack.sandbox.routes import operations

EXTRACT = Path(__file__).with_name("description.json.gz")
KEPT = ("type", "enum", "maxLength", "required")
Schema = dict[str, Any]


def extract(description: Schema) -> Schema:
    """The parameters of every operation the sandbox answers, as of the pinned version."""
    found = {name: _parameters(description, name) for name in operations()}
    for name, schema in found.items():
        _amend(name, schema)
    return {"version": VERSION, "taken_from": description["info"]["version"], "operations": found}


def _parameters(description: Schema, name: str) -> Schema:
    method, path = name.split(" ")
    operation = description["paths"][path][method.lower()]
    query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    content: Schema = operation.get("requestBody", {}).get("content", {})
    body: Schema = next((one["schema"] for one in content.values()), {})
    properties = {one["name"]: _plain(one["schema"]) for one in query}
    properties |= {key: _plain(value) for key, value in body.get("properties", {}).items()}
    required = [one["name"] for one in query if one.get("required")] + body.get("required", [])
    return {"type": "object", "properties": properties, "required": required}


def _plain(schema: Schema) -> Schema:
    """The schema without prose; an open list of values (Stripe may add some) is no list."""
    plain = {key: schema[key] for key in KEPT if key in schema}
    if schema.get("x-stripeBypassValidation"):
        plain.pop("enum", None)
    if "properties" in schema:
        plain["properties"] = {key: _plain(value) for key, value in schema["properties"].items()}
    if "items" in schema:
        plain["items"] = _plain(schema["items"])
    if "anyOf" in schema:
        plain["anyOf"] = [_plain(choice) for choice in schema["anyOf"]]
    if isinstance(schema.get("additionalProperties"), dict):
        plain["additionalProperties"] = _plain(schema["additionalProperties"])
    return plain


def _amend(name: str, schema: Schema) -> None:
    for pattern, path, addition in AMENDMENTS:
        if name in pattern:
            _place(schema, path.split("."), deepcopy(addition))
    for pattern, parameter in RETIRED:
        if name in pattern:
            schema["properties"][parameter] = {"retired": True}


def _place(schema: Schema, steps: list[str], addition: Schema | None) -> None:
    for branch in _objects(schema):
        if len(steps) > 1:
            if steps[0] in branch["properties"]:
                _place(branch["properties"][steps[0]], steps[1:], addition)
        elif addition is None:
            branch["properties"].pop(steps[0], None)
        else:
            branch["properties"][steps[0]] = addition


def _objects(schema: Schema) -> list[Schema]:
    """The objects a value may be, or be a list of."""
    found = [schema] if "properties" in schema else []
    nested = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    return found + [one for part in nested for one in _objects(part)]


def write(source: Path, target: Path = EXTRACT) -> int:
    """Write the extract, byte for byte the same for the same description."""
    text = json.dumps(extract(json.loads(source.read_text())), separators=(",", ":"), sort_keys=True)
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return len(text)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])), "characters described")
