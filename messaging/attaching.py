"""What travels with a letter: documents made while it leaves, from its facts, by the room that knows how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with an e-mail."""

    name: str
    content: bytes
    type: str = "application/pdf"


# By kind of message. A room above fills this in when the program starts: it is known here only by the kind's name.
_makers: dict[str, Callable[[Mapping[str, Any]], list[Attachment]]] = {}


def register(kind: str, make: Callable[[Mapping[str, Any]], list[Attachment]]) -> None:
    """Let a kind of message carry what `make` gives for its facts; made again, it must give the same."""
    _makers[kind] = make


def attachments(kind: str, facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with a letter of that kind."""
    make = _makers.get(kind)
    return make(facts) if make else []
