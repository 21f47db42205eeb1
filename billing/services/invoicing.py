"""Issuing invoices, one or a hundred thousand by the same path."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connection, transaction

from accounts.models import Organization, User
from billing import ledger
from billing.models import MassRun, Tax
from billing.services.numbering import take_numbers
from billing.taxes import Rate, taxes_on


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line to invoice; `taxes` are the taxes that apply to it, in their order. Cents."""

    description: str
    unit_price: int
    ledger_code_id: int
    quantity: int = 1
    taxes: tuple[Rate, ...] = ()
    person_id: int | None = None

    @property
    def subtotal(self) -> int:
        return self.quantity * self.unit_price

    @property
    def tax_amounts(self) -> list[int]:
        return taxes_on(self.subtotal, self.taxes)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An invoice to issue. `reference` names the fact in the books when it must not be issued twice."""

    client_id: int
    lines: Sequence[Line]
    person_id: int | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What every invoice of the same batch shares."""

    issued_on: dt.date
    due_on: dt.date
    note: str = ""
    internal_note: str = ""
    run: MassRun | None = None


def active_rates(organization: Organization, *, on: dt.date) -> tuple[Rate, ...]:
    """The organization's taxes at their rates of that day, in the order they are applied."""
    taxes: Any = Tax.objects.for_organization(organization).at(on)
    return tuple(Rate(tax.pk, tax.rate, tax.after_previous) for tax in taxes)


INSERT_INVOICES = """
INSERT INTO billing_invoice (organization_id, client_id, person_id, run_id, number, state, currency, issued_on, due_on,
  note, internal_note, subtotal, tax_total, total, allocated, created_by_id, created_at)
SELECT %(org)s, d.client_id, d.person_id, %(run)s, d.number, 'issued', %(currency)s, %(issued_on)s, %(due_on)s,
  %(note)s, %(internal_note)s, d.subtotal, d.tax_total, d.subtotal + d.tax_total, 0, %(by)s, %(now)s
FROM unnest(%(clients)s::bigint[], %(people)s::bigint[], %(numbers)s::int[], %(subtotals)s::bigint[],
  %(taxes)s::bigint[]) AS d(client_id, person_id, number, subtotal, tax_total)
ORDER BY d.number RETURNING id
"""
INSERT_ITEMS = """
INSERT INTO billing_invoiceitem (invoice_id, position, person_id, description, quantity, unit_price, ledger_code_id,
  subtotal, tax_total, total, allocated)
SELECT d.invoice_id, d.position, d.person_id, d.description, d.quantity, d.unit_price, d.ledger_code_id,
  d.quantity * d.unit_price, d.tax_total, d.quantity * d.unit_price + d.tax_total, 0
FROM unnest(%(invoices)s::bigint[], %(positions)s::int[], %(people)s::bigint[], %(descriptions)s::text[],
  %(quantities)s::bigint[], %(prices)s::bigint[], %(codes)s::bigint[], %(taxes)s::bigint[])
  WITH ORDINALITY AS d(invoice_id, position, person_id, description, quantity, unit_price, ledger_code_id, tax_total, n)
ORDER BY d.n RETURNING id
"""
INSERT_TAXES = """
INSERT INTO billing_itemtax (item_id, tax_id, rate, amount)
SELECT * FROM unnest(%(items)s::bigint[], %(taxes)s::bigint[], %(rates)s::bigint[], %(amounts)s::bigint[])
"""


@transaction.atomic
def issue(
    *, organization: Organization, drafts: Iterable[Draft], terms: Terms, by: User | None, now: dt.datetime
) -> list[int]:
    """Issue the invoices, number them without gaps and book them; the answer is their ids, in the order given."""
    drafts = list(drafts)
    if not drafts:
        return []
    first = take_numbers(organization=organization, document="invoice", count=len(drafts))
    priced = [[(line, line.tax_amounts) for line in draft.lines] for draft in drafts]
    shared = {
        "org": organization.pk,
        "run": terms.run.pk if terms.run else None,
        "currency": organization.currency,
        "issued_on": terms.issued_on,
        "due_on": max(terms.due_on, terms.issued_on),
        "note": terms.note,
        "internal_note": terms.internal_note,
        "by": by.pk if by else None,
        "now": now,
    }
    with connection.cursor() as cursor:
        invoice_ids = _insert_invoices(cursor, drafts, priced, first, shared)
        _insert_lines(cursor, invoice_ids, drafts, priced)
    ledger.post_issued(organization=organization, invoice_ids=invoice_ids, references=[d.reference for d in drafts])
    return invoice_ids


def _insert_invoices(cursor, drafts, priced, first, shared) -> list[int]:
    cursor.execute(
        INSERT_INVOICES,
        shared
        | {
            "clients": [d.client_id for d in drafts],
            "people": [d.person_id for d in drafts],
            "numbers": list(range(first, first + len(drafts))),
            "subtotals": [sum(line.subtotal for line, _ in lines) for lines in priced],
            "taxes": [sum(chain.from_iterable(taxes for _, taxes in lines)) for lines in priced],
        },
    )
    return [pk for (pk,) in cursor.fetchall()]


def _insert_lines(cursor, invoice_ids, drafts, priced) -> None:
    flat = [
        (invoice_id, position, line, taxes, line.person_id or draft.person_id)
        for invoice_id, draft, lines in zip(invoice_ids, drafts, priced, strict=True)
        for position, (line, taxes) in enumerate(lines, 1)
    ]
    cursor.execute(
        INSERT_ITEMS,
        {
            "invoices": [row[0] for row in flat],
            "positions": [row[1] for row in flat],
            "people": [row[4] for row in flat],
            "descriptions": [row[2].description for row in flat],
            "quantities": [row[2].quantity for row in flat],
            "prices": [row[2].unit_price for row in flat],
            "codes": [row[2].ledger_code_id for row in flat],
            "taxes": [sum(row[3]) for row in flat],
        },
    )
    item_ids = [pk for (pk,) in cursor.fetchall()]
    taxed = [
        (item_id, rate, amount)
        for item_id, row in zip(item_ids, flat, strict=True)
        for rate, amount in zip(row[2].taxes, row[3], strict=True)
    ]
    if taxed:
        cursor.execute(
            INSERT_TAXES,
            {
                "items": [item_id for item_id, _, _ in taxed],
                "taxes": [rate.tax_id for _, rate, _ in taxed],
                "rates": [rate.rate for _, rate, _ in taxed],
                "amounts": [amount for _, _, amount in taxed],
            },
        )
