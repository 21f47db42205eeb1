"""What the processor kept, month by month and account by account: from the books."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Organization
from billing.reports.asking import ask

FEES = """
SELECT date_trunc('month', e.happened_on)::date, f.processor_account, COUNT(*),
  COALESCE(SUM(f.amount) FILTER (WHERE f.amount > 0), 0)::bigint,
  COALESCE(SUM(f.amount) FILTER (WHERE f.amount < 0), 0)::bigint, SUM(f.amount)::bigint
FROM billing_processorfee f JOIN billing_entry e ON e.id = f.entry_id
WHERE f.organization_id = %(org)s AND e.happened_on BETWEEN %(since)s AND %(until)s
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Fees:
    """One month of one account at the processor. Cents; what was given back is zero or below."""

    month: dt.date
    processor_account: str
    count: int
    kept: int
    given_back: int
    net: int


def fees(*, organization: Organization, since: dt.date, until: dt.date) -> list[Fees]:
    """What the processor kept between two days, both included."""
    return ask(FEES, {"org": organization.pk, "since": since, "until": until}, Fees)
