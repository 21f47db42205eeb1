"""Writing to clients: a row in the same transaction as what it tells. Sending comes later and cannot undo the fact."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from messaging.models import Message


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What to tell whom, in which language; `key` names the fact, so that it is told once."""

    organization_id: int | None
    client_id: int | None
    kind: str
    key: str
    to: str
    language: str
    facts: dict = field(default_factory=dict)


def write_many(letters: Iterable[Letter]) -> None:
    """Queue the letters; a fact that was already told is passed over."""
    Message.objects.bulk_create(
        [
            Message(
                organization_id=letter.organization_id,
                client_id=letter.client_id,
                kind=letter.kind,
                key=letter.key,
                to=letter.to,
                language=letter.language,
                facts=letter.facts,
            )
            for letter in letters
        ],
        ignore_conflicts=True,
    )
