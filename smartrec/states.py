"""State machines as data: each model lists from where a state may be reached; one conditional UPDATE makes the move."""

from collections.abc import Iterable, Mapping
from typing import Protocol, cast

from django.db import models

Moves = Mapping[str, Iterable[str]]


class Movable(Protocol):
    """A model that says how its rows may change state."""

    MOVES: Moves


class MovableQuerySet(models.QuerySet):
    """A queryset whose rows change state only along `model.MOVES` (state reached → states it may come from)."""

    def move(self, to: str, **facts: object) -> int:
        """Move the rows that are in a source state of `to`; the answer is how many *this* caller moved.

        News that comes late, twice or out of order finds no row in a source state and changes nothing.
        """
        sources = list(cast(Movable, self.model).MOVES[to])
        return self.filter(state__in=sources).update(state=to, **facts)
