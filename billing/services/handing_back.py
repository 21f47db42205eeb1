"""Money handed back without the processor: in cash, by cheque, at the terminal, by transfer. Recorded, and undone."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Client, User
from accounts.services import trail
from billing import ledger
from billing.ledger import Posting
from billing.models import (
    Allocation,
    Credit,
    DeskRefund,
    DeskRefundPart,
    Entry,
    Payment,
    PlannedAllocation,
)
from billing.models.handing_back import REASONS
from billing.models.payment import RECEIVED_KINDS
from billing.services import locking, periods, reconciling, refundable, undoing
from billing.services.numbering import take_numbers
from billing.services.once import made_before
from billing.services.receiving import HELD_IN, NOT_BEFORE
from billing.services.reconciling import left_of
from billing.services.refundable import Refundable
from billing.words.handing_back import given_as
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec.errors import Refused
from smartrec.formats import long_date
from smartrec.money import format_money

Taken = list[tuple[Refundable, int]]


@transaction.atomic
def hand_back(
    *,
    client: Client,
    kind: str,
    sources: Sequence[tuple[Payment | Credit, bool, int]],
    on: dt.date,
    reference: str = "",
    note: str = "",
    internal_note: str = "",
    reason: str = "given",
    key: uuid.UUID,
    email: bool,
    by: User,
    now: dt.datetime,
) -> DeskRefund:
    """Record money given back out of these payments, deposits (`True`) and credits; asked twice, it is recorded once.

    What a payment taken at the desk had paid is owed again, newest links first. Raises `Refused` when there is less.
    """
    client = locking.held_client(client)
    amount = sum(cents for _of, _of_deposit, cents in sources)
    if known := _already_given(client, key, kind, amount):
        return known
    _check(client, kind, reference, on, now)
    taken = _hold(client, sources)
    _check_sources(taken, on, reason)
    told = {"kind": kind, "reason": reason, "given_on": on, "reference": reference.strip()}
    notes = {"note": note, "internal_note": internal_note}
    refund = _write(client, amount=amount, key=key, created_by=by, created_at=now, **told, **notes)
    _take_out(refund, taken, now)
    _post(refund, taken, now)
    _write_down("desk_refund_given", refund, by, now)
    outbox.write_many([letter for letter in [_letter(refund) if email else None] if letter])
    return refund


def _write(client: Client, **facts: Any) -> DeskRefund:
    organization = client.organization
    return DeskRefund.objects.create(
        organization=organization,
        client=client,
        number=take_numbers(organization=organization, document="refund", count=1),
        currency=organization.currency,
        **facts,
    )


def _already_given(client: Client, key: uuid.UUID, kind: str, amount: int) -> DeskRefund | None:
    known = made_before(DeskRefund.objects.all(), key=key, client=client)
    if known and (known.kind, known.amount) != (kind, amount):
        told = {"number": known.display_number}
        raise Refused(_("This form was sent already and recorded refund %(number)s. Open the page again.") % told)
    return known


def _check(client: Client, kind: str, reference: str, on: dt.date, now: dt.datetime) -> None:
    today = client.organization.local_day(now)
    if kind not in RECEIVED_KINDS:
        raise Refused(_("Choose how the money goes back."))
    if on > today:
        raise Refused(_("Money cannot be handed back after today."))
    if on < today - NOT_BEFORE:
        raise Refused(_("This day is more than a year ago."))
    periods.check_open(organization=client.organization, on=on)
    if kind == "cheque" and not reference.strip():
        raise Refused(_("Enter the cheque number."))


def _hold(client: Client, sources: Sequence[tuple[Payment | Credit, bool, int]]) -> Taken:
    """Lock what the money comes out of, in the one order, and read again what there is."""
    wanted = Counter[tuple[type, int, bool]]()
    for of, of_deposit, cents in sources:
        if cents <= 0:
            raise Refused(_("Enter an amount above zero."))
        wanted[type(of), of.pk, of_deposit] += cents
    if not wanted:
        raise Refused(_("Choose what the money comes out of."))
    payments = Payment.objects.filter(client=client, pk__in=[pk for of, pk, _of in wanted if of is Payment])
    credits = Credit.objects.filter(client=client, pk__in=[pk for of, pk, _of in wanted if of is Credit])
    links = Allocation.objects.filter(payment__in=payments.values("pk"))
    _lock(payments, credits, links)
    found = [*refundable.of_payments(payments, client), *refundable.of_credits(credits, client)]
    lines = {(type(line.of), line.of.pk, line.of_deposit): line for line in found}
    if not wanted.keys() <= lines.keys():
        raise Refused(_("This money is disputed, was taken back or was used meanwhile. Look at the list again."))
    return [(line, wanted[key]) for key, line in lines.items() if key in wanted]


def _lock(payments: QuerySet, credits: QuerySet, links: QuerySet) -> None:
    """What the money comes out of, and what it is or was linked to."""
    locking.hold(
        payments=payments.values("pk"),
        credits=credits.values("pk"),
        invoices=links.values("item__invoice"),
        items=links.values("item"),
    )


def _check_sources(taken: Taken, on: dt.date, reason: str) -> None:
    for line, cents in taken:
        told = {"number": line.of.display_number, "currency": line.of.currency, "day": long_date(line.on)}
        if line.of.currency != line.of.organization.currency:
            raise Refused(_("%(number)s is in %(currency)s: only money in the organization’s currency goes back here.")
                          % told)  # fmt: skip
        most = _most(line, reason)
        if cents > most:
            told["amount"] = format_money(max(most, 0), line.of.currency)
            raise Refused(_("No more than %(amount)s can be handed back out of %(number)s.") % told)
        if on < line.on:
            raise Refused(_("%(number)s came in on %(day)s: it cannot go back before.") % told)
        if reason == "bounced" and not (isinstance(line.of, Payment) and line.of.kind == "cheque"):
            raise Refused(_("Only a cheque comes back from the bank."))
    if reason not in REASONS:
        raise Refused(_("Choose why the money goes back."))


def _most(line: Refundable, reason: str) -> int:
    """A cheque that bounced comes back whole, with what was given out of it before: that is owed as well."""
    if reason != "bounced" or not isinstance(line.of, Payment):
        return line.most
    return sum(one.cents for one in refundable.bounced(line.of) if one.of_deposit == line.of_deposit)


def _take_out(refund: DeskRefund, taken: Taken, now: dt.datetime) -> None:
    """Write where the money came from; the database keeps the sums, and what is left of a payment pays no more."""
    DeskRefundPart.objects.bulk_create(
        DeskRefundPart(
            refund=refund,
            payment=line.of if isinstance(line.of, Payment) else None,
            credit=line.of if isinstance(line.of, Credit) else None,
            of_deposit=line.of_deposit,
            amount=cents,
        )
        for line, cents in taken
    )
    for line, _cents in taken:
        if isinstance(line.of, Payment):
            reconciling.release(payment=line.of, keep=left_of(line.of), now=now)


def _post(refund: DeskRefund, taken: Taken, now: dt.datetime) -> None:
    """The client owes again what goes back; a deposit was owed to them."""
    of = Counter[str]()
    for line, cents in taken:
        of["deposits" if line.of_deposit else "receivable"] += cents
    where = ledger.bucket(organization_id=refund.organization_id, kind=HELD_IN[refund.kind]).pk
    posting = Posting(
        organization_id=refund.organization_id,
        reference=f"desk_refund/{refund.pk}/given",
        kind="desk_refund",
        happened_on=refund.given_on,
        client_id=refund.client_id,
        legs=[
            (ledger.bucket(organization_id=refund.organization_id, kind=kind).pk, where, cents)
            for kind, cents in sorted(of.items())
        ],
        posted_by_id=refund.created_by_id,
    )
    ledger.post([posting], now=now)


@transaction.atomic
def void(*, refund: DeskRefund, by: User, now: dt.datetime) -> DeskRefund:
    """A refund entered by mistake: the money is still here, in the books and for the invoices it was taken for."""
    client = locking.held_client(refund.client)
    today = client.organization.local_day(now)
    periods.check_open(organization=client.organization, on=today)
    parts = DeskRefundPart.objects.filter(refund=refund)
    payments = Payment.objects.filter(pk__in=parts.values("payment"))
    credits = Credit.objects.filter(pk__in=parts.values("credit"))
    _lock(payments, credits, PlannedAllocation.objects.filter(payment__in=payments.values("pk")))
    if not DeskRefund.objects.filter(pk=refund.pk).move("void", voided_at=now):
        raise Refused(_("This refund was voided already."))
    refund.refresh_from_db()
    entries = Entry.objects.filter(organization=refund.organization, reference=f"desk_refund/{refund.pk}/given")
    ledger.reverse(entry_ids=list(entries.values_list("pk", flat=True)), on=today, now=now, by_id=by.pk)
    for part in parts.filter(payment__isnull=False, of_deposit=False):
        _link_again(part, now)
    for payment in payments.order_by("run"):
        undoing.stands_again(payment=payment)
    _write_down("desk_refund_void", refund, by, now)
    return refund


def _link_again(part: DeskRefundPart, now: dt.datetime) -> None:
    """What is here again pays what it was taken for, as far as that is still owed; the rest is a credit."""
    payment = part.payment
    if payment is None or not payment.reconcile:
        return
    most = min(part.amount, left_of(payment) - payment.allocated)
    reconciling.pay_again(payment=payment, most=most, now=now)


def _write_down(verb: str, refund: DeskRefund, by: User, now: dt.datetime) -> None:
    facts = {"refund": refund.display_number, "amount": refund.amount, "currency": refund.currency}
    trail.record(organization=refund.organization, client=refund.client, verb=verb, by=by, now=now, facts=facts)


def _letter(refund: DeskRefund) -> Letter | None:
    account = refund.client.account
    if not account.email:
        return None
    with translation.override(account.language):
        said = given_as(refund)
    return Letter(
        organization_id=refund.organization_id,
        client_id=refund.client_id,
        kind="desk_refund",
        key=f"desk_refund/{refund.pk}/given",
        to=account.email,
        language=account.language,
        facts={
            "refund": refund.display_number,
            "amount": refund.amount,
            "currency": refund.currency,
            "given_as": said,
            "reason": refund.reason,
            "paper_of": refund.pk,
            "note": refund.note,
        },
    )
