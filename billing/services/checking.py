"""Do the books still say what the documents say? Every promise is recomputed; the answer is what disagrees."""

from dataclasses import dataclass

from django.db import connection

from billing.services import promised_by_books, promised_by_documents


@dataclass(frozen=True)
class Disagreement:
    """One row whose stored figure is not the one its facts add up to."""

    rule: str
    row: int
    stored: int
    computed: int

    def __str__(self) -> str:
        return f"{self.rule}: row {self.row} says {self.stored}, its facts say {self.computed}"


# Each rule answers the row, what it says, and what its facts say.
RULES = {**promised_by_documents.RULES, **promised_by_books.RULES}
OF = {**promised_by_documents.OF, **promised_by_books.OF}


def check_books() -> list[Disagreement]:
    """Every disagreement between stored figures and their facts, in all organizations; empty when the books hold."""
    found: list[Disagreement] = []
    with connection.cursor() as cursor:
        for rule, sql in RULES.items():
            cursor.execute(sql)
            found += [Disagreement(rule, *row) for row in cursor.fetchall()]
    return found
