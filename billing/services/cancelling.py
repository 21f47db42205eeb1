"""Cancelling items of an invoice: what is no longer owed, the money it frees, and what of it goes back."""

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Client, User
from billing import words
from billing.models import Allocation, Credit, Invoice, InvoiceItem, Payment
from billing.services import (
    cancel_plans,
    handing_back,
    locking,
    reconciling,
    refunding,
    telling_credits,
    writing_credits,
)
from billing.services.cancel_plans import Cancellation, Plan
from billing.services.once import made_before
from billing.services.reconciling import Link
from billing.services.refunding import CannotRefund
from smartrec.errors import Refused


@transaction.atomic
def cancel(
    *, invoice: Invoice, cancellation: Cancellation, one_of_many: bool = False, by: User, now: dt.datetime
) -> Credit:
    """Cancel items, or a part of them; asked twice, it is done once. Of `one_of_many` the office is told elsewhere.

    The credit settles what was unpaid and takes the place of the money that had paid, which is free again: it stays as
    the client's credit, or goes back to what paid. All of it is done, or nothing.
    """
    client = locking.held_client(invoice.client)
    if known := _already_cancelled(invoice, cancellation):
        return known
    writing_credits.check_day(client.organization, cancellation.terms.on, now)
    invoice = _held(client, invoice)
    plan = cancel_plans.draw_up(invoice=invoice, cancellation=cancellation)
    credit = writing_credits.write(
        client=client,
        kind="cancellation",
        lines=plan.lines,
        terms=cancellation.terms,
        invoice=invoice,
        by=by,
        now=now,
    )
    _take_the_place(credit, plan, now)
    _give_back(client, plan, cancellation, by, now)
    email = cancellation.terms.email
    telling_credits.issued(credit, email=email, by=by, now=now, refunded=plan.refunded, office=not one_of_many)
    credit.refresh_from_db()
    return credit


def _already_cancelled(invoice: Invoice, cancellation: Cancellation) -> Credit | None:
    """What this form did before. Raises `Refused` when it was changed after it had been sent."""
    known = made_before(Credit.objects.all(), key=cancellation.terms.key, client=invoice.client)
    if known is None:
        return None
    done = set(known.lines.filter(is_fee=False).values_list("item_id", "total"))
    if known.invoice_id != invoice.pk or done != {(part.item_id, part.amount) for part in cancellation.parts}:
        told = {"number": known.display_number}
        raise Refused(_("This form was sent already and made credit %(number)s. Open the page again.") % told)
    return known


def _held(client: Client, invoice: Invoice) -> Invoice:
    """The invoice and all that pays it, locked in the one order, as it is now."""
    links = Allocation.objects.filter(item__invoice=invoice)
    locking.hold(
        payments=links.values("payment"),
        credits=links.values("credit"),
        invoices=[invoice.pk],
        items=InvoiceItem.objects.filter(invoice=invoice).values("pk"),
    )
    invoice = Invoice.objects.get(pk=invoice.pk)
    invoice.client, invoice.organization = client, client.organization
    return invoice


def _take_the_place(credit: Credit, plan: Plan, now: dt.datetime) -> None:
    """Unlink what the credit replaces, what a link keeps standing as it stood; then link the credit."""
    Allocation.objects.filter(pk__in=[link.pk for link, _cents in plan.released]).delete()
    Allocation.objects.bulk_create(
        Allocation(
            payment_id=link.payment_id,
            credit_id=link.credit_id,
            item_id=link.item_id,
            amount=link.amount - cents,
            created_at=link.created_at,
        )
        for link, cents in plan.released
        if link.amount > cents
    )
    links = [Link(credit_id=credit.pk, item_id=item, amount=cents) for item, cents in plan.amounts if cents]
    reconciling.link(links, now=now)


def _give_back(client: Client, plan: Plan, cancellation: Cancellation, by: User, now: dt.datetime) -> None:
    """A card or an account is refunded by the processor; money taken at the desk is handed back there."""
    payments = Payment.objects.in_bulk(list(plan.refunds))
    received = [(payments[pk], False, cents) for pk, cents in plan.refunds.items() if payments[pk].received_on]
    for pk, cents in plan.refunds.items():
        if payments[pk].received_on is None:
            _refund(payments[pk], cents, cancellation, by, now)
    if received:
        handing_back.hand_back(
            client=client,
            kind=cancellation.given_as,
            sources=received,
            on=cancellation.terms.on,
            reference=cancellation.reference,
            note=cancellation.terms.note,
            key=uuid.uuid5(cancellation.terms.key, "handed back"),
            email=False,
            by=by,
            now=now,
        )


def _refund(payment: Payment, cents: int, cancellation: Cancellation, by: User, now: dt.datetime) -> None:
    try:
        refunding.request_refund(payment=payment, amount=cents, note=cancellation.terms.note, by=by, now=now)
    except CannotRefund as refusal:
        told = {"number": payment.display_number, "why": words.refund_refusal(refusal.reason)}
        raise Refused(_("%(number)s cannot be refunded: %(why)s") % told) from refusal
