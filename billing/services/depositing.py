"""Deposits: money kept on a client's account for something to come; it pays nothing until it is released."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing import ledger
from billing.ledger import Posting
from billing.models import Entry, InvoiceItem, Payment
from billing.planning import up_to
from billing.services import locking, parts, periods, receiving, reconciling
from billing.services.numbering import take_numbers
from billing.services.once import made_before
from billing.services.parts import Items, Notes
from billing.services.receiving import HELD_IN, Received
from billing.services.reconciling import Link
from messaging.services import outbox
from smartrec.errors import Refused
from smartrec.money import format_money


@transaction.atomic
def deposit(
    *,
    client: Client,
    received: Received,
    notes: Notes,
    email_receipt: bool,
    key: uuid.UUID,
    by: User,
    now: dt.datetime,
) -> Payment:
    """Record money kept on the account, what for in `received.credit_name`; asked twice, it is recorded once."""
    locking.hold(clients=[client.pk])
    client = Client.objects.select_related("organization", "account").get(pk=client.pk)
    if known := made_before(Payment.objects.all(), key=key, client=client):
        return _same(known, received)
    receiving.check(client, received, now)
    if not received.credit_name.strip():
        raise Refused(_("Enter what the deposit is for."))
    payment = _write(client, received, notes, email_receipt=email_receipt, key=key, created_by=by, created_at=now)
    held_in = HELD_IN[payment.kind]
    _post(payment, "received", "deposit", (held_in, "deposits"), payment.amount, on=received.on, by=by, now=now)
    _write_down("deposit_recorded", payment, payment.amount, by, now)
    if email_receipt and client.account.email:
        outbox.write_many([receiving.letter_about(payment, kind="deposit", what_for=payment.credit_name)])
    return payment


def _write(client: Client, received: Received, notes: Notes, **facts: Any) -> Payment:
    organization = client.organization
    return Payment.objects.create(
        organization=organization,
        client=client,
        number=take_numbers(organization=organization, document="payment", count=1),
        kind=received.kind,
        amount=received.amount,
        held=received.amount,
        is_deposit=True,
        currency=organization.currency,
        received_on=received.on,
        reference=received.reference.strip(),
        credit_name=received.credit_name.strip(),
        note=notes.note,
        details=notes.details,
        internal_note=notes.internal_note,
        reconcile=False,
        **facts,
    )


def _same(known: Payment, received: Received) -> Payment:
    if (known.kind, known.amount, known.is_deposit) != (received.kind, received.amount, True):
        told = {"number": known.display_number}
        raise Refused(_("This form was sent already and made payment %(number)s. Open the page again.") % told)
    return known


def _post(
    payment: Payment,
    name: str,
    kind: str,
    between: tuple[str, str],
    cents: int,
    *,
    on: dt.date,
    by: User,
    now: dt.datetime,
) -> None:
    debit, credit = (ledger.bucket(organization_id=payment.organization_id, kind=one).pk for one in between)
    posting = Posting(
        organization_id=payment.organization_id,
        reference=f"payment/{payment.pk}/{name}",
        kind=kind,
        happened_on=on,
        client_id=payment.client_id,
        legs=[(debit, credit, cents)],
        posted_by_id=by.pk,
    )
    ledger.post([posting], now=now)


def releases_of(payment: Payment) -> int:
    """How often something of this deposit was released."""
    return Entry.objects.filter(reference__startswith=f"payment/{payment.pk}/released/", reverses=None).count()


@transaction.atomic
def release(*, payment: Payment, amount: int, number: int, by: User, now: dt.datetime, pay: bool = False) -> Payment:
    """Turn a part or all of a deposit into available credit and, with `pay`, pay with it what is due, oldest first.

    `number` is which release of this deposit it is: the same one asked for twice is done once.
    """
    _hold(payment, pay)
    payment = Payment.objects.select_related("organization", "client__organization").get(pk=payment.pk)
    if _released_before(payment, amount, number):
        return payment
    today = payment.organization.local_day(now)
    periods.check_open(organization=payment.organization, on=today)
    if amount <= 0:
        raise Refused(_("Enter an amount above zero."))
    if amount > payment.held:
        told = {"amount": format_money(payment.held, payment.currency)}
        raise Refused(_("No more than %(amount)s of this deposit is left.") % told)
    Payment.objects.filter(pk=payment.pk).update(held=F("held") - amount)
    legs = ("deposits", "receivable")
    _post(payment, f"released/{number}", "deposit_released", legs, amount, on=today, by=by, now=now)
    if pay:
        items = what_it_pays(client=payment.client, amount=amount, on=today)
        links = [Link(payment_id=payment.pk, item_id=item, amount=cents) for item, cents in items]
        reconciling.link(links, now=now)
    _write_down("deposit_released", payment, amount, by, now)
    payment.refresh_from_db()
    return payment


def _hold(payment: Payment, pay: bool) -> None:
    """In the one order; what is due is held only when it is to be paid."""
    unpaid = InvoiceItem.objects.filter(
        invoice__client=payment.client_id, invoice__state="issued", allocated__lt=F("total")
    )
    due = unpaid if pay else unpaid.none()
    locking.hold(
        clients=[payment.client_id],
        payments=[payment.pk],
        invoices=due.values("invoice"),
        items=due.values("pk"),
    )


def was_released(*, payment: Payment, amount: int, number: int) -> bool:
    """Whether this very release was made."""
    made = Entry.objects.filter(reference=f"payment/{payment.pk}/released/{number}")
    return made.filter(transfers__amount=amount).exists()


def _released_before(payment: Payment, amount: int, number: int) -> bool:
    """Whether this very release was made. Raises `Refused` when another was made meanwhile."""
    if was_released(payment=payment, amount=amount, number=number):
        return True
    if number != releases_of(payment) + 1:
        raise Refused(_("Something of this deposit was released meanwhile. Look at what is left, then start again."))
    return False


def what_it_pays(*, client: Client, amount: int, on: dt.date) -> Items:
    """The items that so much pays, oldest invoice first, leaving out what is being paid already."""
    return up_to([(debt.item_id, debt.amount) for debt in parts.free_debts(client=client, on=on)], amount)


def _write_down(verb: str, payment: Payment, amount: int, by: User, now: dt.datetime) -> None:
    facts = {"payment": payment.display_number, "amount": amount, "currency": payment.currency}
    trail.record(organization=payment.organization, client=payment.client, verb=verb, by=by, now=now, facts=facts)
