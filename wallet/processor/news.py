"""What the processor tells without being asked, and how it fails to answer."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """News from the processor, verified to be from it."""

    id: str
    type: str
    account: str
    object_id: str
    created: dt.datetime
    livemode: bool
    payload: dict[str, Any] = field(default_factory=dict)


class BadSignature(Exception):
    """The news was not signed by the processor, or is too old, or comes from the future."""


class ProcessorUnavailable(Exception):
    """The processor could not be reached or refused the request; nothing was saved. The text is for the log."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
