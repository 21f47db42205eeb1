"""The rows of a client file that were refused: where, why, and as a file to correct and import again."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registration.households import Row
from registration.resources import COLUMNS
from smartrec.card_numbers import REMOVED
from smartrec.exports import harmless
from smartrec.sheets import Sheet

EXAMPLE_FRENCH = (
    ("F-0001", "titulaire", "Catherine", "Turcotte", "1985-04-12", "F", "catherine@courriel.example", "450 555-0123",
     "12 rue des Érables", "Granby", "QC", "J2G 4K7", "français", "Bénévole", "", "", "", "", "", "125,50"),
    ("F-0001", "membre", "Léa", "Turcotte", "2018-09-01", "F", "", "", "", "", "", "", "", "", "Automne 2026",
     "Natation – Étoile de mer", "Carte de membre annuelle", "2026-09-01", "2027-08-31", ""),
)  # fmt: skip
EXAMPLE_ENGLISH = (
    ("H-0001", "owner", "Heather", "MacDonald", "1985-04-12", "F", "heather@mail.example", "450-555-0123",
     "12 Maple St", "Granby", "QC", "J2G 4K7", "English", "Volunteer", "", "", "", "", "", "125.50"),
    ("H-0001", "member", "Isla", "MacDonald", "2018-09-01", "F", "", "", "", "", "", "", "", "", "Fall 2026",
     "Swimming – Sea Star", "Annual membership card", "2026-09-01", "2027-08-31", ""),
)  # fmt: skip


class Complaint(NamedTuple):
    """One thing to correct, as a person reads it."""

    line: int
    column: str
    words: str


def complaints(rows: list[Row]) -> Iterator[Complaint]:
    """Everything to correct, line by line."""
    language = get_language() or "fr"
    for row in rows:
        for problem in row.problems:
            column = COLUMNS[problem.column].heading(language) if problem.column else ""
            yield Complaint(row.line, column, problem.words)


def reason_heading() -> str:
    return _("Reason")


def as_csv(sheet: Sheet, rows: list[Row]) -> bytes:
    """The refused rows as they came, with the reason at the end, in the separator the reader's spreadsheet expects."""
    text = io.StringIO(newline="")
    english = (get_language() or "fr").startswith("en")
    writer = csv.writer(text, delimiter="," if english else ";")
    writer.writerow([*sheet.headings, reason_heading()])
    for row in rows:
        padded = [*row.cells, *[""] * (len(sheet.headings) - len(row.cells))][: len(sheet.headings)]
        reasons = " / ".join(_reason(complaint) for complaint in complaints([row]))
        writer.writerow([*(harmless(cell.replace(REMOVED, "")) for cell in padded), reasons])
    return text.getvalue().encode("utf-8-sig")


def example() -> bytes:
    """Every column in the reader's language, with a household of two."""
    language = get_language() or "fr"
    english = language.startswith("en")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="," if english else ";")
    writer.writerow([column.heading(language) for column in COLUMNS.values()])
    writer.writerows(EXAMPLE_ENGLISH if english else EXAMPLE_FRENCH)
    return text.getvalue().encode("utf-8-sig")


def _reason(complaint: Complaint) -> str:
    return f"{complaint.column}: {complaint.words}" if complaint.column else complaint.words
