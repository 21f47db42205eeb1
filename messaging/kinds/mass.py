"""What staff write to many clients at once: their own words, with the name, the balance and the organization put in."""

from django.utils.translation import get_language

from messaging.content import Content, Facts
from smartrec.money import format_money

PLACEHOLDERS = ("name", "balance", "organization")


def mass_message(facts: Facts) -> Content:
    """The subject and text in the language being spoken, or in the only one they were written in."""
    spoken = (get_language() or "fr")[:2]
    language = spoken if facts.text(f"body_{spoken}") else {"fr": "en", "en": "fr"}[spoken]
    subject = filled(facts.text(f"subject_{language}"), facts)
    return Content(subject=subject, heading=subject, lead=filled(facts.text(f"body_{language}"), facts))


def filled(text: str, facts: Facts) -> str:
    """The text with each placeholder as this client reads it. What is put in is never looked at again."""
    values = {
        "name": facts.text("name"),
        "balance": format_money(facts.number("balance"), facts.text("currency") or "CAD"),
        "organization": facts.sender,
    }
    parts = text.split("{")
    said = [parts[0]]
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        said.append(f"{values[name]}{rest}" if brace and name in values else f"{{{part}")
    return "".join(said)
