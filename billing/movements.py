"""A client's account as staff and the household read it: what the books say, what is on its way, what is owed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Client
from billing.models import Attempt, DeskRefundPart, Dispute, Invoice, Movement, Payment, Refund
from billing.models.movement import MovementQuerySet

ON_ITS_WAY = ("created", "sent", "pending")


def with_given_back(payments: QuerySet) -> QuerySet:
    """Each payment with what was given back of it (`given_back`), and whether its money is, or may be, taken back."""
    refunds = Refund.objects.filter(payment=OuterRef("pk"), state="succeeded").order_by()
    handed = DeskRefundPart.objects.filter(payment=OuterRef("pk"), refund__state="given").order_by()
    disputes = Dispute.objects.against_refunds().filter(payment=OuterRef("pk"))
    totals = [rows.values("payment").annotate(cents=Sum("amount")).values("cents") for rows in (refunds, handed)]
    back = sum((Coalesce(Subquery(total), 0) for total in totals[1:]), Coalesce(Subquery(totals[0]), 0))
    return payments.annotate(given_back=back, is_disputed=Exists(disputes))


def movements_of(client: Client, *, failed: bool = False) -> MovementQuerySet:
    """Everything booked for the client and every payment on its way, newest first; failed tries when asked.

    A payment that failed or is still processing never enters the balance.
    """
    rows = Movement.objects.of(client).newest_first()
    return rows if failed else rows.without_failed()


def with_documents(rows: MovementQuerySet) -> MovementQuerySet:
    """The same rows with their documents and tries: a few questions, however many rows."""
    known: Any = with_given_back(Payment.objects.with_state())
    tries = Attempt.objects.select_related("method").order_by("number")
    return rows.prefetch_related(
        Prefetch("invoice", Invoice.objects.select_related("person")),
        "invoice__items",
        Prefetch("payment", known),
        Prefetch("payment__attempts", tries),
        "credit",
        "desk_refund",
    )


def try_of(row: Movement) -> Attempt | None:
    """The try a row is about, or the last one of its payment; money received at the desk has none."""
    tries = list(row.payment.attempts.all()) if row.payment else []
    return next((one for one in tries if one.pk == row.attempt_id), tries[-1] if tries else None)


def keys_of(rows: Iterable[Movement]) -> dict[str, set[int]]:
    """The documents these rows brought into the account, by what they are: what a reconciliation state is asked for."""
    named = {"invoices": ("invoice", "invoice"), "payments": ("payment", "deposit"), "credits": ("credit", "credit")}
    found: dict[str, set[int]] = {name: set() for name in named}
    for row in rows:
        for name, kinds in named.items():
            pk = getattr(row, f"{kinds[0]}_id")
            if pk and row.kind in kinds and not row.has_failed:
                found[name].add(pk)
    return found


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a client owes today, the part of it that is overdue and since when, and what is on its way. Cents.

    `going_back` is what is being refunded, `held` what is kept as deposits: neither paid nor owed.
    """

    current: int
    open_invoices: int
    overdue: int
    overdue_since: dt.date | None
    on_its_way: int
    going_back: int = 0
    held: int = 0

    @property
    def expected(self) -> int:
        """The balance once every payment and refund under way has succeeded."""
        return self.current - self.on_its_way + self.going_back


def standing_of(client: Client, *, on: dt.date) -> Standing:
    """The figures at the head of a client's billing."""
    left = F("total") - F("allocated")
    late = Q(due_on__lt=on)
    owed = client.invoices.open().aggregate(
        n=Count("pk"), overdue=Sum(left, filter=late, default=0), since=Min("due_on", filter=late)
    )
    # One try is live at most: a payment is never counted twice.
    under_way = Payment.objects.filter(client=client, attempts__state__in=ON_ITS_WAY)
    refunds = Refund.objects.filter(payment__client=client, state__in=ON_ITS_WAY)
    return Standing(
        current=client.balance,
        open_invoices=owed["n"],
        overdue=owed["overdue"],
        overdue_since=owed["since"],
        on_its_way=under_way.aggregate(cents=Sum("amount", default=0))["cents"],
        going_back=refunds.aggregate(cents=Sum("amount", default=0))["cents"],
        held=client.payments.aggregate(cents=Sum("held", default=0))["cents"],
    )
