"""What clients have in credit: paid or granted, and linked to no invoice yet."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from accounts.models import Organization
from billing import models
from billing.reports.receipts import unlinked
from billing.reports.receivables import aged


@dataclass(frozen=True, slots=True)
class Credit:
    """One client's credit, in cents: from payments, granted, the rest, and what invoices still ask beside it."""

    client_id: int
    number: int
    name: str
    payments: int
    granted: int
    other: int
    credit: int
    invoiced: int


def credits(*, organization: Organization, on: dt.date) -> list[Credit]:
    """Every client with a credit today, by name."""
    paid: Counter[int] = Counter()
    for payment in unlinked(organization=organization):
        paid[payment.client_id] += payment.unlinked
    standing: Any = models.Credit.objects.for_organization(organization)
    granted = dict(standing.with_free().values_list("client").annotate(Sum("free")).order_by())
    return [
        Credit(
            row.client_id,
            row.number,
            row.name,
            paid[row.client_id],
            granted.get(row.client_id, 0),
            -row.credit - paid[row.client_id] - granted.get(row.client_id, 0),
            -row.credit,
            row.balance - row.credit,
        )
        for row in aged(organization=organization, on=on)
        if row.credit
    ]
