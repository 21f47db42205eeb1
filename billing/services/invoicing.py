"""Issuing invoices, one or a hundred thousand by the same path."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from billing import ledger
from billing.models import MassRun, Tax
from billing.services import locking, periods, planner
from billing.services.numbering import take_numbers
from billing.taxes import Rate, taxes_on, taxes_within
from smartrec.errors import Refused

FURTHEST = dt.timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line to invoice; `taxes` are the taxes that apply to it, in their order. Cents.

    `included`: the unit price holds the taxes. `service_from`, `service_to`: the period of what is sold. A `rebate` is
    no item of the invoice: it is taken off it by a credit (`writing_invoices`).
    """

    description: str
    unit_price: int
    ledger_code_id: int
    quantity: int = 1
    taxes: tuple[Rate, ...] = ()
    person_id: int | None = None
    included: bool = False
    service_from: dt.date | None = None
    service_to: dt.date | None = None
    rebate: bool = False

    @cached_property
    def tax_amounts(self) -> list[int]:
        asked = self.quantity * self.unit_price
        return taxes_within(asked, self.taxes) if self.included else taxes_on(asked, self.taxes)

    @cached_property
    def tax_total(self) -> int:
        return sum(self.tax_amounts)

    @property
    def subtotal(self) -> int:
        return self.quantity * self.unit_price - (self.tax_total if self.included else 0)

    @property
    def total(self) -> int:
        return self.subtotal + self.tax_total

    @property
    def sign(self) -> int:
        """Whether it adds to what is owed or takes off it."""
        return -1 if self.rebate else 1


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An invoice to issue. `reference` names the fact in the books when it must not be issued twice.

    `key` came with the form: no two invoices have the same.
    """

    client_id: int
    lines: Sequence[Line]
    person_id: int | None = None
    reference: str | None = None
    key: uuid.UUID | None = None


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
  note, internal_note, subtotal, tax_total, total, allocated, created_by_id, created_at, key)
SELECT %(org)s, d.client_id, d.person_id, %(run)s, d.number, 'issued', %(currency)s, %(issued_on)s, %(due_on)s,
  %(note)s, %(internal_note)s, d.subtotal, d.tax_total, d.subtotal + d.tax_total, 0, %(by)s, %(now)s, d.key
FROM unnest(%(clients)s::bigint[], %(people)s::bigint[], %(numbers)s::int[], %(subtotals)s::bigint[],
  %(taxes)s::bigint[], %(keys)s::uuid[]) AS d(client_id, person_id, number, subtotal, tax_total, key)
ORDER BY d.number RETURNING id
"""
# What lines of a mass invoice have in common is sent once: `n` says which of the `kinds` each of them is.
INSERT_ITEMS = """
INSERT INTO billing_invoiceitem (invoice_id, position, person_id, description, quantity, unit_price, ledger_code_id,
  subtotal, tax_total, total, allocated, tax_included, service_from, service_to)
SELECT d.invoice_id, d.position, d.person_id, k.description, k.quantity, k.unit_price, k.ledger_code_id,
  k.subtotal, k.tax_total, k.subtotal + k.tax_total, 0, k.included, k.service_from, k.service_to
FROM unnest(%(invoices)s::bigint[], %(positions)s::int[], %(people)s::bigint[], %(kinds)s::int[])
  WITH ORDINALITY AS d(invoice_id, position, person_id, kind, n)
JOIN unnest(%(descriptions)s::text[], %(quantities)s::bigint[], %(prices)s::bigint[], %(codes)s::bigint[],
  %(subtotals)s::bigint[], %(taxes)s::bigint[], %(included)s::boolean[], %(since)s::date[], %(until)s::date[])
  WITH ORDINALITY AS k(description, quantity, unit_price, ledger_code_id, subtotal, tax_total, included,
    service_from, service_to, n) ON k.n = d.kind
ORDER BY d.n RETURNING id
"""
INSERT_TAXES = """
INSERT INTO billing_itemtax (item_id, tax_id, rate, amount)
SELECT d.item_id, t.tax_id, t.rate, t.amount
FROM unnest(%(items)s::bigint[], %(kinds)s::int[]) AS d(item_id, kind)
JOIN unnest(%(of)s::int[], %(taxes)s::bigint[], %(rates)s::bigint[], %(amounts)s::bigint[])
  WITH ORDINALITY AS t(kind, tax_id, rate, amount, n) ON t.kind = d.kind
ORDER BY d.item_id, t.n
"""


