"""Telephone numbers, written one way, so that they can be found however they are typed."""

import re

import phonenumbers

_DIGITS = re.compile(r"\D")
_POSTE = re.compile(r"\bposte\b", re.IGNORECASE)
_TYPED = re.compile(r"[\d\s().+-]{7,}")


def neat(text: str) -> str:
    """`450 555-0142` for a number of North America, the international form for any other, what was typed otherwise."""
    try:
        number = phonenumbers.parse(_POSTE.sub("ext", text), "CA")
    except phonenumbers.NumberParseException:
        return text.strip()
    if not phonenumbers.is_possible_number(number):
        return text.strip()
    extension = f" # {number.extension}" if number.extension else ""
    if number.country_code != 1:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = str(number.national_number)
    return f"{digits[:3]} {digits[3:6]}-{digits[6:]}{extension}"


def is_possible(text: str) -> bool:
    """Whether someone could be called there."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(_POSTE.sub("ext", text), "CA"))
    except phonenumbers.NumberParseException:
        return False


def as_searched(text: str) -> str | None:
    """How a number typed in a search box is written in our lists, or None when it is not a number."""
    if not _TYPED.fullmatch(text.strip()):
        return None
    digits = _DIGITS.sub("", text).removeprefix("1") if len(_DIGITS.sub("", text)) == 11 else _DIGITS.sub("", text)
    if len(digits) == 7:
        return f"{digits[:3]}-{digits[3:]}"
    return f"{digits[:3]} {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else None
