"""What clients have in credit: paid or granted, and linked to no invoice yet."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from accounts.models import Organization
from billing.reports.receipts import unlinked
from billing.reports.receivables import aged


@dataclass(frozen=True, slots=True)
class Credit:
    """One client's credit, in cents: from payments, from anything else, and what invoices still ask beside it."""

    client_id: int
    number: int
    name: str
    payments: int
    other: int
    credit: int
    invoiced: int


def credits(*, organization: Organization, on: dt.date) -> list[Credit]:
    """Every client with a credit today, by name."""
    paid: Counter[int] = Counter()
    for payment in unlinked(organization=organization):
        paid[payment.client_id] += payment.unlinked
    return [
        Credit(
            row.client_id,
            row.number,
            row.name,
            paid[row.client_id],
            -row.credit - paid[row.client_id],
            -row.credit,
            row.balance - row.credit,
        )
        for row in aged(organization=organization, on=on)
        if row.credit
    ]