def lines_of(
    organization: Organization, kept: Sequence[Mapping[str, Any]], *, on: dt.date, rates: Sequence[Rate] | None = None
) -> list[Line]:
    """Lines as a form keeps them (codes and taxes by key, dates as text), with the taxes at their rates of that day.

    `rates`: those of another day, where they were shown already.
    """
    rates = active_rates(organization, on=on) if rates is None else rates
    return [
        Line(
            description=line["description"],
            quantity=line["quantity"],
            unit_price=line["unit_price"],
            ledger_code_id=line["ledger_code"],
            taxes=tuple(rate for rate in rates if rate.tax_id in line["taxes"]),
            person_id=line.get("person"),
            included=line.get("included", False),
            service_from=_day(line.get("service_from")),
            service_to=_day(line.get("service_to")),
            rebate=line.get("rebate", False),
        )
        for line in kept
    ]


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def check_dates(organization: Organization, *, issued_on: dt.date, due_on: dt.date, today: dt.date) -> None:
    """Raise `Refused` for an invoice dated in a closed period, more than a year ahead, or due before it is issued."""
    periods.check_open(organization=organization, on=issued_on)
    if due_on < issued_on:
        raise Refused(_("Enter a due date on or after the invoice date."))
    if issued_on > today + FURTHEST:
        raise Refused(_("Enter an invoice date within a year from today."))


WRITTEN = ("billing_invoice", "billing_invoiceitem", "billing_itemtax")


@transaction.atomic
def issue(
    *, organization: Organization, drafts: Iterable[Draft], terms: Terms, by: User | None, now: dt.datetime
) -> list[int]:
    """Issue the invoices, number them without gaps and book them; the answer is their ids, in the order given.

    Raises `Refused` for dates that cannot be, `IntegrityError` for a `key` or `reference` known already.
    """
    drafts = list(drafts)
    if not drafts:
        return []
    today = organization.local_day(now)
    check_dates(organization, issued_on=terms.issued_on, due_on=terms.due_on, today=today)
    locking.hold(clients={draft.client_id for draft in drafts})
    first = take_numbers(organization=organization, document="invoice", count=len(drafts))
    shared = {
        "org": organization.pk,
        "run": terms.run.pk if terms.run else None,
        "currency": organization.currency,
        "issued_on": terms.issued_on,
        "due_on": terms.due_on,
        "note": terms.note,
        "internal_note": terms.internal_note,
        "by": by.pk if by else None,
        "now": now,
    }
    with connection.cursor() as cursor:
        invoice_ids = _insert_invoices(cursor, drafts, first, shared)
        _insert_lines(cursor, invoice_ids, drafts)
        planner.know(cursor, tables=WRITTEN, rows=len(drafts))
    ledger.post_issued(organization=organization, invoice_ids=invoice_ids, references=[d.reference for d in drafts])
    return invoice_ids


def _insert_invoices(cursor, drafts, first, shared) -> list[int]:
    cursor.execute(
        INSERT_INVOICES,
        shared
        | {
            "clients": [d.client_id for d in drafts],
            "people": [d.person_id for d in drafts],
            "numbers": list(range(first, first + len(drafts))),
            "subtotals": [sum(line.subtotal for line in d.lines) for d in drafts],
            "taxes": [sum(line.tax_total for line in d.lines) for d in drafts],
            "keys": [d.key for d in drafts],
        },
    )
    return [pk for (pk,) in cursor.fetchall()]


def _insert_lines(cursor, invoice_ids, drafts) -> None:
    rows = [
        (invoice_id, position, line.person_id or draft.person_id, line)
        for invoice_id, draft in zip(invoice_ids, drafts, strict=True)
        for position, line in enumerate(draft.lines, 1)
    ]
    kinds = {id(line): line for *_about, line in rows}
    numbered = {key: number for number, key in enumerate(kinds, 1)}
    which = [numbered[id(line)] for *_about, line in rows]
    cursor.execute(
        INSERT_ITEMS,
        {
            "invoices": [row[0] for row in rows],
            "positions": [row[1] for row in rows],
            "people": [row[2] for row in rows],
            "kinds": which,
            **_columns(list(kinds.values())),
        },
    )
    _insert_taxes(cursor, [pk for (pk,) in cursor.fetchall()], which, list(kinds.values()))


def _columns(lines: Sequence[Line]) -> dict[str, list[Any]]:
    return {
        "descriptions": [line.description for line in lines],
        "quantities": [line.quantity for line in lines],
        "prices": [line.unit_price for line in lines],
        "codes": [line.ledger_code_id for line in lines],
        "subtotals": [line.subtotal for line in lines],
        "taxes": [line.tax_total for line in lines],
        "included": [line.included for line in lines],
        "since": [line.service_from for line in lines],
        "until": [line.service_to for line in lines],
    }


def _insert_taxes(cursor, item_ids: list[int], which: list[int], kinds: Sequence[Line]) -> None:
    taxed = [
        (number, rate, amount)
        for number, line in enumerate(kinds, 1)
        for rate, amount in zip(line.taxes, line.tax_amounts, strict=True)
    ]
    if taxed:
        cursor.execute(
            INSERT_TAXES,
            {
                "items": item_ids,
                "kinds": which,
                "of": [number for number, _rate, _amount in taxed],
                "taxes": [rate.tax_id for _kind, rate, _amount in taxed],
                "rates": [rate.rate for _kind, rate, _amount in taxed],
                "amounts": [amount for _kind, _rate, amount in taxed],
            },
        )
