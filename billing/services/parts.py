"""Which invoices are paid and how much of each: read again under locks, so that nothing is paid twice."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Client
from billing.models import Invoice, InvoiceItem, Payment
from billing.planning import Debt, up_to
from billing.services import debts, locking
from billing.services.once import made_before
from billing.services.sources import Source
from smartrec.errors import Refused
from smartrec.money import format_money

Items = list[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """How much of one invoice is paid now, in cents; `seen` is what was shown as due on it."""

    invoice_id: int
    amount: int
    seen: int


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What is written about a payment: beside its kind, on the receipt, and for staff alone."""

    details: str = ""
    note: str = ""
    internal_note: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be paid: an amount of what is oldest or, with `parts`, so much of each invoice.

    `total` is what the person saw as the amount to take once the credit is used; `key` makes it one payment, however
    often it is asked for.
    """

    total: int
    parts: Sequence[Part] = ()
    use_credit: bool = False
    reconcile: bool = True
    email_receipt: bool = True
    notes: Notes = Notes()
    key: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, kw_only=True)
class OpenInvoice:
    """An invoice with something left to pay: `due` can be paid now, the rest is being paid already. Cents."""

    invoice: Invoice
    due: int
    under_way: int
    overdue: bool


def open_invoices(*, client: Client, on: dt.date) -> list[OpenInvoice]:
    """What this client has left to pay, invoice by invoice, oldest first."""
    free, busy = _by_invoice(client, on)
    opened = client.invoices.open().oldest_first().select_related("person").prefetch_related("items")
    return [
        OpenInvoice(
            invoice=invoice,
            due=_sum(free[invoice.pk]),
            under_way=_sum(busy[invoice.pk]),
            overdue=invoice.due_on < on,
        )
        for invoice in opened
    ]


def _by_invoice(client: Client, on: dt.date) -> tuple[Mapping[int, list[Debt]], Mapping[int, list[Debt]]]:
    """The client's unpaid items by invoice, oldest first: those that can be paid now, those being paid."""
    owed = debts.debts_of(organization=client.organization, client_ids=[client.pk], which="balance", on=on)
    free: dict[int, list[Debt]] = defaultdict(list)
    busy: dict[int, list[Debt]] = defaultdict(list)
    for debt in owed:
        (busy if debt.busy else free)[debt.invoice_id].append(debt)
    return free, busy


def payable(*, client: Client, on: dt.date) -> int:
    """What this client can pay now, in cents: what is due and not already being paid."""
    return min(_sum(free_debts(client=client, on=on)), _owing(client))


def free_debts(*, client: Client, on: dt.date) -> list[Debt]:
    """What is due and not already being paid, oldest invoice first."""
    free, _busy = _by_invoice(client, on)
    return [debt for owed in free.values() for debt in owed]


def _sum(owed: Sequence[Debt]) -> int:
    return sum(debt.amount for debt in owed)


def _owing(client: Client) -> int:
    return max(debts.owing(organization=client.organization, client_ids=[client.pk])[client.pk], 0)


def hold(client: Client, sources: Sequence[Source] = ()) -> None:
    """Nobody else pays this client's invoices until the transaction ends.

    The one order: the client's balance, then payments, credits, invoices, items.
    """
    owed = {"state": "issued", "allocated__lt": F("total")}
    unpaid = InvoiceItem.objects.filter(invoice__client=client, invoice__state="issued", allocated__lt=F("total"))
    locking.hold(
        clients=[client.pk],
        payments=[source.payment_id for source in sources if source.payment_id],
        credits=[source.credit_id for source in sources if source.credit_id],
        invoices=Invoice.objects.filter(client=client, **owed).values("pk"),
        items=unpaid.values("pk"),
    )


def items_of(client: Client, parts: Sequence[Part], on: dt.date) -> Items:
    """The chosen parts as items, oldest invoice first. Raises `Refused` when an invoice is no longer as it was seen."""
    free, busy = _by_invoice(client, on)
    chosen = {part.invoice_id: part for part in parts}
    _check_currency(client, [debt for owed in free.values() for debt in owed if debt.invoice_id in chosen])
    for part in parts:
        _check(part, _sum(free[part.invoice_id]), part.invoice_id in busy, client)
    return [
        item
        for invoice_id, owed in free.items()
        if invoice_id in chosen
        for item in up_to([(debt.item_id, debt.amount) for debt in owed], chosen[invoice_id].amount)
    ]


def _check_currency(client: Client, owed: Sequence[Debt]) -> None:
    """What is paid in one currency does not settle what is owed in another."""
    others = [debt.invoice_id for debt in owed if debt.currency != client.organization.currency]
    if others:
        invoice = client.invoices.get(pk=others[0])
        told = {"number": invoice.display_number, "currency": invoice.currency}
        raise Refused(_("Invoice %(number)s is in %(currency)s: it is not paid in another currency.") % told)


def _check(part: Part, due: int, under_way: bool, client: Client) -> None:
    if due == part.seen and 0 < part.amount <= due:
        return
    invoice = client.invoices.filter(pk=part.invoice_id).first()
    amount = format_money(due, client.organization.currency)
    told = {"number": invoice.display_number if invoice else "", "amount": amount}
    if due != part.seen:
        if under_way:
            raise Refused(_("Invoice %(number)s is already being paid. Wait for that payment to end.") % told)
        if not due:
            raise Refused(_("Invoice %(number)s was paid or cancelled meanwhile: nothing is due on it.") % told)
        raise Refused(_("Invoice %(number)s changed meanwhile: %(amount)s is due on it now.") % told)
    raise Refused(_("No more than %(amount)s can be paid on invoice %(number)s.") % told)


def oldest_items(client: Client, amount: int, on: dt.date) -> Items:
    """That amount of what is oldest. Raises `Refused` when it is not due."""
    free = free_debts(client=client, on=on)
    _check_due(client, amount, min(_sum(free), _owing(client)))
    return up_to([(debt.item_id, debt.amount) for debt in free], amount)


def check_due(client: Client, amount: int, on: dt.date) -> None:
    """No method is charged more than the client owes, whatever the money received is linked to."""
    _check_due(client, amount, payable(client=client, on=on))


def _check_due(client: Client, amount: int, most: int) -> None:
    if amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if amount > most:
        if not most:
            raise Refused(under_way() if client.balance > 0 else _("Nothing is due."))
        shown = format_money(most, client.organization.currency)
        raise Refused(_("No more than %(amount)s can be paid now.") % {"amount": shown})


def already_made(client: Client, order: Order, kind: str, amount: int) -> Payment | None:
    """The payment this order made before. Raises `Refused` when the order was changed after it had been sent."""
    known = made_before(Payment.objects.all(), key=order.key, client=client)
    if known and (known.kind, known.amount) != (kind, amount):
        told = {"number": known.display_number}
        raise Refused(_("This form was sent already and made payment %(number)s. Open the page again.") % told)
    return known


def under_way() -> str:
    return _("This balance is already being paid. Wait for that payment to end.")
