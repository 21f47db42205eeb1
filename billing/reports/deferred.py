"""What is sold and not earned yet: by month and ledger code, from the books."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Organization
from billing.models.catalogue import in_reader_language
from billing.reports.asking import SIDES, ask

MONTHS = """
SELECT date_trunc('month', e.happened_on)::date, c.id, c.code, c.name_fr, c.name_en,
  COALESCE(SUM(s.credit) FILTER (WHERE e.kind <> 'earned'), 0)::bigint,
  -COALESCE(SUM(s.debit) FILTER (WHERE e.kind <> 'earned'), 0)::bigint,
  -COALESCE(SUM(s.debit) FILTER (WHERE e.kind = 'earned'), 0)::bigint, SUM(s.credit - s.debit)::bigint
FROM {sides} s JOIN billing_entry e ON e.id = s.entry_id
JOIN billing_bucket b ON b.id = s.bucket_id JOIN billing_ledgercode c ON c.id = b.ledger_code_id
WHERE b.kind = 'deferred' AND e.happened_on BETWEEN %(since)s AND %(until)s GROUP BY 1, c.id ORDER BY 1, c.code
"""


@dataclass(frozen=True, slots=True)
class Deferred:
    """What one ledger code deferred, took back and earned in one month, and by how much what is left changed. Cents."""

    month: dt.date
    code_id: int
    code: str
    name_fr: str
    name_en: str
    sold: int
    taken_back: int
    earned: int
    change: int

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


def deferred(*, organization: Organization, since: dt.date, until: dt.date) -> list[Deferred]:
    """What was deferred and earned between two days, both included, month by month."""
    return ask(MONTHS, {"org": organization.pk, "since": since, "until": until}, Deferred, sides=SIDES)
