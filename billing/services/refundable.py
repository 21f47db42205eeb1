"""What can be handed back to a client without the processor: payments, deposits held and credits, oldest first."""

import datetime as dt
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Client
from billing.models import Attempt, Credit, Dispute, Invoice, Payment
from billing.models.payment import RECEIVED_KINDS


class Chosen(NamedTuple):
    """So many cents out of a payment, out of what it holds as a deposit, or out of a credit."""

    of: Payment | Credit
    of_deposit: bool
    cents: int


@dataclass(frozen=True, kw_only=True)
class Refundable:
    """Money that can be handed back: `free` is linked to no invoice; up to `most` with what is. Cents."""

    of: Payment | Credit
    free: int
    most: int
    on: dt.date
    of_deposit: bool = False

    @property
    def by_processor(self) -> bool:
        """Whether a card or an account paid: the processor gives that back to what paid."""
        return isinstance(self.of, Payment) and self.of.received_on is None

    @property
    def key(self) -> str:
        """What the box of this line of the form is called."""
        letter = "c" if isinstance(self.of, Credit) else "d" if self.of_deposit else "p"
        return f"{letter}{self.of.pk}"


def of_client(client: Client) -> list[Refundable]:
    """All that is free to be handed back to this client: deposits, credits, payments. Oldest first."""
    payments = Payment.objects.filter(client=client, refunded__lt=F("amount"))
    credits: Any = Credit.objects.filter(client=client).with_free()
    found = [*of_payments(payments, client), *of_credits(credits, client)]
    return sorted((one for one in found if one.free > 0), key=lambda one: (one.on, one.of.created_at, one.of.pk))


def of_payments(payments: QuerySet, client: Client) -> list[Refundable]:
    """What each of these payments can give, and what it holds as a deposit.

    Nothing comes out of money that has not come in, that a bank has taken back or that a bank disputes.
    """
    disputed = Dispute.objects.against_refunds().filter(payment=OuterRef("pk"))
    states: Any = payments
    here = states.with_state().filter(Q(state="succeeded") | Q(state=None, kind__in=RECEIVED_KINDS))
    rows = list(here.filter(~Exists(disputed)).order_by("pk"))
    settled = dict(Attempt.objects.filter(payment__in=rows, state="succeeded").values_list("payment_id", "settled_at"))
    found = []
    for payment in rows:
        on = payment.received_on or client.organization.local_day(settled.get(payment.pk) or payment.created_at)
        most = payment.amount - payment.refunded - payment.held
        free = most - payment.allocated
        found.append(Refundable(of=payment, on=on, free=free, most=most if payment.received_on else free))
        if payment.held:
            found.append(Refundable(of=payment, on=on, of_deposit=True, free=payment.held, most=payment.held))
    return found


def of_credits(credits: Iterable[Credit], client: Client) -> list[Refundable]:
    """What each of these credits has left."""
    return [Refundable(of=one, on=one.issued_on, free=one.unused, most=one.unused) for one in credits]


def oldest_first(lines: Sequence[Refundable], amount: int) -> list[Chosen]:
    """That amount out of these lines, the oldest used up first. Asked for more than they have, it gives all of it."""
    rest, chosen = amount, []
    waiting = deque(sorted(lines, key=lambda one: (one.on, one.of.created_at, one.of.pk)))
    while rest > 0 and waiting:
        line = waiting.popleft()
        chosen.append(Chosen(line.of, line.of_deposit, min(rest, line.free)))
        rest -= chosen[-1].cents
    return chosen


def of_one(lines: Sequence[Refundable], amount: int) -> list[Chosen]:
    """That amount out of one payment: first what pays nothing, then what is held as a deposit, then what pays."""
    free = oldest_first(sorted(lines, key=lambda one: one.of_deposit), amount)
    rest = amount - sum(chosen.cents for chosen in free)
    taken = {chosen.of_deposit: chosen for chosen in free}
    for line in lines:
        if rest > 0 and not line.of_deposit:
            known = taken.get(False, Chosen(line.of, False, 0))
            taken[False] = known._replace(cents=known.cents + min(rest, line.most - line.free))
    return [chosen for chosen in taken.values() if chosen.cents]


def bounced(payment: Payment) -> list[Chosen]:
    """All of a cheque that came back from the bank: it never was money, whatever was given out of it meanwhile.

    Empty when it came back already.
    """
    if payment.desk_refund_parts.filter(refund__state="given", refund__reason="bounced").exists():
        return []
    of_both = ((True, payment.held), (False, payment.amount - payment.held))
    return [Chosen(payment, of_deposit, cents) for of_deposit, cents in of_both if cents]


def reopens(payment: Payment, cents: int) -> list[tuple[Invoice, int]]:
    """What is owed again when so much of this payment goes back: invoices and cents, the newest link first."""
    excess = cents - (payment.amount - payment.refunded - payment.held - payment.allocated)
    found: dict[Invoice, int] = {}
    for link in payment.allocations.select_related("item__invoice").order_by("-pk"):
        if excess <= 0:
            break
        found[link.item.invoice] = found.get(link.item.invoice, 0) + min(link.amount, excess)
        excess -= link.amount
    return list(found.items())
