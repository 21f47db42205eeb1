"""What a holder agrees to, word for word, in both languages.

The words are data, not translations: the very text that was shown is kept with each authorization, under its version.
Change a text by adding a version to `texts/`; what was agreed to stays as it was.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounts.models import Organization
from wallet import rules

TEXTS = Path(__file__).with_name("texts")
IN_USE = {"card": "card2", "acss_debit": "pad2", "us_bank_account": "ach2"}
WAIVED = "-waived"
LANGUAGES = ("fr", "en")
# When a bank account may be debited, as the processor's own page and e-mails repeat it.
SCHEDULE = {
    "en": "when a purchase, an installment, a membership or a balance you agreed to is due",
    "fr": "à l’échéance d’un achat, d’un versement, d’une affiliation ou d’un solde que vous avez accepté",
}
# Rule H1 wants what the holder gives up to stand out from the rest, on the screen and on paper.
STRONG = ("Waiver of notice:", "Renonciation au préavis\N{NO-BREAK SPACE}:")


@dataclass(frozen=True)
class Clause:
    """One paragraph of an agreement: its heading, if it has one, and whether it must stand out."""

    heading: str
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Consent:
    """A text as one person saw it, with when a bank account may be debited and how long before a debit is announced."""

    version: str
    language: str
    text: str
    debit_schedule: str = ""
    notice_days: int = 0

    @property
    def clauses(self) -> list[Clause]:
        return clauses(self.text)


def consent(*, rail: str, organization: Organization, language: str, on: dt.date) -> Consent:
    """The text to show, and to keep once it is agreed to."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    debits, days = _terms(rail, organization, on)
    version = _version(rail, debits, days)
    reached = [organization.email, organization.phone]
    details = [organization.legal_name or organization.name, organization.address, *reached]
    words = _words(version, language).format(
        name=organization.name,
        payee=_joined(details),
        contact=_joined(reached) or organization.name,
        date=on.isoformat(),
        days=days,
    )
    return Consent(version, language, words, debits, days)


def _terms(rail: str, organization: Organization, on: dt.date) -> tuple[str, int]:
    """When a bank account may be debited, and how many days' notice that takes."""
    if rail == "card":
        return "", 0
    if rail == "us_bank_account":
        # Regulation E: what varies is announced, and the network knows no kinds of schedule.
        return "", rules.rule(rail, "notice", on).days
    return organization.debit_schedule, organization.debit_notice_days


def _version(rail: str, debits: str, days: int) -> str:
    if rail != "acss_debit":
        return IN_USE[rail]
    if not days and debits == "sporadic":
        raise ValueError("the notice of an occasional debit cannot be waived")
    return f"{IN_USE[rail]}-{debits}{'' if days else WAIVED}"


def _joined(details: list[str]) -> str:
    return ", ".join(" ".join(line.split()) for part in details for line in part.splitlines() if line.strip())


def clauses(text: str) -> list[Clause]:
    """An agreement's paragraphs, each with the words before its colon as its heading."""
    found = []
    for paragraph in text.split("\n\n"):
        heading, colon, rest = paragraph.partition(":")
        named = bool(colon) and len(heading) < 60 and "." not in heading
        strong = paragraph.startswith(STRONG)
        found.append(Clause(heading.strip(), rest.strip(), strong) if named else Clause("", paragraph, strong))
    return found


def schedule(language: str) -> str:
    """When a debit may happen, in the holder's language."""
    return SCHEDULE.get(language, SCHEDULE[LANGUAGES[0]])


@cache
def _words(version: str, language: str) -> str:
    return (TEXTS / f"{version}.{language}.txt").read_text(encoding="utf-8").strip()
