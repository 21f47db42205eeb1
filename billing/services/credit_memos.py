"""Credit memos: a gesture or a correction that lowers what a client owes, and taking any credit back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, User
from billing import ledger
from billing.models import Allocation, Credit, CreditLine, Entry, Invoice, InvoiceItem, LedgerCode
from billing.services import locking, parts, periods, reconciling, telling_credits, writing_credits
from billing.services.crediting import spread
from billing.services.parts import Items, OpenInvoice, Part
from billing.services.sources import Source
from billing.services.writing_credits import Line, Taxed, Terms
from smartrec.errors import Refused

APPLY = ("keep", "oldest", "chosen")


@dataclass(frozen=True, kw_only=True)
class Memo:
    """What is granted: an amount in cents with its taxes, for a ledger code, and what it is used for at once."""

    terms: Terms
    amount: int
    ledger_code: LedgerCode
    treatment: str = "exempt"
    taxes: Sequence[int] = ()
    apply: str = "keep"
    invoice_ids: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Use:
    """How much of a credit settles an invoice."""

    invoice: Invoice
    amount: int


def price(*, client: Client, memo: Memo) -> Taxed:
    """What the memo comes to. Raises `Refused` for an amount, a code or a tax that cannot be."""
    organization = client.organization
    writing_credits.check_amount(memo.amount, organization.currency)
    writing_credits.check_code(organization, memo.ledger_code)
    asked: dict[str, Any] = {
        "amount": memo.amount,
        "treatment": memo.treatment,
        "taxes": memo.taxes,
        "on": memo.terms.on,
    }
    return writing_credits.taxed(organization=organization, **asked)


def uses(*, client: Client, memo: Memo, total: int, on: dt.date) -> list[Use]:
    """Which open invoices the memo would settle at once, oldest first, and how much of each."""
    if memo.apply not in APPLY:
        raise Refused(_("Choose what the credit is used for."))
    if memo.apply == "keep":
        return []
    found, rest = [], total
    for one in _wanted(client, memo, on):
        if used := min(one.due, rest):
            found.append(Use(invoice=one.invoice, amount=used))
            rest -= used
    return found


def _wanted(client: Client, memo: Memo, on: dt.date) -> list[OpenInvoice]:
    opened = [one for one in parts.open_invoices(client=client, on=on) if one.due]
    if memo.apply == "oldest":
        return opened
    chosen = [one for one in opened if one.invoice.pk in set(memo.invoice_ids)]
    if not chosen or len(chosen) < len(set(memo.invoice_ids)):
        raise Refused(_("An invoice was paid, cancelled or is being paid meanwhile: see the list."))
    return chosen


@transaction.atomic
def issue(*, client: Client, memo: Memo, by: User, now: dt.datetime) -> Credit:
    """Grant a credit; asked twice, it is granted once. It stands as available credit, or settles invoices at once."""
    client = locking.held_client(client)
    amounts = price(client=client, memo=memo)
    if known := writing_credits.already_written(client, memo.terms, "memo", amounts.total):
        return known
    writing_credits.check_day(client.organization, memo.terms.on, now)
    if not memo.terms.description.strip():
        raise Refused(_("Enter what the credit is for."))
    line = Line(description=memo.terms.description.strip(), taxed=amounts, ledger_code_id=memo.ledger_code.pk)
    items = _held_items(client, memo, amounts.total, now)
    credit = writing_credits.write(client=client, kind="memo", lines=[line], terms=memo.terms, by=by, now=now)
    source = Source(client_id=client.pk, free=credit.total, at=now, credit_id=credit.pk)
    reconciling.link(spread([source], items)[0], now=now)
    telling_credits.issued(credit, email=memo.terms.email, by=by, now=now)
    credit.refresh_from_db()
    return credit


def _held_items(client: Client, memo: Memo, total: int, now: dt.datetime) -> Items:
    """The items to settle, locked, as they are now."""
    if memo.apply == "keep":
        return []
    parts.hold(client)
    today = client.organization.local_day(now)
    due = {one.invoice.pk: one.due for one in parts.open_invoices(client=client, on=today)}
    used = uses(client=client, memo=memo, total=total, on=today)
    wanted = [Part(invoice_id=u.invoice.pk, amount=u.amount, seen=due[u.invoice.pk]) for u in used]
    return parts.items_of(client, wanted, today)


@transaction.atomic
def void(*, credit: Credit, by: User, now: dt.datetime) -> Credit:
    """Take a credit back: in the books, and for the items it had cancelled or given up, which are owed again.

    Raises `Refused` while something else is settled with it, or while it was handed back.
    """
    client = locking.held_client(credit.client)
    today = client.organization.local_day(now)
    periods.check_open(organization=client.organization, on=today)
    links = _held_links(credit)
    credit = Credit.objects.get(pk=credit.pk)
    refuse_to_void(credit, links)
    Allocation.objects.filter(pk__in=[link.pk for link in links]).delete()
    Credit.objects.filter(pk=credit.pk).move("void", voided_at=now)
    entries = Entry.objects.filter(organization=client.organization, reference=f"credit/{credit.pk}/issued")
    ledger.reverse(entry_ids=list(entries.values_list("pk", flat=True)), on=today, now=now, by_id=by.pk)
    credit.refresh_from_db()
    telling_credits.voided(credit, by=by, now=now)
    return credit


def _held_links(credit: Credit) -> list[Allocation]:
    links = Allocation.objects.filter(credit=credit)
    items = InvoiceItem.objects.filter(pk__in=links.values("item")) | InvoiceItem.objects.filter(
        pk__in=CreditLine.objects.filter(credit=credit).values("item")
    )
    locking.hold(credits=[credit.pk], invoices=items.values("invoice"), items=items.values("pk"))
    return list(links.select_related("item__invoice").order_by("pk"))


def refuse_to_void(credit: Credit, links: Sequence[Allocation]) -> None:
    """Say what stands in the way of voiding a credit, and what to do first."""
    told = {"number": credit.display_number}
    if credit.state != "issued":
        raise Refused(_("Credit %(number)s was voided already.") % told)
    if credit.refunded:
        raise Refused(_("A part of credit %(number)s was handed back: void that refund first.") % told)
    if credit.kind == "cancellation" and (given_up := _fee_given_up(credit)):
        told["other"] = given_up.display_number
        raise Refused(_("Credit %(other)s gave up the fee of credit %(number)s: void that one first.") % told)
    invoices = {link.item.invoice.display_number for link in links if link.item.invoice_id != credit.invoice_id}
    elsewhere = sorted(invoices)
    if elsewhere:
        told["invoices"] = ", ".join(elsewhere)
        raise Refused(_("Credit %(number)s is linked to %(invoices)s: unlink it there first, then void it.") % told)


def _fee_given_up(credit: Credit) -> Credit | None:
    """What gave up the fee that this cancellation left owed: without the cancellation there is no fee."""
    fees = CreditLine.objects.filter(item=None, credit__kind="write_off", credit__state="issued")
    mine = fees.filter(credit__invoice=credit.invoice_id, credit__allocations__item__credit_lines__credit=credit)
    return Credit.objects.filter(lines__in=mine).first()
