"""Accrual: what was sold for a period is earned day by day, a month at a time."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import Organization, User
from accounts.services import trail
from billing import ledger
from billing.ledger import Posting
from billing.models import Entry, InvoiceItem, LedgerCode
from billing.services import periods

# Half a day's cents are rounded up; the last day takes what remains, so that no cent is lost or made.
EARNED = """
SELECT i.id, i.ledger_code_id, CASE WHEN i.service_to <= %(through)s THEN i.deferred ELSE
  (2 * i.deferred * (%(through)s - d.since + 1) + (i.service_to - d.since + 1)) / (2 * (i.service_to - d.since + 1)) END
FROM billing_invoiceitem i JOIN billing_invoice v ON v.id = i.invoice_id,
  LATERAL (SELECT GREATEST(i.service_from, i.earned_through + 1) AS since) d
WHERE v.organization_id = %(org)s AND v.state = 'issued' AND i.deferred > 0 AND d.since <= %(through)s
  AND v.issued_on <= %(through)s
ORDER BY i.id FOR NO KEY UPDATE OF i
"""
EARN = """
UPDATE billing_invoiceitem i SET deferred = i.deferred - e.amount, earned_through = %(through)s
FROM unnest(%(ids)s::bigint[], %(amounts)s::bigint[]) AS e(id, amount) WHERE i.id = e.id
"""


@transaction.atomic
def earn(*, organization: Organization, through: dt.date, by: User | None, now: dt.datetime) -> int:
    """Earn what a month brought, up to its last day; the answer is how many cents. A month is earned once.

    What is left to earn is spread evenly over the days that are left. In a month that was closed before, it is booked
    on the first day that is open.
    """
    if (through + dt.timedelta(days=1)).day != 1:
        raise ValueError(f"{through} is not the last day of a month")
    periods.hold_open(organization=organization)
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    reference = f"earned/{organization.pk}/{through:%Y-%m}"
    if Entry.objects.filter(reference=reference).exists():
        return 0
    amounts = _take(organization, through)
    if not amounts:
        return 0
    closed = organization.books_closed_on
    posting = Posting(
        organization_id=organization.pk,
        reference=reference,
        kind="earned",
        happened_on=max(through, closed + dt.timedelta(days=1)) if closed else through,
        client_id=None,
        legs=_legs(organization, amounts, earned=True),
        posted_by_id=by.pk if by else None,
    )
    ledger.post([posting], now=now)
    total = sum(amounts.values())
    facts = {"month": f"{through:%Y-%m}", "amount": total, "currency": organization.currency}
    trail.record(organization=organization, verb="revenue_earned", by=by, now=now, facts=facts)
    return total


def _take(organization: Organization, through: dt.date) -> dict[int, int]:
    """What each ledger code earns; it is taken from what its items defer."""
    params: dict[str, Any] = {"org": organization.pk, "through": through}
    with connection.cursor() as cursor:
        cursor.execute(EARNED, params)
        rows = cursor.fetchall()
        taken = {"ids": [pk for pk, _, _ in rows], "amounts": [cents for _, _, cents in rows]}
        cursor.execute(EARN, params | taken)
    amounts: dict[int, int] = {}
    for _pk, code, cents in rows:
        amounts[code] = amounts.get(code, 0) + cents
    return {code: cents for code, cents in sorted(amounts.items()) if cents}


def _legs(organization: Organization, amounts: dict[int, int], *, earned: bool) -> list[tuple[int, int, int]]:
    legs = []
    for code in LedgerCode.objects.filter(pk__in=amounts).order_by("code"):
        deferred, revenue = (
            ledger.bucket(organization_id=organization.pk, kind=kind, ledger_code=code).pk
            for kind in ("deferred", "revenue")
        )
        legs.append((deferred, revenue, amounts[code.pk]) if earned else (revenue, deferred, amounts[code.pk]))
    return legs


def give_up(*, organization: Organization, invoice_ids: Sequence[int], by: User, on: dt.date, now: dt.datetime) -> None:
    """Invoices that are taken back as a whole earn nothing: what they had earned is deferred again, then reversed."""
    items = InvoiceItem.objects.filter(invoice__in=invoice_ids)
    postings = []
    for invoice in sorted(set(invoice_ids)):
        earned: dict[int, int] = {}
        for item in items.filter(invoice=invoice, earned_through__isnull=False):
            earned[item.ledger_code_id] = earned.get(item.ledger_code_id, 0) + item.subtotal - item.deferred
        if any(earned.values()):
            postings.append(_given_up(organization, invoice, earned, by, on))
    ledger.post(postings, now=now)
    items.filter(deferred__gt=0).update(deferred=0)


def _given_up(organization: Organization, invoice_id: int, earned: dict[int, int], by: User, on: dt.date) -> Posting:
    amounts = {code: cents for code, cents in earned.items() if cents}
    return Posting(
        organization_id=organization.pk,
        reference=f"invoice/{invoice_id}/unearned",
        kind="earned_void",
        happened_on=on,
        client_id=None,
        legs=_legs(organization, amounts, earned=False),
        posted_by_id=by.pk,
    )


def last_month(organization: Organization, *, now: dt.datetime) -> dt.date:
    """The last day of the month before this one, at the centre."""
    return organization.local_day(now).replace(day=1) - dt.timedelta(days=1)


def earn_everywhere(*, now: dt.datetime) -> int:
    """The month before, for every organization that still has something to earn; the answer is how many earned."""
    waiting = InvoiceItem.objects.filter(deferred__gt=0).values("invoice__organization")
    found = Organization.objects.filter(pk__in=waiting).order_by("pk")
    return sum(earn(organization=o, through=last_month(o, now=now), by=None, now=now) > 0 for o in found)
