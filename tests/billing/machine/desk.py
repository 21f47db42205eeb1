"""What staff asked for at the desk and was told is done, kept beside the product, and what it must come to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Granted(NamedTuple):
    """A credit that stands: a gesture, items taken back, a debt given up."""

    client: int
    cents: int
    is_loss: bool


@dataclass
class Kept:
    """A deposit: what came in, and what of it was released since."""

    client: int
    kind: str
    cents: int
    released: int = 0


class Handed(NamedTuple):
    """Money given back; each part is ("payment" | "deposit" | "credit", whose key, cents)."""

    client: int
    kind: str
    parts: tuple[tuple[str, int, int], ...]


@dataclass
class Desk:
    credits: dict[int, Granted] = field(default_factory=dict)
    voided: set[int] = field(default_factory=set)
    deposits: dict[int, Kept] = field(default_factory=dict)
    handed: dict[int, Handed] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)

    def _parts(self) -> Iterator[tuple[Handed, str, int, int]]:
        return ((one, *part) for one in self.handed.values() for part in one.parts)

    def back(self, what: str, key: int) -> int:
        """What went back out of this payment, deposit or credit."""
        return sum(cents for _one, of, pk, cents in self._parts() if (of, pk) == (what, key))

    def lowers(self, client: int) -> int:
        """By how much all of it together lowers what a client owes."""
        granted = sum(one.cents for one in self.credits.values() if one.client == client)
        released = sum(one.released for one in self.deposits.values() if one.client == client)
        back = sum(cents for one, of, _pk, cents in self._parts() if one.client == client and of != "deposit")
        return granted + released - back

    def in_hand(self, *kinds: str) -> int:
        """What deposits brought in one of these ways, less what went back so."""
        came = sum(one.cents for one in self.deposits.values() if one.kind in kinds)
        return came - sum(cents for one, _of, _pk, cents in self._parts() if one.kind in kinds)

    def held(self) -> int:
        """What is still kept as deposits."""
        kept = sum(one.cents - one.released for one in self.deposits.values())
        return kept - sum(cents for _one, of, _pk, cents in self._parts() if of == "deposit")

    def left(self, payment: int) -> int:
        """What this payment still holds as a deposit."""
        kept = self.deposits.get(payment)
        return kept.cents - kept.released - self.back("deposit", payment) if kept else 0

    def lost(self) -> int:
        return sum(one.cents for one in self.credits.values() if one.is_loss)

    def taken_back(self) -> int:
        """What credits took out of revenue and taxes."""
        return sum(one.cents for one in self.credits.values() if not one.is_loss)
