"""Money received without the processor: cash, a cheque, the terminal at the desk, a transfer. It is here at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing import ledger, words
from billing.models import Payment
from billing.models.payment import RECEIVED_KINDS
from billing.services import crediting, first_links, locking, periods
from billing.services.numbering import take_numbers
from billing.services.parts import Items, Order, already_made
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec.errors import Refused
from smartrec.money import format_money

# What the centre holds in its hands goes through the till; a transfer is in the bank already.
HELD_IN = {"cash": "till", "cheque": "till", "terminal": "till", "transfer": "clearing"}
NOT_BEFORE = dt.timedelta(days=366)
# No amount typed at a desk is above this: what is, was meant otherwise.
MOST = 99_999_999_999


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came in, how and when. Cents. `credit_name` says why more came in than was due: the rest is a credit."""

    kind: str
    amount: int
    on: dt.date
    reference: str = ""
    credit_name: str = ""


@transaction.atomic
def receive(*, client: Client, order: Order, received: Received, by: User, now: dt.datetime) -> Payment:
    """Record money that was received, and link it to the chosen invoices; asked twice, it is recorded once.

    Raises `Refused` when an invoice was paid or is being paid meanwhile, or for an amount above what is due that nobody
    named as a credit.
    """
    client = locking.held_client(client)
    if known := already_made(client, order, received.kind, received.amount):
        return known
    check(client, received, now)
    items = crediting.hold_and_use(client=client, order=order, by=by, now=now)
    _check_amount(client, order, items, received)
    payment = _write(client, order, received, by, now)
    ledger.post_received(organization=client.organization, payment_ids=[payment.pk], held_in=HELD_IN)
    first_links.write([(payment.pk, item, part) for item, part in items], reconcile=order.reconcile, now=now)
    _record(payment, by, now)
    if order.email_receipt and client.account.email:
        outbox.write_many([letter_about(payment)])
    return payment


def send_receipts(*, payment_ids: Sequence[int]) -> None:
    """Queue the receipts of those of these payments whose client has an e-mail address and is to be written to."""
    payments = Payment.objects.filter(pk__in=payment_ids, email_receipt=True).select_related("client__account")
    outbox.write_many(letter_about(payment) for payment in payments.exclude(client__account__email="").order_by("pk"))


def check(client: Client, received: Received, now: dt.datetime) -> None:
    """Raise `Refused` for a kind, an amount, a day or a number with which no money comes in at the desk."""
    today = client.organization.local_day(now)
    if received.kind not in RECEIVED_KINDS:
        raise Refused(_("Choose a payment method."))
    if not 0 < received.amount <= MOST:
        told = {"most": format_money(MOST, client.organization.currency)}
        raise Refused(_("Enter an amount above zero, of %(most)s or less.") % told)
    if received.on > today:
        raise Refused(_("Money cannot be received after today."))
    if received.on < today - NOT_BEFORE:
        raise Refused(_("This day is more than a year ago."))
    periods.check_open(organization=client.organization, on=received.on)
    if received.kind == "cheque" and not received.reference.strip():
        raise Refused(_("Enter the cheque number."))


def _check_amount(client: Client, order: Order, items: Items, received: Received) -> None:
    """What was shown is what is recorded, and what is above it has a name."""
    due = sum(part for _item, part in items)
    if due != order.total:
        raise Refused(_("The total changed meanwhile. Look at it, then confirm again."))
    if received.amount < max(due, 1):
        raise Refused(_("Less was received than the amounts chosen: lower them first."))
    if received.amount > due and not received.credit_name.strip():
        raise Refused(too_much(received.amount - due, client.organization.currency))


def too_much(excess: int, currency: str) -> str:
    """The question before more than what is due is kept."""
    return _("%(amount)s more than what is due: keep it as a credit?") % {"amount": format_money(excess, currency)}


def _write(client: Client, order: Order, received: Received, by: User, now: dt.datetime) -> Payment:
    organization, notes = client.organization, order.notes
    return Payment.objects.create(
        organization=organization,
        client=client,
        number=take_numbers(organization=organization, document="payment", count=1),
        kind=received.kind,
        amount=received.amount,
        currency=organization.currency,
        note=notes.note,
        details=notes.details,
        internal_note=notes.internal_note,
        received_on=received.on,
        reference=received.reference,
        credit_name=received.credit_name if received.amount > order.total else "",
        reconcile=order.reconcile,
        email_receipt=order.email_receipt,
        key=order.key,
        created_by=by,
        created_at=now,
    )


def _record(payment: Payment, by: User, now: dt.datetime) -> None:
    facts = {"payment": payment.display_number, "amount": payment.amount, "currency": payment.currency}
    verb, organization = "payment_received", payment.organization
    trail.record(organization=organization, client=payment.client, verb=verb, by=by, now=now, facts=facts)


def letter_about(payment: Payment, *, kind: str = "receipt", **more: str) -> Letter:
    """What tells a client that their money was received."""
    account = payment.client.account
    with translation.override(account.language):
        received_as = words.received_as(payment)
    return Letter(
        organization_id=payment.organization_id,
        client_id=payment.client_id,
        kind=kind,
        key=f"payment/{payment.pk}/received",
        to=account.email,
        language=account.language,
        facts={
            "payment": payment.display_number,
            "amount": payment.amount,
            "currency": payment.currency,
            "received_as": received_as,
            "receipt_of": payment.pk,
            "note": payment.note,
            **more,
        },
    )
