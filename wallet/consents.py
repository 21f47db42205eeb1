"""What a holder agrees to, word for word, in both languages.

The words are data, not translations: the very text that was shown is kept with each authorization, under its version.
Change a text by adding a version to `texts/`; what was agreed to stays as it was.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounts.models import Organization

TEXTS = Path(__file__).with_name("texts")
IN_USE = {"card": "card-2026-11", "acss_debit": "pad-2026-11", "us_bank_account": "ach-2026-11"}
LANGUAGES = ("fr", "en")
# When a bank account may be debited, as the processor's own page and e-mails repeat it.
SCHEDULE = {
    "en": "when a purchase, an installment, a membership or a balance you agreed to is due",
    "fr": "à l’échéance d’un achat, d’un versement, d’une affiliation ou d’un solde que vous avez accepté",
}


@dataclass(frozen=True)
class Consent:
    """A text as one person saw it."""

    version: str
    language: str
    text: str


def consent(*, rail: str, organization: Organization, language: str, on: dt.date) -> Consent:
    """The text to show, and to keep once it is agreed to."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    details = [organization.legal_name or organization.name, organization.address, organization.email]
    payee = ", ".join(" ".join(part.split()) for part in [*details, organization.phone] if part)
    words = _words(IN_USE[rail], language).format(name=organization.name, payee=payee, date=on.isoformat())
    return Consent(IN_USE[rail], language, words)


def schedule(language: str) -> str:
    """When a debit may happen, in the holder's language."""
    return SCHEDULE.get(language, SCHEDULE[LANGUAGES[0]])


@cache
def _words(version: str, language: str) -> str:
    return (TEXTS / f"{version}.{language}.txt").read_text(encoding="utf-8").strip()
