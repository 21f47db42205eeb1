"""Numbers as a browser sends them or as people type them; anything else is passed over, whatever it looks like."""

from collections.abc import Iterable

# No key of the database has more digits; no document's number has.
OF_A_KEY, OF_A_DOCUMENT = 18, 9


def number(typed: str) -> int | None:
    """The number in `12`; none in `²`, in ``, or in more digits than a key has."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= OF_A_KEY else None


def numbers(typed: Iterable[str]) -> list[int]:
    """Those in `["812,813,", "814"]`, each once, in their order."""
    found = (number(one) for one in ",".join(typed).split(","))
    return list(dict.fromkeys(one for one in found if one is not None))


def document_number(typed: str, letters: str) -> int | None:
    """The number in `F-05873`, in `f5873` or in `5873`; none when something else was typed."""
    digits = typed.strip().upper().removeprefix(letters).removeprefix("-")
    return number(digits) if len(digits) <= OF_A_DOCUMENT else None


def counted(words: str) -> int:
    """The number in `1,234` or `10,000+`, to choose between one and many."""
    return int("".join(one for one in words if one.isascii() and one.isdigit()) or 0)
