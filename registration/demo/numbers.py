"""Chance without chance: numbers that depend on a key and a purpose alone."""

from hashlib import blake2b


def draw(key: int, purpose: str, sides: int) -> int:
    """A number from 0 to sides - 1, the same on every run."""
    return int.from_bytes(blake2b(f"{purpose}/{key}".encode(), digest_size=8).digest()) % sides
