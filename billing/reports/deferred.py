"""What is sold and not earned yet: by month and ledger code, from the books."""

import datetime as dt
from dataclasses import dataclass, replace

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
WHERE b.kind = 'deferred' AND e.happened_on <= %(until)s GROUP BY 1, c.id ORDER BY 1, c.code
"""


@dataclass(frozen=True, slots=True)
class Deferred:
    """What one ledger code deferred, took back and earned in one month, and what was left before and after. Cents."""

    month: dt.date
    code_id: int
    code: str
    name_fr: str
    name_en: str
    sold: int
    taken_back: int
    earned: int
    change: int
    before: int = 0

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)

    @property
    def left(self) -> int:
        return self.before + self.change


def deferred(*, organization: Organization, since: dt.date, until: dt.date) -> list[Deferred]:
    """What was deferred and earned in the months from `since` to `until`, month by month and code by code."""
    left: dict[int, int] = {}
    shown = []
    for row in ask(MONTHS, {"org": organization.pk, "until": until}, Deferred, sides=SIDES):
        before = left.get(row.code_id, 0)
        left[row.code_id] = before + row.change
        if row.month >= since.replace(day=1):
            shown.append(replace(row, before=before))
    return shown
