"""What a client has to pay with: money that is here and credits that stand, linked to no invoice yet."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Client
from billing.models import Credit, Dispute, Payment
from billing.models.payment import RECEIVED_KINDS


@dataclass(frozen=True, kw_only=True)
class Source:
    """A payment or a credit with `free` cents left to link; one of the two ids is None."""

    client_id: int
    free: int
    at: dt.datetime
    number: int = 0
    name: str = ""
    payment_id: int | None = None
    credit_id: int | None = None

    @property
    def display_number(self) -> str:
        """What its document is called: P-09931, NC-00012."""
        return f"{'P' if self.payment_id else 'NC'}-{self.number:05d}"


def free_payments(payments: QuerySet) -> QuerySet:
    """Those with money left, each with its `free` cents.

    Only money that is here counts: nothing under way, refunded, about to be, held as a deposit or disputed by a bank.
    """
    states: Any = payments
    here = states.with_state().filter(Q(state="succeeded") | Q(state=None, kind__in=RECEIVED_KINDS))
    disputed = Dispute.objects.against_refunds().filter(payment=OuterRef("pk"))
    left = F("amount") - F("allocated") - F("refunded") - F("held")
    return here.annotate(free=left).filter(~Exists(disputed), free__gt=0)


def sources_of(clients: Sequence[Client]) -> list[Source]:
    """What these clients can use now, oldest first, credits before the payments of the same moment."""
    payments = free_payments(Payment.objects.filter(client__in=clients))
    credits: Any = Credit.objects.filter(client__in=clients).with_free()
    of_credits = credits.annotate(credit_id=F("pk"), name=F("description"), at=F("created_at"))
    of_payments = payments.annotate(payment_id=F("pk"), name=F("credit_name"), at=F("created_at"))
    found = [
        Source(**row)
        for rows, key in ((of_credits, "credit_id"), (of_payments, "payment_id"))
        for row in rows.order_by("pk").values(key, "client_id", "free", "at", "number", "name")
    ]
    return sorted(found, key=attrgetter("at"))


def available(client: Client) -> int:
    """The credit this client can use now, in cents."""
    return sum(source.free for source in sources_of([client]))
