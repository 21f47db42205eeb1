"""Giving up a debt: it is no longer owed, and stands in the books as a loss."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, User
from billing.models import Credit, Invoice, InvoiceItem
from billing.planning import up_to
from billing.services import cancel_plans, locking, reconciling, telling_credits, writing_credits
from billing.services.reconciling import Link
from billing.services.writing_credits import Line, Taxed, Terms
from smartrec.errors import Refused
from smartrec.money import format_money


@dataclass(frozen=True, kw_only=True)
class WriteOff:
    """How much of an invoice is given up, in cents; `seen` is what was shown as owed on it."""

    terms: Terms
    amount: int
    seen: int | None = None


def owed(invoice: Invoice) -> list[tuple[InvoiceItem, int]]:
    """What of each item can be given up: neither paid nor being paid."""
    busy = cancel_plans.being_paid(invoice)
    items = invoice.items.order_by("position") if invoice.state == "issued" else []
    return [(item, item.balance) for item in items if item.balance and item.pk not in busy]


@transaction.atomic
def write_off(*, invoice: Invoice, asked: WriteOff, by: User, now: dt.datetime) -> Credit:
    """Give up a debt, or a part of it, first line first; asked twice, it is given up once."""
    client = locking.held_client(invoice.client)
    if known := writing_credits.already_written(client, asked.terms, "write_off", asked.amount, invoice):
        return known
    writing_credits.check_day(client.organization, asked.terms.on, now)
    invoice = _held(client, invoice)
    _check(invoice, asked)
    chosen = dict(up_to([(item.pk, cents) for item, cents in owed(invoice)], asked.amount))
    items = invoice.items.in_bulk(list(chosen))
    lines = [line for pk, cents in chosen.items() for line in _lines(items[pk], cents)]
    facts: dict[str, Any] = {
        "client": client,
        "kind": "write_off",
        "terms": asked.terms,
        "invoice": invoice,
        "by": by,
        "now": now,
    }
    credit = writing_credits.write(lines=lines, **facts)
    links = [Link(credit_id=credit.pk, item_id=pk, amount=cents) for pk, cents in chosen.items()]
    reconciling.link(links, now=now)
    telling_credits.issued(credit, email=False, by=by, now=now)
    credit.refresh_from_db()
    return credit


def _lines(item: InvoiceItem, cents: int) -> Iterator[Line]:
    """What is given up of the item itself; beyond that it is the fee its cancellation left owed."""
    of_item = min(cents, item.total - item.credited)
    for amount, item_id in ((of_item, item.pk), (cents - of_item, None)):
        if amount:
            taxed = Taxed(subtotal=amount)
            yield Line(description=item.description, taxed=taxed, ledger_code_id=None, item_id=item_id)


def _held(client: Client, invoice: Invoice) -> Invoice:
    locking.hold(invoices=[invoice.pk], items=InvoiceItem.objects.filter(invoice=invoice).values("pk"))
    invoice = Invoice.objects.get(pk=invoice.pk)
    invoice.client, invoice.organization = client, client.organization
    return invoice


def _check(invoice: Invoice, asked: WriteOff) -> None:
    most = sum(cents for _item, cents in owed(invoice))
    told = {"number": invoice.display_number, "amount": format_money(most, invoice.currency)}
    if asked.seen is not None and asked.seen != most:
        raise Refused(_("Invoice %(number)s changed meanwhile: %(amount)s can be written off now.") % told)
    if asked.amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if asked.amount > most:
        raise Refused(_("No more than %(amount)s of invoice %(number)s can be written off.") % told)
    if asked.terms.on < invoice.issued_on:
        raise Refused(_("This day comes before the invoice."))
