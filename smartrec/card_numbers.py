"""Payment card numbers in a text: found so that they can be refused, and taken out before anything is kept."""

import re

REMOVED = "\N{BULLET}" * 12
SHORTEST, LONGEST = 13, 19
_RUN = re.compile(r"\d(?:[ \N{NO-BREAK SPACE}.-]?\d){12,}")
_SEPARATORS = re.compile("[ \N{NO-BREAK SPACE}.-]")
# The random key of a form: about one in a thousand would be taken for a number.
_KEY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others, as in every payment card number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def remove(text: str) -> str:
    """The text with whatever may be a card number replaced by `REMOVED`."""
    if sum(character.isdigit() for character in text) < SHORTEST:
        return text
    said, keys = _KEY.split(text), [*_KEY.findall(text), ""]
    clean = (_RUN.sub(lambda run: REMOVED if _holds_number(run.group()) else run.group(), part) for part in said)
    return "".join(part + key for part, key in zip(clean, keys, strict=True))


def holds(text: str) -> bool:
    """Whether a text holds what may be a card number."""
    return remove(text) != text


def _holds_number(run: str) -> bool:
    """A number is a whole group of digits, or several that follow each other: `4242 4242 4242 4242`."""
    groups = _SEPARATORS.split(run)
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > LONGEST:
                break
            if len(digits) >= SHORTEST and passes_luhn(digits):
                return True
    return False
