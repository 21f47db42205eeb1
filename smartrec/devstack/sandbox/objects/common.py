"""What several nouns share."""

from __future__ import annotations

import secrets
from typing import Any

from smartrec.devstack.sandbox.errors import ApiError, not_built

Obj = dict[str, Any]


def merge_metadata(obj: Obj, params: Obj) -> None:
    """Keys sent are added or replaced, empty values remove, an empty string removes them all."""
    if "metadata" not in params:
        return
    if not params["metadata"]:
        obj["metadata"] = {}
        return
    merged = obj["metadata"] | params["metadata"]
    obj["metadata"] = {key: value for key, value in merged.items() if value != ""}


def client_secret(prefix: str) -> str:
    return f"{prefix}_secret_{secrets.token_urlsafe(18)}"


def refuse_unbuilt(params: Obj, *names: str) -> None:
    """Some parameters change where money goes: the sandbox says so rather than ignore them."""
    for name in names:
        if params.get(name):
            raise not_built(f"`{name}`", param=name)


def unexpected_state(noun: str, obj: Obj, message: str) -> ApiError:
    """The object has moved on: it cannot do this any more."""
    code = f"{noun}_unexpected_state"
    shown = {key: value for key, value in obj.items() if not key.startswith("_")}
    return ApiError(message, code=code, extra={noun: shown})
